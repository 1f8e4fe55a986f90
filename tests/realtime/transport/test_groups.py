"""Groups answers from the unsettled ones alone what all of them would say, whatever came before."""

import math
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from realtime.transport.groups import LEAVE_AFTER_SECONDS, Groups, State


def subscribe(groups: Groups, user: int, now: float) -> None:
    for group in groups.to_join():
        if group.user_id == user:
            group.state = State.SUBSCRIBED


def leave(groups: Groups, user: int, now: float) -> None:
    for group in groups.to_leave(now):
        groups.forget(group)


STEPS: dict[str, Callable[[Groups, int, float], object]] = {
    "want": lambda groups, user, now: groups.want(user),
    "unwant": lambda groups, user, now: groups.unwant(user, now) if user else None,
    "subscribe": subscribe,
    "probe": lambda groups, user, now: groups.probed(groups.unproven(), now),
    "echo": lambda groups, user, now: groups.echoed(user),
    "leave": leave,
    "begin anew": lambda groups, user, now: groups.begin_anew(),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 3))))
def test_it_overlooks_none(steps: list[tuple[str, int]]) -> None:
    groups, now = Groups(), 0.0
    for step, user in steps:
        now += LEAVE_AFTER_SECONDS / 3
        STEPS[step](groups, user, now)
        every = list(groups._by_user.values())
        wanted = [group for group in every if group.is_wanted]
        assert set(groups.to_join()) == {group for group in wanted if group.state is State.WANTED}
        assert set(groups.to_leave(now)) == {group for group in every if group.leave_at <= now}
        assert set(groups.unproven()) == {group for group in every if group.state is State.SUBSCRIBED}
        assert groups.all_joined() == all(group.state is State.JOINED for group in wanted)
        assert groups.echo_due_at() == min(group.echo_due_at for group in every)


def test_a_second_probe_does_not_put_the_first_echo_off() -> None:
    groups = Groups()
    subscribe(groups, 0, 0)
    groups.probed(groups.unproven(), 1)
    groups.probed(groups.unproven(), 5)
    due_at = groups.echo_due_at()
    assert (groups.echoed(0), groups.echoed(0)) == (True, False)
    groups.probed([groups.a_joined_one()], 1)
    assert groups.echo_due_at() < due_at < math.inf
