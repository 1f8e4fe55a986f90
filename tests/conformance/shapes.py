"""The shape of each event: its fields and their types. More fields and more event types may come, fewer may not."""

from typing import Any

_MESSAGE = {"id": str, "thread_id": str}
_LABELLED = {**_MESSAGE, "label_ids": [str]}
_MAIL = {"account_id": int, "at": str}

CONTROL_EVENTS: dict[str, dict[str, Any]] = {
    "ready": {"cursor": str, "resumed": bool, "heartbeat": float},
    "hb": {},
    "reset": {"reason": {"epoch", "expired", "ahead", "backlog", "bad"}},
    "bye": {"reason": {"auth", "deploy", "cap", "age"}},
    "status": {"live": {"degraded", "ok"}},
}
MAIL_EVENTS: dict[str, dict[str, Any]] = {
    "message.added": {
        **_MAIL,
        "message": {**_LABELLED, "from": str, "to": str, "subject": str, "snippet": str, "internal_date": int},
    },
    "message.changed": {**_MAIL, "message": _LABELLED, "added_label_ids": [str], "removed_label_ids": [str]},
    "message.deleted": {**_MAIL, "message": _MESSAGE},
    "mailbox.resynced": _MAIL,
    "mailbox.counts": {**_MAIL, "label_id": str, "messages_unread": int},
    "account.status": {**_MAIL, "state": {"connected", "syncing", "reauth_required", "disconnected"}},
}


def mismatch(value: Any, shape: Any, where: str) -> str:
    """Say why `value` has not the shape, or "".

    A shape is a type (float: any number), a set of the allowed values, a list with the shape of each item, or a dict
    with the shape of each required field.
    """
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return f"{where} must be an object, not {value!r}"
        if missing := shape.keys() - value.keys():
            return f"{where} lacks {sorted(missing)}"
        faults = (mismatch(value[name], part, f"{where}: {name}") for name, part in shape.items())
    elif isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where} must be a list, not {value!r}"
        faults = (mismatch(item, shape[0], where) for item in value)
    elif isinstance(shape, set):
        return "" if value in shape else f"{where} must be one of {sorted(shape)}, not {value!r}"
    else:
        fits = type(value) in ((int, float) if shape is float else (shape,))
        return "" if fits else f"{where} must be a {shape.__name__}, not {value!r}"
    return next(filter(None, faults), "")
