"""The scopes that matter here, and how Google spells them back."""

FULL = "https://mail.google.com/"
MODIFY = "https://www.googleapis.com/auth/gmail.modify"
READONLY = "https://www.googleapis.com/auth/gmail.readonly"
METADATA = "https://www.googleapis.com/auth/gmail.metadata"
INSERT = "https://www.googleapis.com/auth/gmail.insert"
SEND = "https://www.googleapis.com/auth/gmail.send"
COMPOSE = "https://www.googleapis.com/auth/gmail.compose"
LABELS = "https://www.googleapis.com/auth/gmail.labels"

READING = frozenset({FULL, MODIFY, READONLY, METADATA})
CONTENT = frozenset({FULL, MODIFY, READONLY})
WRITING = frozenset({FULL, MODIFY})
DELETING = frozenset({FULL})
INSERTING = frozenset({FULL, MODIFY, INSERT})
SENDING = frozenset({FULL, MODIFY, COMPOSE, SEND})

_ALIASES = {
    "email": "https://www.googleapis.com/auth/userinfo.email",
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}


def parse_scopes(text: str) -> list[str]:
    """Return the scopes of a request in Google's own spelling: ``email`` comes back as userinfo.email."""
    return list(dict.fromkeys(_ALIASES.get(scope, scope) for scope in text.split()))


def may_refuse(scope: str) -> bool:
    """People may refuse every scope but the ones that tell who they are."""
    return scope != "openid" and "/userinfo." not in scope
