"""The groups that a listener is in: whom it is to hear, and how far each group has come on this connection."""

from realtime.transport.pulse import EVERYBODY

JOIN_SECONDS = 9.0
LEAVE_AFTER_SECONDS = 60.0


class Groups:
    """One a user, and the one of EVERYBODY, which is always wanted. Each is to be asked for, then asked for, then
    joined: acknowledged by Redis. Times are monotonic."""

    def __init__(self) -> None:
        self.joined: set[int] = set()
        self._to_ask = {EVERYBODY}
        self._asked_at: dict[int, float] = {}  # the oldest first
        self._leave_at: dict[int, float] = {}  # the next first; these are joined, or asked for
        self._lost: set[int] = set()  # with the last connection, and not joined again

    def want(self, user_id: int) -> bool:
        """Have the user's group from now on. Returns whether Redis is to be asked for it."""
        self._leave_at.pop(user_id, None)
        if user_id not in self.joined and user_id not in self._asked_at:
            self._to_ask.add(user_id)
        return user_id in self._to_ask

    def unwant(self, user_id: int, now: float) -> None:
        """Leave it in a minute, unless they are back by then: people come and go, and each join costs a query."""
        if user_id in self._to_ask:
            self._to_ask.discard(user_id)
            self._lost.discard(user_id)
        elif user_id in self.joined or user_id in self._asked_at:
            self._leave_at.pop(user_id, None)
            self._leave_at[user_id] = now + LEAVE_AFTER_SECONDS

    def ask(self, now: float) -> list[int]:
        """Take those that Redis is to be asked for."""
        users = list(self._to_ask)
        self._to_ask.clear()
        self._asked_at.update(dict.fromkeys(users, now))
        return users

    def acknowledge(self, user_id: int) -> bool:
        """Take a group for joined. Returns whether it is news."""
        if self._asked_at.pop(user_id, None) is None:
            return False
        self._lost.discard(user_id)
        self.joined.add(user_id)
        return True

    def leave(self, now: float) -> list[int]:
        """Take those whose minute is over. What is not acknowledged stays: else its acknowledgement would be taken for
        that of the next join."""
        due = []
        for user_id, leave_at in self._leave_at.items():
            if leave_at > now:
                break
            if user_id in self.joined:
                due.append(user_id)
        for user_id in due:
            del self._leave_at[user_id]
            self.joined.discard(user_id)
        return due

    def begin_anew(self) -> None:
        """Start from nothing: the next connection knows no group, and needs those alone that are wanted."""
        self._to_ask |= (self.joined | self._asked_at.keys()) - self._leave_at.keys()
        self._lost = set(self._to_ask)
        self.joined.clear()
        self._asked_at.clear()
        self._leave_at.clear()

    def regained(self) -> bool:
        """Tell whether all that the last connection carried is joined again. Newcomers do not put that off."""
        return not self._lost

    def overdue(self, now: float) -> bool:
        """Tell whether Redis owes us an acknowledgement for too long."""
        return now - next(iter(self._asked_at.values()), now) > JOIN_SECONDS

    def wanted(self) -> set[int]:
        """Return the users whom it is to hear, and EVERYBODY."""
        return (self._to_ask | self.joined | self._asked_at.keys()) - self._leave_at.keys()
