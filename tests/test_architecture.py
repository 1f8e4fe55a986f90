"""The folder listing is the architecture: which package may import which, and how long a file may be."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "realtime": {"realtime"},
    "gmail_sync": {"gmail_sync", "realtime"},
    "operators": {"operators", "gmail_sync", "realtime"},
    "finito": {"finito", "operators", "gmail_sync", "realtime"},
    "launcher": {"launcher"},
    "simulator": {"simulator"},
    "bench": {"bench", "launcher", "simulator.client"},
}
# The simulator's rooms, from one mailbox up to those who speak HTTP: which others each may import.
SIMULATOR = {
    "mailbox": set(),
    "world": {"mailbox"},
    "pages": {"mailbox", "world"},
    "oauth": {"pages", "world"},
    "gmail": {"mailbox", "oauth", "world"},
    "pubsub": {"world"},
    "supabase": set(),
    "control": {"mailbox", "oauth", "supabase", "world"},
}
# The files that a change passes from the push to the announcement of its events, in order; none imports an earlier one.
# README tells the same way.
WAY = [
    "gmail_sync/push/webhook.py",
    "gmail_sync/push/notification.py",
    "gmail_sync/schedule.py",
    "gmail_sync/sync/worker.py",
    "gmail_sync/sync/attempt.py",
    "gmail_sync/sync/account.py",
    "gmail_sync/sync/reading.py",
    "gmail_sync/gmail/api.py",
    "gmail_sync/sync/writing.py",
    "gmail_sync/sync/mirror.py",
    "gmail_sync/gmail/history.py",
    "realtime/log/eventlog.py",
    "realtime/transport/publish.py",
]
# All that the sync knows of the stream: it appends events, announces and counts, and never meets a hub or a consumer.
SENDING = {"events", "recorder", "signals", "totals", "live_admin", "database", "database_errors"}
SENDING |= {"log.eventlog", "log.reading", "log.housekeeping", "compiled", "pieces", "together", "presence"}
SENDING |= {"transport.installation", "transport.publish", "transport.pulse"}
SENDING |= {"transport.redis_address", "transport.redis_connection", "transport.supabase"}  # which the doctor looks at
# The log knows users and numbers. What an event says, and of what, is the business of whoever appends it.
FOREIGN_WORDS = re.compile(r"(?<![a-z])g?mail(box(es)?)?(?![a-z])", re.IGNORECASE)
POSSESSIVE_GROUP = re.compile(r"[^(]\)([*+?]|\{[0-9,]*\})\+|\(\?>")
EXPRESSIONS = re.compile(r'wait_for_function\(f?"(?!(?:async )?(?:\([^)]*\)|\w+) =>)[^"]*"')


def sources(package: str) -> Iterator[Path]:
    for path in (ROOT / package).rglob("*.py"):
        if not {"migrations", "node_modules"} & set(path.parts):
            yield path


def imported(path: Path) -> set[str]:
    """The modules that a file imports, in full: `from realtime.stream import sse` gives realtime.stream.sse."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def within(name: str, modules: set[str]) -> bool:
    """Tell whether the name is one of these modules or lies in one."""
    return any(f"{name}.".startswith(f"{module}.") for module in modules)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_it_imports_one_way_only(package: str) -> None:
    for path in sources(package):
        ours = {name for name in imported(path) if name.split(".")[0] in MAY_IMPORT}
        forbidden = {name for name in ours if not within(name, MAY_IMPORT[package])}
        assert not forbidden, f"{path.relative_to(ROOT)} imports {forbidden}"


@pytest.mark.parametrize("room", SIMULATOR)
def test_it_imports_one_way_between_the_rooms_of_the_simulator(room: str) -> None:
    rooms = list(SIMULATOR)
    assert SIMULATOR[room] < set(rooms[: rooms.index(room) + 1]), "a circle"
    for path in sources(f"simulator/{room}"):
        known = {name.split(".")[1] for name in imported(path) if name.startswith("simulator.")}
        forbidden = known & {*rooms, "app", "client"} - {room} - SIMULATOR[room]
        assert not forbidden, f"{path.relative_to(ROOT)} imports {forbidden}"


def test_it_keeps_what_the_rooms_share_ignorant_of_them() -> None:
    assert {path.name for path in (ROOT / "simulator").iterdir() if list(path.glob("*.py"))} == set(SIMULATOR)
    for path in (ROOT / "simulator").glob("*.py"):
        known = {name.split(".")[1] for name in imported(path) if name.startswith("simulator.")}
        assert path.stem in {"app", "__main__"} or not known & set(SIMULATOR), f"{path.name} imports {known}"
        assert path.stem != "client" or not known, f"the client imports {known}"


