"""A user's pages as Django renders them, served beside a stream that the test moves."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount, Message
from realtime.log import reading
from tests.browser.stream_server import StreamServer
from tests.support.inbox import mail


class Site:
    """Serves a user's pages as they are at the moment, and tells of changes."""

    def __init__(self, server: StreamServer, client: Client) -> None:
        self.server, self.client = server, client
        self.user = User.objects.create_user("anna")
        client.force_login(self.user)
        server.epoch = reading.head(self.user.pk).epoch

    def render(self) -> None:
        for path in ("/", "/messages/", "/accounts/"):
            answer = self.client.get(path).content.decode()
            cursor = str(reading.head(self.user.pk))  # the log is the stream server's
            self.server.pages[path] = answer.replace(cursor, self.server.id(len(self.server.log))).encode()

    def tell(self, type_: str, message: Message, **extra: Any) -> None:
        payload = {"account_id": message.account_id, "message": message.as_json(), **extra}
        self.server.append(type_, payload)


def visit(page: Page, site: Site, path: str = "/") -> None:
    site.render()
    page.goto(path)
    expect(page.locator("[data-connection=live]")).to_be_visible()


def stop_clock(page: Page) -> None:
    """Put the page's clock forward by half a minute, and let it stand: from then on the test moves it."""
    page.clock.pause_at(page.evaluate("Date.now()") / 1_000 + 30)


def unsaved(account: GmailAccount, number: int, *labels: str, **fields: Any) -> Message:
    message = mail(account, number, *labels, **fields)
    message.delete()
    return message
