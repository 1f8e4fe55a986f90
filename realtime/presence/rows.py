"""The rows behind presence: a beat writes one, and whoever deletes some tells the room, so that it is said once."""

from collections import defaultdict
from datetime import timedelta
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Least, Now
from django.utils.crypto import salted_hmac

from realtime.models import HiddenUser, Viewer
from realtime.pieces import pieces
from realtime.presence.scenes import LEFT, Page, Scene, look, shown
from realtime.presence.telling import send, tell

AGAIN_SECONDS = 10
LIVE_SECONDS = 22.0  # two beats and a bit: one may get lost
LEAVING_SECONDS = 6.0  # a reload, or another tab, is back by then
MOST_PAGES = 8  # a user's


def beat(user: User, session_key: str, client: str, room: str, state: str, inner: str = "") -> Scene | None:
    """Take note that the user's page `client` has the room on a screen, and tell the others if that is news to them.

    `inner` is the room within it that the page shows; it is noted where the members are told of it.
    A page that is LEFT may be one that reloads: its row stays for LEAVING_SECONDS, and the sweep tells.
    Returns the room as it is; None if nobody else can see it, or the user hides: then there is nothing to note.
    """
    scene = look(room)
    me = scene.members.get(user.pk)
    if me is None or me.hides or len(scene.members) < 2:
        return None
    if state == LEFT:
        rows = Viewer.objects.filter(user=user, client=client)
        rows.update(seen_until=Least("seen_until", _in(LEAVING_SECONDS)))
        return scene
    if client not in me.pages:
        _make_place(user, client, room)
    page = Page(state, inner if scene.tells_inner else "")
    row = Viewer(user=user, client=client, session=mark_of(session_key), room=room, **page._asdict())
    row.seen_until = _in(LIVE_SECONDS)
    told = ["session", "room", "state", "inner", "seen_until"]
    Viewer.objects.bulk_create([row], update_conflicts=True, unique_fields=["user", "client"], update_fields=told)
    if shown({**me.pages, client: page}.values()) == me.shown:
        return scene
    return tell(room)  # read anew: of two who come at once the later one sees both


def remove(rows: QuerySet[Viewer]) -> int:
    """Delete these rows, and after the commit tell the rooms where that made a difference. Returns how many."""
    found: dict[str, list[int]] = defaultdict(list)
    gone: dict[str, dict[int, list[Page]]] = defaultdict(lambda: defaultdict(list))
    for pk, room, user_id, *page in rows.values_list("pk", "room", "user_id", "state", "inner"):
        found[room].append(pk)
        gone[room][user_id].append(Page(*page))
    total = 0
    for room, keys in found.items():
        deleted = sum(rows.filter(pk__in=piece).delete()[0] for piece in pieces(keys))
        if deleted:
            transaction.on_commit(partial(_tell_if_seen, room, gone[room]), robust=True)
        total += deleted
    return total


def forget(user_id: int, room: str) -> None:
    """Take the user, who may not see it any more, from the room."""
    remove(Viewer.objects.filter(user_id=user_id, room=room))


def forget_inner(room: str) -> None:
    """Keep of no page which room within this one it shows, and tell the members so after the commit."""
    Viewer.objects.filter(room=room).exclude(inner="").update(inner="")
    transaction.on_commit(partial(tell, room), robust=True)


def hide(user: User) -> None:
    """Show the user to nobody from now on, and nobody to them."""
    HiddenUser.objects.get_or_create(user=user)
    remove(Viewer.objects.filter(user=user))


def show(user: User) -> None:
    """Show the user again, and others to them, from their next beat on."""
    HiddenUser.objects.filter(user=user).delete()


def hides(user: User) -> bool:
    """Tell whether the user is shown to nobody."""
    return HiddenUser.objects.filter(user=user).exists()


def mark_of(session_key: str) -> str:
    """Return what a row keeps of its session: enough to find it by, and no key."""
    return salted_hmac("realtime.presence", session_key, algorithm="sha256").hexdigest()[:16]


def _tell_if_seen(room: str, gone: dict[int, list[Page]]) -> None:
    """Tell the room unless other pages of the same people show the same."""
    scene = look(room)
    for user_id, pages in gone.items():
        left = list(scene.members[user_id].pages.values()) if user_id in scene.members else []
        if shown([*left, *pages]) != shown(left):
            send(scene)
            return


def _make_place(user: User, client: str, room: str) -> None:
    """Let a page that is new here leave its former room, and the user's oldest pages make room for it."""
    rows = Viewer.objects.filter(user=user).order_by("-seen_until").values_list("pk", "client", "room")
    found = list(rows)
    doomed = [pk for pk, known, where in found if known == client and where != room]
    doomed += [pk for pk, known, _ in found if known != client][MOST_PAGES - 1 :]
    for piece in pieces(doomed):
        remove(Viewer.objects.filter(pk__in=piece))


def _in(seconds: float) -> Combinable:
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())
