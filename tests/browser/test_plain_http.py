"""Plain http by a name is no secure context: no Web Locks and no UUIDs. Tabs share one stream and act there too."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page

from launcher.chromium import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.browser.conftest import open_tab
from tests.browser.stream_server import StreamServer
from tests.browser.test_event_stream import listen
from tests.support.waiting import eventually

TABS = 12  # twice as many as the connections that HTTP/1.1 has to one place


@pytest.fixture
def context(chromium: object, server: StreamServer) -> Iterator[BrowserContext]:
    """A browser that knows our server by a name."""
    # Its own rules need a browser of its own, which the running Playwright starts.
    kind = chromium.browser_type  # type: ignore[attr-defined]
    rules = "--host-resolver-rules=MAP finito.test 127.0.0.1"
    browser = kind.launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGUMENTS, rules])
    context = browser.new_context(base_url=server.url.replace("127.0.0.1", "finito.test"))
    yield context
    browser.close()


def tabs_of(context: BrowserContext, server: StreamServer, count: int) -> list[Page]:
    tabs = []
    for _ in range(count):
        tabs.append(open_tab(context))
        listen(tabs[-1], server, seq=len(server.log))
    assert tabs[0].evaluate("isSecureContext || Boolean(navigator.locks)") is False
    return tabs


def test_twelve_tabs_share_one_stream_and_each_has_every_event(context: BrowserContext, server: StreamServer) -> None:
    tabs = tabs_of(context, server, TABS)
    ids = [server.append() for _ in range(3)]
    for tab in tabs:
        tab.wait_for_function("() => events.length === 3")
        assert tab.evaluate("events") == ids
    assert server.open_streams == 1
    tabs[-1].goto("/blank")  # a link does not wait for a connection


ACTS = """async () => {
  const load = (name) => import(`/static/gmail_sync/${name}.js`);
  const [{ Acts }, { Overlay }, { conversations }] = await Promise.all(["acts", "overlay", "conversations"].map(load));
  const sent = [];
  const post = async (address, { op }) => { sent.push([address, op]); return { status: 202 }; };
  const acts = new Acts({ post, overlay: new Overlay(), redraw: () => {}, refused: () => {} });
  acts.act("archive", conversations([{ account_id: 1, id: "m", thread_id: "t", label_ids: ["INBOX"], rank: 0 }]));
  acts.undo();
  while (acts.unsent) await new Promise((resolve) => setTimeout(resolve, 5));
  return sent;
}"""


def test_it_acts_and_takes_back(context: BrowserContext, server: StreamServer) -> None:
    (tab,) = tabs_of(context, server, 1)
    (_, op), (undone, undo) = tab.evaluate(ACTS)
    assert undone == f"/actions/{op}/undo/"
    assert (UUID(op).version, UUID(undo).version) == (4, 4)


def test_it_goes_on_whichever_tabs_close(context: BrowserContext, server: StreamServer) -> None:
    first, second, third = tabs_of(context, server, 3)
    first.close()
    server.append()
    second.wait_for_function("() => events.length === 1")
    second.close()
    server.append()
    third.wait_for_function("() => events.length === 2")
    third.close()
    eventually(lambda: server.open_streams == 0)


def test_a_tab_that_is_behind_gets_what_it_lacks(context: BrowserContext, server: StreamServer) -> None:
    ids = [server.append(), server.append()]
    ahead, behind = open_tab(context), open_tab(context)
    listen(ahead, server, seq=2)
    listen(behind, server, seq=0)
    behind.wait_for_function("() => events.length === 2")
    assert behind.evaluate("events") == ids
    assert ahead.evaluate("events") == []


def test_it_hears_mail_after_a_new_sign_in(context: BrowserContext, server: StreamServer) -> None:
    old = tabs_of(context, server, 2)
    server.status = 204
    server.say("bye", 0, {"reason": "auth"})
    for tab in old:
        tab.wait_for_function("() => stream.state === 'signed-out'")
    server.status = 200
    (new,) = tabs_of(context, server, 1)
    server.append()
    new.wait_for_function("() => events.length === 1")


def test_a_tab_whose_worker_does_not_answer_has_a_stream_of_its_own(
    context: BrowserContext, server: StreamServer
) -> None:
    context.add_init_script("window.SharedWorker = class { constructor() {} }")
    tab = open_tab(context)
    listen(tab, server)
    server.append()
    tab.wait_for_function("() => events.length === 1")


def test_it_needs_no_shared_workers(context: BrowserContext, server: StreamServer) -> None:
    context.add_init_script("delete window.SharedWorker")
    tabs = tabs_of(context, server, 2)
    server.append()
    for tab in tabs:
        tab.wait_for_function("() => events.length === 1")
    assert server.open_streams == 2
