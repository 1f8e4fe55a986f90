"""Tells a room's members who is there, at once: one who misses it is told by the answer of their own next beat."""

from realtime.presence.scenes import Scene, look
from realtime.transport import installation, publish
from realtime.transport.supabase import publisher


def tell(room: str) -> Scene:
    """Look at the room and tell each member the others, after the commit. Returns what was seen."""
    scene = look(room)
    send(scene)
    return scene


def send(scene: Scene) -> None:
    """Tell each member the others; one who hides is told nothing."""
    payloads = {user_id: scene.payload_for(user_id) for user_id, member in scene.members.items() if not member.hides}
    for user_id, payload in payloads.items():
        message = {"type": "hub.presence", "user_id": user_id, "payload": payload}
        publish.send_soon(installation.user_group(user_id), message)
    publisher.tell_presence(payloads)
