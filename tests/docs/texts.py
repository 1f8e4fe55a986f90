"""All texts of the repository that people read, and all files that they can name."""

import re
from pathlib import Path

from launcher.environment import ROOT

OTHERS = re.compile(r"node_modules/|__pycache__/|/uplot/|^(?:\.venv|\.git|\.\w+_cache|\.hypothesis|var)/")
READ = {".md", ".py", ".js", ".mjs", ".css", ".html", ".txt", ".toml", ".yml", ".yaml", ".conf", ".service", ""}
FILES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
FILES = [path for path in FILES if not OTHERS.search(path.as_posix())]
TEXTS = {path: (ROOT / path).read_text() for path in FILES if path.suffix in READ and path.name[0] != "."}
DOCUMENTS = {path: text for path, text in TEXTS.items() if path.suffix == ".md"}


def headings(path: Path) -> list[str]:
    """A document's headings, without their marks."""
    return re.findall(r"^#+ (.+)$", DOCUMENTS[path], re.MULTILINE)


def anchor(heading: str) -> str:
    """A heading as a link names it (GitHub's rule)."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
