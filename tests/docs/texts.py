"""All texts of the repository that people read, and all files that they can name."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from launcher.environment import ROOT

# Git's own, another project's, and what is made here and not kept.
OTHERS = {".git", "uplot"} | set(re.findall(r"^([\w.]+)/$", (ROOT / ".gitignore").read_text(), re.MULTILINE))
READ = {".md", ".py", ".js", ".mjs", ".css", ".html", ".txt", ".toml", ".yml", ".yaml", ".conf", ".service", ""}


def files() -> Iterator[Path]:
    """Every file that is ours, by its path from the root."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = set(folders) - OTHERS
        yield from (Path(folder, name).relative_to(ROOT) for name in names)


FILES = sorted(files())
TEXTS = {path: (ROOT / path).read_text() for path in FILES if path.suffix in READ and path.name[0] != "."}
DOCUMENTS = {path: text for path, text in TEXTS.items() if path.suffix == ".md"}


def headings(path: Path) -> list[str]:
    """A document's headings, without their marks."""
    return re.findall(r"^#+ (.+)$", DOCUMENTS[path], re.MULTILINE)


def anchor(heading: str) -> str:
    """A heading as a link names it (GitHub's rule)."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
