"""No file of ours opens a door for the scripts of a mail, and no policy does."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
KINDS = ("gmail_sync/**/*.py", "gmail_sync/**/*.js", "finito/**/*.py", "realtime/**/*.js", "templates/**/*.html")
FORBIDDEN = ("allow-scripts", "srcdoc", "innerHTML", "insertAdjacentHTML", "document.write", "unsafe-eval")
INLINE = re.compile(r"script-src[^;\n]*unsafe-inline")


def test_no_file_of_ours_opens_a_door_for_scripts() -> None:
    for path in [path for kind in KINDS for path in ROOT.glob(kind)]:
        text = path.read_text()
        found = [word for word in FORBIDDEN if word in text] + INLINE.findall(text)
        assert not found, f"{path.relative_to(ROOT)}: {found}"


def test_only_one_file_looks_into_a_frame() -> None:
    scripts = (ROOT / "gmail_sync" / "static" / "gmail_sync").glob("*.js")
    assert [path.name for path in scripts if "contentDocument" in path.read_text()] == ["mail-frame.js"]
