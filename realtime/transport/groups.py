"""The groups that a listener joins: how far each has come, and which of them need something."""

import math
import random
from dataclasses import dataclass
from enum import Enum

from realtime.transport.pulse import EVERYBODY

ECHO_SECONDS = 3.0
JOIN_SECONDS = 9.0
LEAVE_AFTER_SECONDS = 60.0


class State(Enum):
    """How far a group has come on this connection. One that is to be left stays what it is until then."""

    WANTED = "its user is to be heard"
    SUBSCRIBED = "Redis was asked for it"
    JOINED = "an echo came back through it"


@dataclass(eq=False, slots=True)
class Group:
    """The group of a user, or of EVERYBODY. Times are monotonic, and infinite for what is not to come."""

    user_id: int
    state: State = State.WANTED
    leave_at: float = math.inf
    probed_at: float = math.inf  # the oldest probe whose echo is not back

    @property
    def is_wanted(self) -> bool:
        """Tell whether its user has streams here."""
        return self.leave_at == math.inf

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is to be done about it, nor awaited."""
        return self.state is State.JOINED and self.leave_at == self.probed_at == math.inf

    @property
    def echo_due_at(self) -> float:
        """Return when the echo must be back. The first one may have overtaken the group, and be lost."""
        return self.probed_at + (ECHO_SECONDS if self.state is State.JOINED else JOIN_SECONDS)


class Groups:
    """One a user, and the one of EVERYBODY, which is always wanted. A round looks at the unsettled ones alone."""

    def __init__(self) -> None:
        everybody = Group(EVERYBODY)
        self._by_user, self._unsettled = {EVERYBODY: everybody}, {everybody}

    def want(self, user_id: int) -> Group:
        """Have the user's group from now on, and return it."""
        group = self._by_user.setdefault(user_id, Group(user_id))
        group.leave_at = math.inf
        return self._filed(group)

    def unwant(self, user_id: int, now: float) -> None:
        """Leave it in a minute, unless they are back by then: a leave could overtake the next join."""
        if group := self._by_user.get(user_id):
            group.leave_at = now + LEAVE_AFTER_SECONDS
            self._filed(group)

    def echoed(self, user_id: int) -> bool:
        """Take an echo for a proof of this group and of no other. Returns whether it is the first one."""
        if (group := self._by_user.get(user_id)) is None:
            return False
        proven, group.probed_at = group.state is State.SUBSCRIBED, math.inf
        if proven:
            group.state = State.JOINED
        self._filed(group)
        return proven

    def probed(self, groups: list[Group], now: float) -> None:
        """Await an echo of each."""
        for group in groups:
            group.probed_at = min(group.probed_at, now)
            self._filed(group)

    def forget(self, group: Group) -> None:
        """Drop a group that is left; its user gets a new one when they are back."""
        del self._by_user[group.user_id]
        self._unsettled.discard(group)

    def begin_anew(self) -> None:
        """Start from nothing: no group is known to the next connection."""
        for group in self._by_user.values():
            group.state, group.probed_at = State.WANTED, math.inf
        self._unsettled.update(self._by_user.values())

    def to_join(self) -> list[Group]:
        """List the wanted groups that Redis has not been asked for."""
        return [group for group in self._unsettled if group.state is State.WANTED and group.is_wanted]

    def to_leave(self, now: float) -> list[Group]:
        """List the groups whose minute is over."""
        return [group for group in self._unsettled if group.leave_at <= now]

    def unproven(self) -> list[Group]:
        """List the groups that Redis was asked for, without an echo yet."""
        return [group for group in self._unsettled if group.state is State.SUBSCRIBED]

    def a_joined_one(self) -> Group:
        """Choose any of the proven groups, by chance. Raises IndexError without one."""
        return random.choice([group for group in self._by_user.values() if group.state is State.JOINED])

    def all_joined(self) -> bool:
        """Tell whether all wanted groups are proven."""
        return not any(group.is_wanted and group.state is not State.JOINED for group in self._unsettled)

    def echo_due_at(self) -> float:
        """Return when the first of the awaited echoes must be back; infinite without one."""
        return min((group.echo_due_at for group in self._unsettled), default=math.inf)

    def _filed(self, group: Group) -> Group:
        (self._unsettled.discard if group.is_settled else self._unsettled.add)(group)
        return group
