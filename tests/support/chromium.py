"""The browser of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from launcher.chromium import CHROMIUM_ARGUMENTS, HEADLESS
from tests.support.environment import STRICT

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@contextmanager
def chromium_running() -> Iterator["Browser"]:
    """Give a headless Chromium. Skips the test where there is none."""
    if HEADLESS is None:
        (pytest.fail if STRICT else pytest.skip)("needs Chromium: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415  (not needed without a browser)

    expect.set_options(timeout=60_000)  # it only ends a test that would hang
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=HEADLESS, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()
