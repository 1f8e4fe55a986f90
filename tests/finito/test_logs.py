"""A line holds the same fields, whoever writes it, and never a secret or a mail."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import structlog
from django.test import Client

from finito import logs
from launcher.environment import ROOT
from tests.support.costs import cost_ratio

Lines = Callable[[], list[str]]


@pytest.fixture
def lines(request: pytest.FixtureRequest) -> Iterator[Lines]:
    """The lines that were written, through the handler of the mode: production unless the parameter says debug."""
    config = logs.settings(debug=getattr(request, "param", False))
    formatter = config["formatters"]["line"]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: handler.stream.getvalue().splitlines()
    root.removeHandler(handler)


def fail(secret: str) -> None:
    """Raise what a library raises, with the secret in a variable, in the message and in the cause."""
    hidden = secret
    try:
        dict[str, int]()[hidden]
    except KeyError as error:
        raise ValueError(f"no {secret!r} here\nDETAIL: Key (email)=({secret}) exists") from error


def test_it_writes_ours_as_one_json_line(lines: Lines) -> None:
    structlog.get_logger("gmail_sync.test").info("sync.finished", account=7, seconds=0.5, result="ok")
    (line,) = map(json.loads, lines())
    assert line.pop("timestamp").endswith("Z")
    about = {"level": "info", "logger": "gmail_sync.test"}
    assert line == {"event": "sync.finished", "account": 7, "seconds": 0.5, "result": "ok", **about}


def test_it_writes_the_libraries_lines_alike(lines: Lines) -> None:
    logging.getLogger("some.library").warning("lost %d of %s", 2, "three", extra={"request": object()})
    (line,) = map(json.loads, lines())
    assert (line["event"], line["logger"], line["level"]) == ("lost 2 of three", "some.library", "warning")
    assert "request" not in line


def test_it_takes_no_fields_of_a_librarys_that_are_not_ours(lines: Lines) -> None:
    logging.getLogger("some.library").warning({"level": "debug", "answer": {"of": 1}})
    (line,) = map(json.loads, lines())
    assert (line["logger"], line["level"]) == ("some.library", "warning")
    assert "answer" not in line


def test_rule_20_whatever_a_stranger_sends_is_one_short_line_and_no_alarm(lines: Lines, client: Client) -> None:
    assert client.get("/login/", headers={"host": "evil.example"}).status_code == 400
    assert client.get(f"/login/?{'a=&' * 2_000}").status_code == 400
    found = [json.loads(line) for line in lines()]
    assert [(line["level"], "exception" in line) for line in found] == [("warning", False)] * 2
    assert "evil.example" in found[0]["event"]


def test_it_binds_what_a_piece_of_work_is_about(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(account=7, request_id="a" * 36):
        logging.getLogger("some.library").warning("one")
        structlog.get_logger("gmail_sync.test").warning("two")
    assert [(line["account"], line["request_id"]) for line in map(json.loads, lines())] == [(7, "a" * 36)] * 2


@pytest.mark.parametrize("lines", [False, True], indirect=True)
@pytest.mark.parametrize(
    "private",
    [
        "ann@gmail.example",
        "redis://user:pa55word@host",
        "/accounts/callback/?code=4/0AX4&state=x",
        "ya29.a0AfH6SMBxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "first line\nSubject: secret",
    ],
)
def test_it_leaves_out_what_is_private(lines: Lines, private: str) -> None:
    logging.getLogger("some.library").warning("it said %s", private)
    structlog.get_logger("gmail_sync.test").warning("it.said", what=private)
    text = "\n".join(lines())
    assert len(lines()) == 2
    for secret in ("ann@", "pa55word", "4/0AX4", "a0AfH6SMB", "MDEyMzQ1", "Subject"):
        assert secret not in text


@pytest.mark.parametrize("secret", ["Lunch on Sunday?", "ann@gmail.example"])
def test_it_tells_an_exception_by_its_frames_and_not_by_its_values(lines: Lines, secret: str) -> None:
    for logger in (structlog.get_logger("gmail_sync.test"), logging.getLogger("some.library")):
        try:
            fail(secret)
        except ValueError:
            logger.exception("it.failed")
    for line in lines():
        exception = json.loads(line)["exception"]
        assert "in fail" in exception
        assert "KeyError: …" in exception
        assert "ValueError: no … here" in exception
        assert secret not in line
        assert exception.endswith("ValueError: no … here")


def test_it_tells_every_exception_of_a_group(lines: Lines) -> None:
    try:
        raise ExceptionGroup("two", [OSError("refused"), ValueError("bad")])
    except ExceptionGroup as group:
        structlog.get_logger("gmail_sync.test").warning("it.failed", exc_info=group)
    exception = json.loads(lines()[0])["exception"]
    assert "OSError: refused" in exception
    assert "ValueError: bad" in exception


def test_it_says_of_an_object_only_what_it_is(lines: Lines) -> None:
    class Mailbox:
        def __repr__(self) -> str:
            return "Lunch on Sunday"

    structlog.get_logger("gmail_sync.test").warning("it.failed", mailbox=Mailbox(), ids=[1])
    line = json.loads(lines()[0])
    assert (line["mailbox"], line["ids"]) == ("Mailbox", "list")


@pytest.mark.parametrize("lines", [True], indirect=True)
def test_it_is_readable_in_development(lines: Lines) -> None:
    structlog.get_logger("gmail_sync.test").info("sync.finished", account=7)
    logging.getLogger("some.library").warning("cleared\x1b[2J\rforged")
    line, other = lines()
    assert "cleared\\x1b[2J\\rforged" in other
    assert "sync.finished" in line
    assert "account=7" in line


def test_it_logs_no_query_of_any_logger(lines: Lines) -> None:
    logging.getLogger("django.request").error("Internal Server Error: %s", "/accounts/callback/?code=secret")
    assert "secret" not in lines()[0]


@pytest.mark.parametrize("secret", ["Lunch on Sunday?"])
def test_it_writes_where_python_would_have_printed(lines: Lines, secret: str) -> None:
    try:
        fail(secret)
    except ValueError as error:
        logs._crashed(error)
    (line,) = map(json.loads, lines())
    assert (line["event"], line["level"]) == ("process.crashed", "critical")
    assert "Lunch" not in line["exception"]


def tell(text: str) -> None:
    logs.without_content(None, "info", {"path": text})


@pytest.mark.parametrize("text", ["/a", "a", "a@", "?", "'", '"a', "a:"])
def test_its_cost_grows_as_the_text_does(text: str) -> None:
    """A path that anybody may send: eight times the text costs eight times as much, and not sixty-four."""
    assert cost_ratio(lambda: tell(text * 8_000), lambda: tell(text * 1_000)) < 24


ENDS = """
import logging, sys, threading
from finito import logs
logs.configure(logs.settings(debug=False))
for end in (sys.exit, lambda: 1 / 0):
    thread = threading.Thread(target=end)
    thread.start()
    thread.join()
{}["key"]
"""


def test_it_tells_a_thread_that_crashed_from_a_process() -> None:
    ended = subprocess.run([sys.executable, "-c", ENDS], cwd=ROOT, capture_output=True, text=True, check=False)
    told = [(line["event"], line["exception"].splitlines()[-1]) for line in map(json.loads, ended.stderr.splitlines())]
    assert told == [("thread.crashed", "ZeroDivisionError: division by zero"), ("process.crashed", "KeyError: …")]
