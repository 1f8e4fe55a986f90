"""Whatever a comment, a docstring, a page or a decision names is there: files, modules, rules, headings, commands."""

import os
import pkgutil
import re
from pathlib import Path

from django.core.management import get_commands

from launcher.environment import ROOT
from tests.docs.texts import DOCUMENTS, FILES, TEXTS, anchor, headings

NAMED = re.compile(r"(?<![\w/.@-])(?:\.{1,2}/)*((?:[\w@-]+/)*[\w@.-]*\w\.(?:md|py|js|mjs|ya?ml|toml))(?![\w/(])")
IN_PROSE = re.compile(r"`((?:[\w@-]+/)*[\w@.-]+\.(?:html|css|conf|service|txt|lock|json))`")
# Other programs' files, and those that a test writes.
FOREIGN = {"admin/css/dashboard.css", "operators/uplot/uPlot.iife.min.js", "axe.min.js", "test.yml", "queries.yml"}
OURS = r"finito(?!\.[EW]\d)|operators|gmail_sync|realtime|launcher|simulator|bench|tests"
MODULE = re.compile(rf"(?<![\w./@-])((?:{OURS})(?:[.:][A-Za-z_]\w*)+)(?![\w@/])")
NO_MODULE = {"finito.example", "gmail_sync.view_gmailaccount"}  # a host, a permission
RULES = set(re.findall(r"^\| R(\d+) ", TEXTS[Path("docs/rules.md")], re.MULTILINE))
DECISIONS = {path.name[:4] for path in FILES if path.parts[:2] == ("docs", "adr")}


def exists(name: str) -> bool:
    """Some file has this name, or a path that ends so."""
    return name in FOREIGN or "node_modules" in name or any(f"/{path}".endswith(f"/{name}") for path in FILES)


def resolves(name: str) -> bool:
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def test_it_names_files_that_exist() -> None:
    named = {(path, name) for path, text in TEXTS.items() for name in NAMED.findall(text)}
    named |= {(path, name) for path, text in DOCUMENTS.items() for name in IN_PROSE.findall(text)}
    assert [f"{path}: {name}" for path, name in sorted(named) if not exists(name)] == []


def test_it_names_modules_that_exist() -> None:
    """Outside of Python, which checks its own imports."""
    texts = {path: text for path, text in TEXTS.items() if path.suffix != ".py"}
    named = {(path, name) for path, text in texts.items() for name in MODULE.findall(text)}
    named = {(path, name) for path, name in named if name not in NO_MODULE and not exists(name)}
    assert ("finito.edge.http_protocol:HttpProtocol") in {name for _, name in named}
    assert [f"{path}: {name}" for path, name in sorted(named) if not resolves(name)] == []


def test_it_names_rules_and_decisions_that_exist() -> None:
    for path, text in TEXTS.items():
        assert set(re.findall(r"\bRULES R(\d+)\b", text)) <= RULES, path
        assert set(re.findall(r"docs/adr/(\d{4})", text)) <= DECISIONS, path
        if path.parts[:2] == ("docs", "adr"):
            assert set(re.findall(r"\b(00\d\d)\b", text)) <= DECISIONS, path


def test_it_names_rules_in_one_form() -> None:
    """So that one search finds all."""
    texts = {path: text for path, text in TEXTS.items() if path.name not in ("rules.md", "test_names.py")}
    assert [str(path) for path, text in texts.items() if re.search(r"(?<!RULES )\bR\d{1,2}\b", text)] == []


def test_it_links_to_files_and_headings_that_exist() -> None:
    for path, text in DOCUMENTS.items():
        for target, place in re.findall(r"\]\((?!\w+:)([^)#]*)#?([^)]*)\)", text):
            file = Path(os.path.relpath(ROOT / path.parent / target, ROOT)) if target else path
            assert (ROOT / file).exists(), f"{path}: {target}"
            assert not place or place in map(anchor, headings(file)), f"{path}: {target}#{place}"


def test_it_cites_headings_that_exist() -> None:
    for path, text in TEXTS.items():
        for document, heading in re.findall(r"((?:\w+/)*[\w-]+\.md), ['\"]([A-Z][^'\"]+)['\"]", text):
            assert heading in headings(Path(document)), f"{path}: {document}, {heading}"


def test_it_names_programs_that_can_be_started() -> None:
    programs = {name for text in DOCUMENTS.values() for name in re.findall(r"(?<![\w./])(?:bin|\.ci)/\w+", text)}
    assert {"bin/run", "bin/test", ".ci/run"} <= programs
    assert [name for name in programs if not os.access(ROOT / name, os.X_OK)] == []


def test_it_names_management_commands_that_exist() -> None:
    texts = [text for path, text in TEXTS.items() if path.suffix in (".md", ".yml", ".yaml", ".service", ".html")]
    named = {name for text in texts for name in re.findall(r"(?:manage\.py|bin/manage) ([a-z_]+)\b", text)}
    assert {"migrate", "check_gmail", "new_epoch"} <= named
    assert named <= get_commands().keys()


def test_it_names_system_checks_that_exist() -> None:
    known = {
        name
        for path, text in TEXTS.items()
        if path.suffix == ".py"
        for name in re.findall(r'"(finito\.\w\d{3})"', text)
    }
    assert {name for text in TEXTS.values() for name in re.findall(r"\bfinito\.[EW]\d{3}\b", text)} <= known
