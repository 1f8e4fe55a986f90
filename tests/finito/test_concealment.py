"""No value of a secret setting is in anything that we print, log or show."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from html import escape
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from finito import concealment, dotenv_file, logs
from finito.concealment import Concealing, conceal
from finito.error_page import ConcealingReporter
from launcher.environment import ROOT, google_at
from tests.support.environment import ENVIRONMENT, NOBODY

pytestmark = pytest.mark.slow  # processes of their own

MARKER = "marker-7d1f"
KEY = f"-----BEGIN PRIVATE KEY-----\n{MARKER}AbCdEfGhIjKl\n-----END PRIVATE KEY-----\n"
ACCOUNT = {"type": "service_account", "client_email": "a@b.example", "token_uri": NOBODY, "private_key": KEY}

SetEnvironment = Callable[..., None]


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> SetEnvironment:
    """Sets variables, as if they had stood there from the beginning."""

    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        concealment._pattern.cache_clear()

    return put


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    concealment._pattern.cache_clear()


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("SECRET_KEY", "$a'b\"<c>&d", "$a'b\"<c>&d"),
        ("TOKEN_ENCRYPTION_KEYS", "first-key, second-key", "second-key"),
        ("GOOGLE_CLIENT_SECRET", "GOCSPX-abc", "GOCSPX-abc"),
        ("METRICS_TOKEN", "abcdef", "abcdef"),
        ("DATABASE_URL", "postgres://u:p%40ss-word@h/db", "p@ss-word"),
        ("DATABASE_URL", "postgres://u:p@ss-word@h/db", "p@ss-word"),
        ("DATABASE_URL", "postgres://h/db?user=u&password=pass-word", "pass-word"),
        ("REDIS_URL", "redis://:hidden-word@h:6379/0", "hidden-word"),
        ("MY_OWN_PASSWORD", "hidden-word", "hidden-word"),
        ("GOOGLE_APPLICATION_CREDENTIALS", json.dumps(ACCOUNT), f"{MARKER}AbCdEfGhIjKl"),
        ("GOOGLE_APPLICATION_CREDENTIALS", json.dumps(ACCOUNT)[:-20], f"{MARKER}AbCdEfGhIjKl"),
    ],
)
def test_it_hides_a_secret_however_it_is_written(setting: SetEnvironment, name: str, value: str, secret: str) -> None:
    setting(**{name: value})
    for form in (secret, quote(secret), quote(secret, safe=""), escape(secret), repr(secret), json.dumps(secret)):
        hidden = conceal(f"before {form} after")
        assert secret not in hidden
        assert "***" in hidden
        assert hidden.startswith("before ")
        assert hidden.endswith(" after")


def test_it_hides_nothing_else(setting: SetEnvironment) -> None:
    setting(SECRET_KEY="a long sentence of words", METRICS_TOKEN="on", GOOGLE_TOKEN_URL="https://oauth2.example/token")
    text = "a sentence of words on https://oauth2.example/token"
    assert conceal(text) == text


def test_it_hides_on_a_stream_and_is_that_stream_otherwise(setting: SetEnvironment) -> None:
    setting(SECRET_KEY=MARKER)
    stream = io.StringIO()
    output = Concealing(stream)
    assert output.write(f"x {MARKER}\n") == len(MARKER) + 3
    output.writelines([MARKER, "\n"])
    output.flush()
    assert stream.getvalue() == "x ***\n***\n"
    assert output.isatty() is False


def test_it_hides_in_log_lines_and_exceptions(setting: SetEnvironment) -> None:
    setting(SECRET_KEY=MARKER)
    try:
        raise ValueError(f"{MARKER} is no key")
    except ValueError as error:
        line = logs.without_content(None, "error", {"event": f"failed {MARKER}", "exc_info": error})
    assert MARKER not in str(line)
    assert "is no key" in line["exception"]


def test_it_hides_on_the_error_page(setting: SetEnvironment) -> None:
    setting(REDIS_URL=f"redis://:{MARKER}@h/0", GOOGLE_APPLICATION_CREDENTIALS=json.dumps(ACCOUNT))
    key = json.dumps(ACCOUNT)
    try:
        raise ValueError(f"redis://:{MARKER}@h/0 {key}")
    except ValueError:
        reporter = ConcealingReporter(RequestFactory().get("/"), *sys.exc_info())
    for page in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        assert MARKER not in page
        assert "ValueError" in page


# Whole processes, as an operator starts them.

CHECK = ["manage.py", "check"]
DOCTOR = ["manage.py", "check_gmail"]
WEB = ["-c", "import finito.asgi"]
SETTINGS = ["manage.py", "diffsettings", "--all"]
SECRETS = {
    "SECRET_KEY": f"${MARKER}",
    "TOKEN_ENCRYPTION_KEYS": f"{MARKER},{MARKER}2",
    "DATABASE_URL": f"postgres://ann:{MARKER}@127.0.0.1:port/finito",
    "GOOGLE_CLIENT_SECRET": f"%{MARKER}\n",
    "PUBSUB_PUSH_TOKEN": f"?{MARKER}#",
    "METRICS_TOKEN": f"é{MARKER}",
    "GOOGLE_APPLICATION_CREDENTIALS": json.dumps(ACCOUNT)[:-30],
}


def output_of(command: list[str], **values: str) -> str:
    """Return all that the process writes."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **ENVIRONMENT,
        **google_at(NOBODY),
        "DJANGO_SETTINGS_MODULE": "finito.settings",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "DATABASE_URL": "postgres://ann@127.0.0.1:9/finito",
        **values,
    }
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    ended = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, timeout=120, **both)  # type: ignore[call-overload]
    return str(ended.stdout.decode())


@pytest.mark.parametrize("command", [CHECK, WEB, SETTINGS], ids=["check", "web", "diffsettings"])
def test_no_setting_is_told_where_all_are_wrong(command: list[str]) -> None:
    wrong = {name: f"{MARKER}-{name}" for name in dotenv_file.documented_names(ROOT)}
    told = output_of(command, **{**wrong, **SECRETS})
    assert [name for name, value in SECRETS.items() if value.strip() in told] == []
    assert "Traceback" not in told
    if command != SETTINGS:
        assert MARKER not in told
        for name in ("TOKEN_ENCRYPTION_KEYS", "DATABASE_URL", "SYNC_POLL_SECONDS", "DEBUG", "GMAIL_PUBSUB_TOPIC"):
            assert name in told


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_is_told_by_the_doctor(name: str) -> None:
    told = output_of(DOCTOR, **{name: SECRETS[name]})
    assert "fault" in told
    assert MARKER not in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "key",
    [
        json.dumps(ACCOUNT),
        json.dumps(ACCOUNT)[:-30],
        json.dumps({**ACCOUNT, "type": "authorized_user"}),
        json.dumps({"type": "service_account", "private_key": KEY}),
        json.dumps([KEY]),
        KEY,
        f"/nowhere/{MARKER}.json",
        f"~{MARKER}/x",
        f"'{json.dumps(ACCOUNT)}'",
        MARKER * 1000,
    ],
)
@pytest.mark.parametrize("command", [["pull_notifications", "--once"], ["setup_pubsub", "--apply"]])
def test_no_key_is_told_by_the_commands_that_use_it(key: str, command: list[str], settings: Any) -> None:
    settings.GOOGLE_APPLICATION_CREDENTIALS = key
    with pytest.raises(CommandError) as refused:
        call_command(*command, stdout=io.StringIO())
    assert MARKER not in str(refused.value)
    assert "GOOGLE_APPLICATION_CREDENTIALS" in str(refused.value)
