"""All webs are replaced, one after the other, under 500 streams."""

import asyncio

import pytest

from tests.load.conftest import Audience
from tests.load.member import Member, fullest_second, until

pytestmark = pytest.mark.chaos

USERS, STREAMS_EACH = 50, 10
WINDOW_SECONDS = 8
EVENTS = 90


def test_rule_17_a_rolling_restart_loses_nothing_and_spreads_the_return(audience: Audience) -> None:
    keys = audience.sessions(USERS)
    members = [
        Member(key, audience.web_ports[turn:] + audience.web_ports[:turn]) for key in keys for turn in [0, 1] * 5
    ]
    assert len(members) == USERS * STREAMS_EACH

    async def story() -> None:
        living = [asyncio.create_task(member.live()) for member in members]
        await until(lambda: all(member.opened for member in members))
        happening = asyncio.create_task(asyncio.to_thread(audience.happen, EVENTS, 0.25))
        for web in ("web0", "web1"):
            await asyncio.to_thread(audience.stop, web, 12)
            await asyncio.to_thread(audience.start, web)
            await asyncio.sleep(WINDOW_SECONDS)  # the platform waits until the new one has taken its part
        await happening
        await until(lambda: all(EVENTS in member.seqs for member in members))
        for task in living:
            task.cancel()
        await asyncio.gather(*living, return_exceptions=True)

    asyncio.run(story())
    for member in members:
        assert member.seqs == list(range(1, EVENTS + 1))
        assert member.resets == 0
    planned = [time for member in members for time in member.planned]
    returns = [time for member in members for time in member.opened[1:]]
    assert len(planned) >= len(members)
    assert len(returns) >= len(members)
    peak = fullest_second(planned)
    print(f"the fullest second of returns: {fullest_second(returns)} of {len(returns)}, as told {peak}")  # noqa: T201
    assert peak <= 2 * len(members) / WINDOW_SECONDS
