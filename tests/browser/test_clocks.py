"""The clock that people set may go back; what the page counts in time goes on."""

import pytest
from playwright.sync_api import Page

from gmail_sync.models import GmailAccount
from tests.browser.site import Site, visit

pytestmark = pytest.mark.django_db(transaction=True)

AGE = """async () => {
  const { Question } = await import("/static/gmail_sync/question.js");
  const question = new Question(() => null);
  const never = question.age;
  await question.put("");
  const set = Date.now();
  Date.now = () => set - 86_400_000;
  return [never, question.age >= 0];
}"""


def test_it_knows_the_age_of_a_question_when_the_clock_goes_back(page: Page, site: Site, account: GmailAccount) -> None:
    visit(page, site)
    assert page.evaluate(AGE) == [float("inf"), True]