def test_it_never_calls_back_on_the_way_of_a_message() -> None:
    modules = [path.removesuffix(".py").replace("/", ".") for path in WAY]
    for number, path in enumerate(WAY):
        earlier = set(modules[:number]) & imported(ROOT / path)
        assert not earlier, f"{path} imports {earlier}, which stand before it"


def test_it_keeps_the_sync_ignorant_of_streams() -> None:
    for path in sources("gmail_sync"):
        known = {name.removeprefix("realtime.") for name in imported(path) if name.startswith("realtime.")}
        foreign = {name for name in known if not within(name, SENDING)}
        assert foreign <= {"log", "transport"}, f"{path.relative_to(ROOT)} imports {foreign}"


def test_it_keeps_the_stream_ignorant_of_mail() -> None:
    for path in [*sources("realtime"), *(ROOT / "realtime" / "static").rglob("*.js")]:
        words = FOREIGN_WORDS.findall(path.read_text()) if "uplot" not in path.parts else []
        assert not words, f"{path.relative_to(ROOT)} speaks of mail"


def test_no_request_of_a_page_lasts_for_ever() -> None:
    """A network may take one and never answer it: what fetches says until when (gmail_sync's limited.js)."""
    scripts = [path for path in ROOT.glob("*/static/**/*.js") if "uplot" not in path.parts]
    fetches = {path.name: re.findall(r"\bfetch\([^;]*", path.read_text()) for path in scripts}
    assert sum(map(len, fetches.values())) >= 5
    endless = {name: [one for one in found if "signal" not in one] for name, found in fetches.items()}
    assert not any(endless.values()), endless


@pytest.mark.parametrize("package", [*MAY_IMPORT, "tests"])
def test_it_keeps_one_job_a_file(package: str) -> None:
    long = [str(p.relative_to(ROOT)) for p in sources(package) if len(p.read_text().splitlines()) > 200]
    assert not long


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_it_keeps_functions_within_forty_lines(package: str) -> None:
    functions = [
        (str(path.relative_to(ROOT)), node.name, (node.end_lineno or 0) - node.lineno + 1)
        for path in sources(package)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [found for found in functions if found[2] > 40] == []


def test_it_hides_no_circle_in_a_function() -> None:
    for package in MAY_IMPORT:
        for path in sources(package):
            functions = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)]
            hidden = [n.name for n in functions for s in n.body if isinstance(s, ast.Import | ast.ImportFrom)]
            assert set(hidden) <= {"ready"}, f"{path.relative_to(ROOT)}: {hidden}"


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_it_repeats_no_group_possessively(package: str) -> None:
    """Before 3.11.5, Debian 12's Python for one, such a group matches wrongly where it goes back (cpython#106052)."""
    for path in sources(package):
        constants = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
        found = [text for text in constants if isinstance(text, str) and POSSESSIVE_GROUP.search(text)]
        assert not found, f"{path.relative_to(ROOT)}: {found}"


def test_it_judges_the_stream_from_outside() -> None:
    inside = ("django", "tests", *MAY_IMPORT)
    for path in (ROOT / "tests" / "conformance").glob("*.py"):
        known = {name for name in imported(path) if name.split(".")[0] in inside}
        known -= {name for name in known if name.startswith("tests.conformance")}
        allowed = {"tests.support.live", "tests.support.live.Stack"} if path.name == "conftest.py" else set()
        assert known <= allowed, f"{path.relative_to(ROOT)} knows the server that it judges: {known - allowed}"


def test_every_rule_has_a_test_and_every_test_of_a_rule_a_rule() -> None:
    rules = {
        int(number) for number in re.findall(r"^\| R(\d+) ", (ROOT / "docs" / "rules.md").read_text(), re.MULTILINE)
    }
    texts = [path.read_text() for path in sources("tests")]
    tested = {int(number) for text in texts for number in re.findall(r"def test_rule_(\d\d)_", text)}
    assert tested == rules == {*range(1, 25)}


def test_it_lets_browsers_wait_for_functions_alone() -> None:
    """Playwright makes an expression anew for each look, which the pages' policy refuses after the first."""
    for path in sources("tests"):
        expressions = EXPRESSIONS.findall(path.read_text())
        assert not expressions, f"{path.relative_to(ROOT)} waits for {expressions}"
