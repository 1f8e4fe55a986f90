"""Groups forgets nobody who is wanted, and asks for nobody twice, whatever came before."""

from hypothesis import given
from hypothesis import strategies as st

from realtime.transport import groups
from realtime.transport.groups import Groups
from realtime.transport.pulse import EVERYBODY

STEPS = ["want", "unwant", "ask", "acknowledge", "leave", "begin anew"]


class Redis:
    """What a connection would tell: each SUBSCRIBE is acknowledged in its turn, unless the connection ends."""

    def __init__(self) -> None:
        self.subscribed, self.unanswered = set[int](), list[int]()

    def subscribe(self, users: list[int]) -> None:
        assert not self.subscribed & set(users), "it was asked twice"
        self.subscribed.update(users)
        self.unanswered += users

    def unsubscribe(self, users: list[int]) -> None:
        assert self.subscribed >= set(users)
        assert not set(self.unanswered) & set(users), "its acknowledgement could be taken for the next one's"
        self.subscribed.difference_update(users)


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 3))))
def test_it_overlooks_none(steps: list[tuple[str, int]]) -> None:
    kept, redis, wanted, lost, now = Groups(), Redis(), {EVERYBODY}, set[int](), 0.0
    for step, user in steps:
        now += groups.LEAVE_AFTER_SECONDS / 3
        match step:
            case "want":
                wanted.add(user)
                assert kept.want(user) == (user not in redis.subscribed)
            case "unwant":
                wanted.discard(user)
                lost.discard(user)
                kept.unwant(user, now)
            case "ask":
                redis.subscribe(kept.ask(now))
            case "acknowledge" if redis.unanswered:
                assert kept.acknowledge(redis.unanswered.pop(0))
            case "leave":
                redis.unsubscribe(kept.leave(now))
            case "begin anew":
                kept.begin_anew()
                redis, lost = Redis(), set(wanted)
        assert kept.wanted() == wanted
        assert kept.joined == redis.subscribed - set(redis.unanswered)
        assert not kept.regained() or (lost & wanted) <= kept.joined
    redis.subscribe(kept.ask(now))
    assert redis.subscribed >= wanted
    assert [kept.acknowledge(user) for user in redis.unanswered] == [True] * len(redis.unanswered)
    assert kept.regained()


def test_it_leaves_after_a_minute_and_not_before() -> None:
    kept = Groups()
    kept.want(1)
    for user in kept.ask(0):
        kept.acknowledge(user)
    kept.unwant(1, 5)
    assert kept.leave(5 + groups.LEAVE_AFTER_SECONDS - 1) == []
    assert kept.leave(5 + groups.LEAVE_AFTER_SECONDS) == [1]
    assert kept.joined == {EVERYBODY}


def test_the_oldest_of_what_is_not_acknowledged_is_overdue() -> None:
    kept = Groups()
    kept.ask(0)
    kept.want(1)
    kept.ask(5)
    assert not kept.overdue(groups.JOIN_SECONDS)
    assert kept.overdue(groups.JOIN_SECONDS + 1)
    kept.acknowledge(EVERYBODY)
    assert not kept.overdue(groups.JOIN_SECONDS + 1)
