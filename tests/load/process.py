"""What the kernel says of a process (Linux)."""

from pathlib import Path


def threads(pid: int) -> int:
    """How many threads it has."""
    return _status(pid, "Threads")


def own_memory_kb(pid: int) -> int:
    """What it holds of memory that is not a file's, in KiB."""
    return _status(pid, "RssAnon")


def descriptors(pid: int, of: str = "") -> int:
    """How many files and sockets it has open: all, or those whose name contains `of`."""
    found = 0
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found += of in str(entry.readlink())
        except FileNotFoundError:
            continue  # closed meanwhile
    return found


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
