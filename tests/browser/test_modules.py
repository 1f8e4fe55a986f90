"""A page names all its scripts ahead: on a slow line it does not wait for one level of imports after the other."""

import pytest
from playwright.sync_api import Page

from gmail_sync.models import GmailAccount
from tests.browser.site import Site, visit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/", "/accounts/"])
def test_it_asks_for_each_script_once_and_as_soon_as_it_has_the_page(
    page: Page, site: Site, account: GmailAccount, path: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith(".js") else None)
    visit(page, site, path)
    named = page.locator("link[rel=modulepreload], script[type=module]").evaluate_all(
        "(elements) => elements.map(({ href, src }) => href ?? src)"
    )
    assert sorted(asked) == sorted(named)
