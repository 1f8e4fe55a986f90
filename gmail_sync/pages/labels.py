"""The users' own labels as pages show them: each with its name, and one of six hues for Gmail's many colours."""

import colorsys
import re
from collections.abc import Iterable
from typing import Any

from gmail_sync.models import MailboxLabels
from gmail_sync.pages.plain import plain

Json = dict[str, Any]

_COLOR = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")
_GREY = 0.12  # a saturation below which a colour has no hue
_ENDS = ((20, 1), (70, 2), (165, 3), (205, 4), (260, 5), (345, 6), (361, 1))  # degrees, up to which each hue goes


def hue_of(color: str) -> int:
    """Return the nearest of the hues 1 to 6; 0 for grey, and for no colour."""
    parts = _COLOR.fullmatch(color)
    if parts is None:
        return 0
    hue, _, saturation = colorsys.rgb_to_hls(*(int(part, 16) / 255 for part in parts.groups()))
    return 0 if saturation < _GREY else next(number for end, number in _ENDS if hue * 360 < end)


def with_hues(labels: Iterable[Json]) -> list[Json]:
    """Return the labels as Gmail listed them, each with its hue where it has one, and a name that a page may show."""
    hues = [
        ({**label, "name": plain(label["name"], label["id"])}, hue_of(str(label.get("color", "")))) for label in labels
    ]
    return [{**label, "hue": hue} if hue else label for label, hue in hues]


def own_labels(user_id: int) -> dict[int, list[Json]]:
    """Return the labels that people made, by mailbox of the user, in Gmail's order."""
    listed = MailboxLabels.objects.filter(account__users=user_id).values_list("account_id", "labels")
    return {account_id: with_hues(filter(_is_own, labels)) for account_id, labels in listed}


def _is_own(label: Json) -> bool:
    return label.get("type") == "user"
