"""A Chromium whose processor is four times slower than this machine's, and what its pages cost there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from bench.browser import Browser
from launcher.chromium import CHROMIUM, CHROMIUM_ARGUMENTS
from launcher.supervisor import Failed

RATE = 4
LONG_MS = 50  # a task that is longer lets a press wait, by the measure "total blocking time"
LIMIT_MS = 120_000
REST_MS = 2_000
# What a page's own thread does, with the thread's time beside the clock's: its tasks, and those that draw a frame.
TRACED = ["toplevel", "cc", "__metadata"]
TASK, FRAME = "ThreadControllerImpl::RunTask", "ProxyMain::BeginMainFrame"
SEE = """if (window === top) {
  window.seen = { first: 0, largest: 0, tasks: [], mail: 0 };
  const see = (type, take) => {
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  };
  see("paint", ({ name, startTime }) => { if (name === "first-contentful-paint") seen.first = startTime; });
  see("largest-contentful-paint", ({ startTime }) => { seen.largest = startTime; });
  see("longtask", ({ startTime, duration }) => { seen.tasks.push([startTime, duration]); });
  const loaded = ({ target }) => { if (target.localName === "iframe") seen.mail = performance.now(); };
  document.addEventListener("load", loaded, true);
}"""
SEEN = """() => {
  const files = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return { ...seen, requests: files.length, bytes: files.reduce((sum, { transferSize }) => sum + transferSize, 0) };
}"""


@dataclass(frozen=True)
class Visit:
    """One visit, in milliseconds from its beginning: `usable` is when `ready` held. `blocked` is by long tasks."""

    largest: float
    usable: float
    blocked: float
    longest: float
    requests: float
    kilobytes: float


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Yield a headless Chromium. Raises Failed where there is none."""
    if CHROMIUM is None:
        raise Failed("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


def new_page(browser: Chromium, user: Browser, url: str) -> Page:
    """Return a page in a new profile with nothing in its cache, in which the user is signed in."""
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in user.http.cookies.items()])
    context.set_default_timeout(LIMIT_MS)
    context.add_init_script(SEE)
    return context.new_page()


def slow(page: Page) -> None:
    """Slow the processor down for this page."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": RATE})


def visit(page: Page, path: str, ready: str) -> Visit:
    """Load the page until `ready`, a JavaScript expression, holds, and let it come to rest."""
    page.goto(path, wait_until="commit")
    usable = page.wait_for_function(f"() => ({ready}) && performance.now()").json_value()
    page.wait_for_timeout(REST_MS)
    seen = page.evaluate(SEEN)
    long = [duration for start, duration in seen["tasks"] if start >= seen["first"]]
    blocked = sum(duration - LONG_MS for duration in long)
    longest = max((duration for _, duration in seen["tasks"]), default=0.0)
    return Visit(seen["largest"], usable, blocked, longest, seen["requests"], seen["bytes"] / 1_000)


def own_times(trace: bytes, what: str) -> list[float]:
    """Return the milliseconds that each TASK or FRAME in a trace of TRACED took of its thread's own time."""
    events: list[dict[str, Any]] = json.loads(trace)["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return [
        event["tdur"] / 1_000
        for event in events
        if event["name"] == what and (event["pid"], event["tid"]) in threads and "tdur" in event
    ]
