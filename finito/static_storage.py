"""The address of a static file has the version of all of them in it: what a browser has, it keeps until that changes.

No file is renamed and no text rewritten, so nothing has to be collected: modules and style sheets name each other by
paths that begin at their own address.
"""

import hashlib
import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import StaticFilesStorage

MARK = "v-"  # no application has a folder of such a name
VERSIONED = re.compile(f"{MARK}([^/]+)/")
DIGITS = 12


class VersionedStorage(StaticFilesStorage):
    """Give addresses with the version; while files are edited (DEBUG) those without."""

    def url(self, name: str | None) -> str:
        return super().url(name if settings.DEBUG else f"{MARK}{version()}/{name}")


@cache
def found() -> dict[str, Path]:
    """Return where each static file is, by its name."""
    paths: dict[str, Path] = {}
    for finder in get_finders():
        for name, storage in finder.list(None):
            paths.setdefault(name, Path(storage.path(name)))
    return paths


@cache
def contents() -> dict[str, bytes]:
    """Return all static files as they were at the first call: 2 MB. What is deployed later has another version."""
    return {name: path.read_bytes() for name, path in found().items()}


@cache
def version() -> str:
    """Return a digest of the names and contents of all files: the same on every machine of a release."""
    digest = hashlib.sha256()
    for name, content in sorted(contents().items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:DIGITS]
