"""Ask axe-core, an npm package, what is wrong with a page for people who do not see, hear or point as others do."""

from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "clients" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run({
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
})).violations"""


def assert_clean(page: Page, axe: str) -> None:
    """Check that it finds nothing, wide and narrow, light and dark."""
    schemes: list[Literal["light", "dark"]] = ["light", "dark"]
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate(axe)
            found: list[Any] = page.evaluate(RUN)
            assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], (scheme, width)
