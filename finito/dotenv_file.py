"""Reader of `.env`: it takes what python-dotenv and docker compose take, and every value verbatim.

`export`, blanks around `=`, comments, quotes and values over several lines within quotes are understood; of a name that
stands there twice the last line counts. What cannot be read is told by its line and name, never by its text, which
may be a secret.
"""

import io
import json
import os
import re
import sys
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import Binding, parse_stream

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# A name that may be told: where a line is broken, what stands left of its `=` could be a piece of a secret.
_TELLABLE = re.compile(r"\s*(?:export\s+)?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)\s*=")


@dataclass
class DotenvFile:
    """The file's `values` by name, and in `faults` a sentence for each malformed line."""

    values: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read(path: Path) -> DotenvFile:
    """Read the file; a missing one is empty. Never raises."""
    found = DotenvFile()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return found
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        found.faults.append(f"{path.name}, line {line}, is not UTF-8: save the file in that encoding.")
        return found
    except OSError as error:
        found.faults.append(f"{path.name} cannot be read: {error.strerror}.")
        return found
    for binding in parse_stream(io.StringIO(text, newline="")):
        found.faults += (f"{path.name}, {fault}" for fault in _faults(binding, documented_names(path.parent)))
        if binding.key is not None and binding.value is not None and _NAME.fullmatch(binding.key):
            found.values[binding.key] = binding.value.replace("\0", "")
    return found


def documented_names(directory: Path) -> set[str]:
    """Return the names in `.env.example`; none without that file."""
    try:
        example = (directory / ".env.example").read_text()
    except OSError:
        return set()
    return set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))


def complete(environment: MutableMapping[str, str], directory: Path) -> list[str]:
    """Add the variables of the directory's `.env` that the environment lacks; returns the faults."""
    file = read(directory / ".env")
    for name, value in file.values.items():
        environment.setdefault(name, value)
    return file.faults


def _faults(binding: Binding, documented: set[str]) -> Iterator[str]:
    if not binding.error and binding.key is None:
        return  # a comment, or nothing
    text = binding.original.string.lstrip()
    before = binding.original.string[: -len(text)]
    told = _TELLABLE.match(text)
    name = told[1] if told else binding.key if binding.key in documented else None
    line = binding.original.line + len(before.replace("\r\n", "\n").splitlines())
    where = f"line {line} ({name})" if name else f"line {line}"
    if binding.error:
        yield f"{where}, cannot be read: write NAME=value, and a value with quotes or line breaks in single quotes."
    elif binding.value is None or not _NAME.fullmatch(binding.key or ""):
        yield f"{where}, is no NAME=value."
    elif "\0" in binding.value:
        yield f"{where}, holds a NUL character."


def main() -> None:
    """Print the environment, completed from the `.env` of the named directory, as JSON for the launcher.

    Exits with the faults where a line cannot be read.
    """
    directory, environment = Path(sys.argv[1]), dict(os.environ)
    if faults := complete(environment, directory):
        sys.exit("\n".join(faults))
    json.dump({"environment": environment, "documented": sorted(documented_names(directory))}, sys.stdout)


if __name__ == "__main__":
    main()
