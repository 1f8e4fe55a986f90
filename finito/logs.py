"""One line an outcome, ours and the libraries': JSON in production, readable in development; never content.

What we log ourselves holds ids and outcomes only. What others say passes the same formatter, which keeps the first
line of a message without its addresses, queries and tokens, and of an exception the frames without their values.
"""

import json
import logging
import logging.config
import re
import sys
import threading
import traceback
from http import HTTPStatus
from typing import Any

import structlog
from django.core.management.base import CommandError
from structlog.typing import EventDict, Processor, WrappedLogger

from finito.concealment import conceal

LINE_LIMIT = 300
CHAIN_LIMIT = 5
REFUSALS = "django.security."  # what strangers sent; Django raises an alarm with a traceback at each scan
OURS = ("timestamp", "level", "logger", "request_id")

_encode = json.JSONEncoder().encode  # made once

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_PRIVATE = re.compile(
    # An address, or the password of a URL; from the beginning of a word and never back, for the cost of one reading.
    r"(?<![^\s@<>\"'(),:;])[^\s@<>\"'(),:;]++@[^\s@<>\"'(),:;]+"
    r"|(?<=\?)[^\s\"']+"  # a query: the callback's holds the consent's code
    r"|[A-Za-z0-9_+=-]{30,}"  # a token, a key, a cookie
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_shared: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class Fields(dict[str, Any]):
    """A line of ours on its way through the standard library."""


class LineFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats others' records as structlog does, and ours without a second record for each."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        if not isinstance(record.msg, Fields):
            return super().format(record)
        *_, clean, render = self.processors
        return str(render(None, "", clean(None, "", record.msg.copy())))  # type: ignore[arg-type]


def settings(debug: bool, short_lines: bool = False) -> dict[str, Any]:
    """Return Django's LOGGING: JSON, or short lines for people (`bin/run`). Colours only on a terminal."""
    renderer: Processor = short_line if short_lines else json_line
    if debug:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False)
    formatter = {
        "()": LineFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, without_content, renderer],
        "foreign_pre_chain": _shared,
    }
    to_root = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "filters": {"no_outage": {"()": "django.utils.log.CallbackFilter", "callback": _is_no_outage}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            **{package: {"level": "INFO"} for package in ("finito", "operators", "gmail_sync", "realtime")},
            "django": {**to_root, "level": "WARNING"},
            # RequestLog writes a line for every request; without a database each would bring a traceback too.
            "django.request": {"level": "ERROR", "filters": ["no_outage"]},
            "django.server": {**to_root, "level": "WARNING"},
            "django.channels.server": {"level": "WARNING"},
            "uvicorn": {**to_root, "level": "INFO"},
            # Off, whatever uvicorn was told: its lines hold the query.
            "uvicorn.access": {"handlers": [], "propagate": False},
        },
    }


def _is_no_outage(record: logging.LogRecord) -> bool:
    return getattr(record, "status_code", None) != HTTPStatus.SERVICE_UNAVAILABLE


def configure(config: dict[str, Any]) -> None:
    """Configure the standard library's logging and structlog together (Django's LOGGING_CONFIG)."""
    logging.config.dictConfig(config)
    logging.captureWarnings(True)
    # No line tells them, and to find them takes time: https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    vars(logging)["_srcfile"] = None
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_shared, _handed_over],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sys.excepthook = lambda kind, error, trace: _crashed(error)
    threading.excepthook = _thread_crashed


def _handed_over(logger: WrappedLogger, method: str, event_dict: EventDict) -> tuple[tuple[Fields], EventDict]:
    return (Fields(event_dict),), {}


def json_line(logger: WrappedLogger, method: str, event_dict: EventDict) -> str:
    """Render one JSON object; `without_content` has left plain values only."""
    return _encode(event_dict)


def short_line(logger: WrappedLogger, method: str, event_dict: EventDict) -> str:
    """Render `12:00:01 WARNING watch.refused account=7`."""
    at, level = str(event_dict.pop("timestamp", ""))[11:19], str(event_dict.pop("level", "info"))
    event, exception = event_dict.pop("event", ""), event_dict.pop("exception", "")
    for name in ("logger", "request_id"):
        event_dict.pop(name, None)
    loud = [] if level == "info" else [level.upper()]
    told = [f"{name}={value}" for name, value in event_dict.items() if value is not None]
    return " ".join([at, *loud, str(event), *told]) + (f"\n{exception}" if exception else "")


def _crashed(error: BaseException | None, event: str = "process.crashed") -> None:
    if isinstance(error, KeyboardInterrupt):
        sys.exit(130)
    if isinstance(error, CommandError):  # a sentence for the operator, from a thread of runserver's
        sys.stderr.write(f"{error}\n")
        return
    structlog.get_logger(__name__).critical(event, exc_info=error)


def _thread_crashed(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_type is not SystemExit:  # which ends a thread without a word, as in Python itself
        _crashed(ended.exc_value, "thread.crashed")


def without_content(logger: WrappedLogger, method: str, event_dict: EventDict) -> EventDict:
    """Keep only plain values, nothing private, one line each, exceptions as text. The last step before the renderer."""
    event_dict.pop("stack_info", None)
    exc_info = event_dict.pop("exc_info", None)
    if str(event_dict.get("logger")).startswith(REFUSALS):
        event_dict["level"], exc_info = "warning", None
    for name, value in event_dict.items():
        if isinstance(value, str):
            if name not in OURS:
                event_dict[name] = _plain(value)
        elif not isinstance(value, int | float | None):
            event_dict[name] = type(value).__name__
    if exc_info:
        error = (
            exc_info if isinstance(exc_info, BaseException) else sys.exc_info()[1] if exc_info is True else exc_info[1]
        )
        if error is not None:
            event_dict["exception"] = describe(error)
    return event_dict


def _plain(text: str) -> str:
    text = _PRIVATE.sub("…", conceal(text).strip().partition("\n")[0])
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)[:LINE_LIMIT]


def describe(error: BaseException, depth: int = CHAIN_LIMIT) -> str:
    """Return the traceback with its causes. Messages lose quoted texts, which may be content, and all but line one."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    told = f"{type(error).__qualname__}: {_plain(_QUOTED.sub('…', conceal(str(error))))}"
    within = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = [describe(cause, depth - 1), ""] if cause and depth else []
    after = [describe(one, depth - 1) for one in within] if depth else []
    return "\n".join([*before, f"{frames}{told}", *after])
