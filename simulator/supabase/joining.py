"""Whether a client may join: limits, token and policies, in the server's order (realtime_channel.ex, join/3)."""

import time

from simulator.faults import FaultedCall
from simulator.supabase import policy
from simulator.supabase.channel import NO_PERMISSION, Channel, Socket
from simulator.supabase.hub import API
from simulator.supabase.project import Project
from simulator.supabase.tokens import Claims, TokenRefused
from simulator.supabase.wire import PREFIX, Frame


class JoinRefused(Exception):
    """No channel; the text is the answer's reason. Some refusals end the whole socket."""

    def __init__(self, reason: str, disconnects: bool = False) -> None:
        super().__init__(reason)
        self.disconnects = disconnects


class JoinUnanswered(Exception):
    """A fault: no channel, and no word of it."""


async def join(project: Project, socket: Socket, frame: Frame, is_counted: bool, channels: int) -> Channel:
    """Return the channel. Raises JoinRefused; `is_counted` and `channels` say what the socket has already."""
    token, claims, reason = "", Claims(), ""
    private = frame.config.get("private") is True
    try:
        await _meet_fault(project, frame)
        _limit(project, private, is_counted, channels)
        token, claims = _identify(project, socket, frame)
        topic = frame.topic.removeprefix(PREFIX)
        if private and not policy.may_hear(project.settings.policy, claims, topic):
            raise JoinRefused(f"Unauthorized: {NO_PERMISSION}{topic}")
        return Channel(project, socket, frame, private, token, claims)
    except (JoinRefused, JoinUnanswered) as refused:
        reason = str(refused)
        raise
    finally:
        left = claims["exp"] - time.time() if claims else None
        entry = {"topic": frame.topic, "private": private, "reason": reason, "token_seconds": left}
        project.joined.append({**entry, "at": time.time()})


async def _meet_fault(project: Project, frame: Frame) -> None:
    topic = frame.topic.removeprefix(PREFIX)
    fault = project.faults.take(FaultedCall("join", api=API, topic=topic))
    if fault is None:
        return
    await project.faults.wait(fault)
    if fault.drop:
        raise JoinUnanswered("not answered")
    if fault.message:
        raise JoinRefused(fault.message)


def _limit(project: Project, private: bool, is_counted: bool, channels: int) -> None:
    settings = project.settings
    if settings.private_only and not private:
        raise JoinRefused("PrivateOnly: This project only allows private channels")
    if not is_counted and project.connected() >= settings.clients:
        raise JoinRefused("ConnectionRateLimitReached: Too many connected users")
    if project.joins.average() >= settings.joins_per_second:
        raise JoinRefused("ClientJoinRateLimitReached: Too many joins per second", disconnects=True)
    project.joins.add()
    if channels >= settings.channels_per_client:
        raise JoinRefused("ChannelRateLimitReached: Too many channels")


def _identify(project: Project, socket: Socket, frame: Frame) -> tuple[str, Claims]:
    """Return the token of the join, or else the socket's, and its claims."""
    token = frame.said.get("user_token") or frame.said.get("access_token")
    if not isinstance(token, str) or token.startswith("sb_"):
        token = socket.token
    try:
        return token, project.claims_of(token)
    except TokenRefused as refused:
        raise JoinRefused(f"{refused.code}: {refused}") from None
