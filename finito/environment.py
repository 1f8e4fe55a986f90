"""Reading the environment: `.env` where there is one, the process's own variables above it."""

import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
# A variable that is set to nothing, as platforms and compose files do, is one that is not set.
env.ENVIRON = {name: value for name, value in os.environ.items() if value.strip()}

UNREADABLE: list[str] = []


def number(name: str, default: float) -> float:
    """A variable that is a number; its unit is in its name. The default stands in for what cannot be read."""
    try:
        return float(env.str(name, str(default)))
    except ValueError:
        UNREADABLE.append(name)
        return default


def names(name: str) -> list[str]:
    """A variable that is a list with commas."""
    return [item.strip() for item in env.list(name, default=[])]
