"""The conversation in Chromium, before the real web and a mailbox of the simulator's: mail is shown, nothing runs."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import assert_clean
from tests.browser.live.in_place import click_into
from tests.browser.live.profiles import signed_in
from tests.gmail_sync.reading.conftest import written
from tests.support.google.hostile_html import bodies
from tests.support.http_server import Handler, HttpServer
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.waiting import eventually

MAILBOX = "reader@gmail.example"
BLOCKED = "csp"  # by our policy: such a request never left the browser
FRAME = ".message:last-child .frame"
PATIENCE_MS = 240_000
SHOWN = """() => {
  const bodies = [...document.querySelectorAll(".frame")].map(({ contentDocument }) => contentDocument?.body);
  return bodies.length && bodies.every((body) => body?.textContent.includes("Mail "));
}"""

RAN = "[window, ...Array.from({ length: window.length }, (_, n) => window[n])].map(one => one.ran).filter(Boolean)"


@pytest.fixture(scope="module")
def user(stack: Stack) -> SignedIn:
    user = stack.sign_in("reader")
    user.connect(MAILBOX)
    return user


class Stranger(HttpServer):
    """Hears what it should not."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        stranger = self

        class Ear(Handler):
            def do_GET(self) -> None:
                stranger.heard.append(self.path)
                self.send_response(204)
                self.end_headers()

        super().__init__(Ear)


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger() as server:
        yield server


def receive(user: SignedIn, stack: Stack, *mails: bytes) -> str:
    """Let the mails of one conversation arrive; returns its address once all are mirrored."""
    thread = ""
    ids: list[str] = []
    for octets in mails:
        raw = urlsafe_b64encode(octets).decode()
        ids += stack.simulator.deliver(MAILBOX, raw=raw, thread_id=thread, label_ids=["INBOX", "UNREAD"])
        thread = thread or ids[0]
    account = user.get("/messages/").json()["accounts"][0]["id"]
    path = f"/conversations/{account}/{thread}/"
    eventually(lambda: f'data-message="{ids[-1]}"' in user.get(path).text, 90)
    return path


def opened(page: Page, path: str) -> None:
    """Open all frames at once. One that a busy machine has not made in time the page asks for again (test_late.py)."""
    page.goto(path)
    page.evaluate("document.querySelectorAll('.frame').forEach(frame => { frame.loading = 'eager' })")
    page.wait_for_function(SHOWN, timeout=PATIENCE_MS)


def test_mail_page_11_it_runs_nothing_and_asks_nobody(
    page: Page, stack: Stack, user: SignedIn, stranger: Stranger
) -> None:
    asked: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: asked.append(request.url) if request.failure != BLOCKED else None)
    page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    mails = [written(html) for html in bodies(f"http://{stranger.address}/")]
    assert len(mails) == 200
    schemes: list[Literal["light", "dark"]] = ["light", "dark"]
    for number in range(4):
        path = receive(user, stack, *mails[50 * number : 50 * number + 50])
        page.emulate_media(color_scheme=schemes[number % 2])
        opened(page, path)
        page.wait_for_timeout(500)
        assert page.evaluate(RAN) == []
        assert page.title() == "Hello - Finito"
    assert stranger.heard == []
    httpx.get(f"http://{stranger.address}/control")
    assert stranger.heard == ["/control"]  # it is not deaf
    allowed = ("/conversations/", "/messages/", "/static/", "/events/")
    assert [url for url in asked if not url.removeprefix(stack.url()).startswith(allowed)] == []


def test_it_shows_a_mail_with_its_pictures_and_files(page: Page, stack: Stack, user: SignedIn) -> None:
    html = '<p>Mail with colours</p><p style="background: #eee">x</p><img src="https://pictures.example/a.png">'
    html += '<img src="https://pictures.example/b.png" alt="Spring is here">'
    path = receive(user, stack, written(html * 20))
    opened(page, path)
    frame = page.frame_locator(FRAME)
    expect(frame.locator("p").first).to_have_text("Mail with colours")
    expect(page.locator(".message .sheet-frame")).to_have_count(1)
    expect(page.locator(".held-words")).to_contain_text("tells pictures.example that you opened this")
    expect(frame.get_by_alt_text("Spring is here").first).to_be_visible()  # a mail may say all by pictures
    expect(frame.locator("img:not([alt])").first).to_be_hidden()
    page.wait_for_function("() => document.querySelector('.frame').height > 500")
    page.get_by_role("link", name="Show pictures").click()
    expect(frame.locator("img[src]").first).to_be_attached()


def test_it_takes_new_mail_and_changes_from_the_stream(page: Page, stack: Stack, user: SignedIn) -> None:
    path = receive(user, stack, written("<p>Mail one</p>"))
    thread = path.split("/")[3]
    opened(page, path)
    expect(page.locator("[data-connection=live]")).to_be_visible()
    page.evaluate("document.querySelector('.message').kept = true")
    raw = urlsafe_b64encode(written("<p>Mail two</p>")).decode()
    (second,) = stack.simulator.deliver(MAILBOX, raw=raw, thread_id=thread, label_ids=["INBOX"])
    expect(page.frame_locator(f"#m-{second} .frame").locator("p").first).to_have_text("Mail two")
    stack.simulator.change(MAILBOX, thread, "modify", remove=["UNREAD"])
    expect(page.locator(".message.unread")).to_have_count(0)
    assert page.evaluate("document.querySelector('.message').kept")
    stack.simulator.change(MAILBOX, second, "delete")
    expect(page.locator(".message")).to_have_count(1)


def test_mail_page_19_it_comes_back_to_the_list_and_to_the_mail(page: Page, stack: Stack, user: SignedIn) -> None:
    path = receive(user, stack, written("<p>Mail by a link</p>", subject="By a link"))
    page.goto("/")
    page.get_by_role("link", name="By a link").click()
    page.wait_for_url(f"**{path}")
    expect(page.frame_locator(FRAME).locator("p").first).to_have_text("Mail by a link")
    page.reload()
    expect(page.frame_locator(FRAME).locator("p").first).to_have_text("Mail by a link")
    page.go_back()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name="By a link")).to_be_visible()


def test_it_can_be_read_without_scripts(chromium: Browser, stack: Stack, user: SignedIn) -> None:
    path = receive(user, stack, written("<p>Mail without scripts</p>", subject="Unscripted"))
    context = signed_in(chromium, user, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Unscripted").click()
    page.wait_for_url(f"**{path}")
    expect(page.frame_locator(FRAME).locator("p").first).to_have_text("Mail without scripts")
    page.get_by_role("link", name="Attachments").click()
    page.get_by_role("link", name="Show pictures").click()
    expect(page.get_by_text("Pictures are shown")).to_be_visible()
    context.close()


def test_mail_page_22_keys_reach_the_page_after_a_press_into_the_mail(page: Page, stack: Stack, user: SignedIn) -> None:
    path = receive(user, stack, written("<p>Mail to press</p><p><a href='https://x.example/'>A link</a></p>"))
    opened(page, path)
    page.evaluate("addEventListener('keydown', ({ key }) => { window.pressed = key })")
    click_into(page, page.frame_locator(FRAME).locator("p").first)
    page.keyboard.press("j")
    assert page.evaluate("window.pressed") == "j"


def test_the_page_is_clean(page: Page, stack: Stack, user: SignedIn, axe: str) -> None:
    path = receive(user, stack, written("<p>Mail one</p>"), written("<p>Mail two</p><img src='https://x.example/'>"))
    opened(page, path)
    assert_clean(page, axe)
