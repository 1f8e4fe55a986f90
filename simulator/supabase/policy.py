"""Who may hear and who may speak in a private channel: the policies of docs/supabase.sql, said again in Python.

A test asks both the same questions. `open` and `none` are policies that an owner may have by mistake.
"""

import json
from typing import Any

from simulator.supabase.tokens import Claims

POLICIES = ("finito", "open", "none")
ROLES = ("anon", "authenticated", "service_role")  # PostgreSQL refuses any other, before a policy is asked


def may_hear(policy: str, claims: Claims, topic: str) -> bool:
    """Tell whether the SELECT policies show a broadcast of the topic."""
    owns = _text(claims.get("finito_topic")) == topic
    return _passes(policy, claims, owns)


def may_speak(policy: str, claims: Claims, topic: str) -> bool:
    """Tell whether the INSERT policies take a broadcast of the topic."""
    publishes = _text(claims.get("finito_publisher")) == "true" and topic.startswith("finito:")
    return _passes(policy, claims, publishes)


def _passes(policy: str, claims: Claims, ours: bool) -> bool:
    if claims["role"] not in ROLES:
        return False
    if claims["role"] == "service_role" or policy == "open":
        return True
    return policy == "finito" and claims["role"] == "authenticated" and ours


def _text(value: Any) -> str | None:
    """Return a claim as PostgreSQL's `->>` gives it."""
    return value if value is None or isinstance(value, str) else json.dumps(value)
