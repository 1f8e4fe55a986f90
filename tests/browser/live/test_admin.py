"""An operator at work, in a real browser before real processes: what they order happens, and the page shows it."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.live.profiles import signed_in
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import query
from tests.support.waiting import eventually

EMAIL = "ann@gmail.example"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """With an operator, who is a member of no mailbox."""
    with Stack(tmp_path_factory.mktemp("stack"), webs=1) as running:
        running.create_users("operator", operators=True)
        yield running


@pytest.fixture(scope="module")
def ann(stack: Stack) -> SignedIn:
    """Ann, who has a mailbox with a watch."""
    ann = stack.sign_in("ann")
    ann.connect(EMAIL, messages=3)
    return ann


@pytest.fixture
def desk(chromium: Browser, stack: Stack, ann: SignedIn) -> Iterator[Page]:
    """The operator's page."""
    operator = stack.sign_in("operator", create=False)
    context = signed_in(chromium, operator)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert not complaints
    context.close()


def order(page: Page, title: str) -> Locator:
    """Give an order for the one row; returns that row, on the page that must not be loaded again."""
    page.locator("tbody input.action-select").check()
    page.get_by_label("Action:").select_option(title)
    with page.expect_navigation():
        page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).click()
    if "delete-confirmation" in (page.locator("body").get_attribute("class") or ""):
        with page.expect_navigation():
            page.get_by_role("button", name=title).click()
    expect(page.locator(".messagelist")).to_contain_text("1 to be")
    page.evaluate("window.neverReloaded = true")
    return page.locator("#result_list tbody tr")


def assert_shown(page: Page, row: Locator, outcome: str) -> None:
    """It is there, and the page was not loaded again for it."""
    expect(row).to_contain_text(outcome)
    assert page.evaluate("window.neverReloaded")


def test_an_operator_sees_what_comes_of_their_orders_without_reloading(desk: Page, stack: Stack, ann: SignedIn) -> None:
    desk.goto("/admin/gmail_sync/gmailwatch/")
    expect(desk.locator("#result_list tbody tr")).to_contain_text("active")
    stack.stop("worker0")  # so that the order is seen before what comes of it
    row = order(desk, "Stop the watch")
    expect(row).to_contain_text("stop asked")
    stack.start("worker0", wait=False)
    assert_shown(desk, row, "stopped")
    assert stack.simulator.dump(EMAIL)["watch"] is None
    assert_shown(desk, order(desk, "Renew the watch"), "active")
    assert stack.simulator.dump(EMAIL)["watch"]
    stack.python("from gmail_sync.models import Message; Message.objects.earliest('pk').delete()")
    desk.goto("/admin/gmail_sync/gmailaccount/")
    assert_shown(desk, order(desk, "Compare all with Gmail (resync)"), "next in")
    assert len(ann.get("/messages/").json()["messages"]) == 3


def test_the_dashboard_shows_within_seconds_what_needs_attention(desk: Page, stack: Stack) -> None:
    desk.goto("/admin/realtime/")
    attention = desk.locator("#attention")
    expect(attention).to_contain_text("Nothing.")
    expect(desk.locator(".plot canvas")).to_have_count(desk.locator(".plot").count())
    desk.evaluate("window.neverReloaded = true")
    stack.stop("worker0")
    stack.python(
        "from datetime import timedelta; from django.utils import timezone; from gmail_sync.models import *\n"
        "GmailWatch.objects.update(expires_at=timezone.now() - timedelta(minutes=1))\n"
        "GmailAccount.objects.update(failures=3, last_error='Gmail does not answer')"
    )
    expect(attention).to_contain_text("Lapsed watches: 1")
    expect(attention).to_contain_text("Failing mailboxes: 1")
    expect(attention).to_contain_text("No worker is alive")
    assert desk.evaluate("window.neverReloaded")
    attention.get_by_role("link", name="Lapsed watches").click()
    expect(desk.locator("#result_list tbody tr")).to_contain_text("lapsed")


@pytest.mark.parametrize("model", ["gmailaccount", "gmailwatch", "skippedmessage"])
def test_the_last_error_is_seen_beside_filters_and_navigation(
    desk: Page, stack: Stack, ann: SignedIn, model: str
) -> None:
    stack.python(
        "from gmail_sync.models import *; error = 'Gmail refused it, and said why at some length. ' * 9\n"
        "long = GmailAccount(email='a.very.long.name.of.somebody@subsidiary.of.a.company.example', google_sub='long')\n"
        "GmailAccount.objects.bulk_create([long], ignore_conflicts=True)\n"
        "account = GmailAccount.objects.get(google_sub='long'); GmailAccount.objects.update(last_error=error)\n"
        "GmailWatch.objects.update_or_create(account=account, defaults={'last_error': error})\n"
        "SkippedMessage.objects.update_or_create(account=account, gmail_id='1' * 16, defaults={'reason': error})"
    )
    desk.set_viewport_size({"width": 1280, "height": 800})
    desk.goto(f"/admin/gmail_sync/{model}/")
    table, error = desk.locator(".results").bounding_box(), desk.locator(".error-text").first.bounding_box()
    assert table is not None
    assert error is not None
    assert error["width"] > 200
    assert error["x"] + error["width"] <= table["x"] + table["width"] <= 1280


def written(stack: Stack) -> set[tuple[str, str]]:
    """The kinds of process with the names of what they have written down."""
    rows = query(stack, "SELECT kind, samples FROM realtime_processminute")
    return {(kind, name) for kind, text in rows for name in (json.loads(text) if isinstance(text, str) else text)}


def test_what_processes_have_counted_outlives_them(stack: Stack, ann: SignedIn) -> None:
    counted = {
        ("web", "finito_push_total"),
        ("web", "finito_sse_events_total"),
        ("worker", "finito_sync_total"),
    }
    if "worker0" not in stack.supervisor.children:
        stack.start("worker0")
    with ann.stream() as stream:
        stack.simulator.deliver(EMAIL)
        stream.wait_for("message.added")
    eventually(lambda: counted <= written(stack), 180)  # each process writes once a minute
    for name in ("web0", "worker0"):
        stack.kill(name)
    assert counted <= written(stack)
