"""users.watch and users.stop: where notifications go."""

import re

from simulator.errors import GoogleError
from simulator.gmail.request import Request
from simulator.mailbox.watch import WATCH_MS, Watch
from simulator.state import Document

_TOPIC = re.compile(r"projects/([^/]+)/topics/([^/]+)")


def watch(request: Request) -> Document:
    """Arm the mailbox for seven days and publish one notification at once."""
    document = request.body()
    topic = str(document.get("topicName", ""))
    _check_topic(request, topic)
    mailbox = request.mailbox
    now_ms = request.world.clock.now_ms()
    if mailbox.watch and mailbox.watch.live(now_ms) and mailbox.watch.topic != topic:
        raise GoogleError(
            400,
            "failedPrecondition",
            "Only one user push notification client allowed per developer (call /stop then try again)",
        )
    label_ids = document.get("labelIds", [])
    for label in label_ids:
        if not request.mailbox.has_label(label):
            raise GoogleError(400, "invalidArgument", f"Invalid label: {label}")
    behavior = document.get("labelFilterBehavior") or document.get("labelFilterAction") or "include"
    mailbox.watch = Watch(topic, now_ms + WATCH_MS, tuple(label_ids), behavior.lower())
    mailbox.save()
    request.world.notifier.publish(mailbox, mailbox.history.head)
    return {"historyId": str(mailbox.history.head), "expiration": str(mailbox.watch.expiration)}


def stop(request: Request) -> None:
    """No more notifications; no error when there was no watch."""
    request.mailbox.watch = None
    request.mailbox.save()


def _check_topic(request: Request, topic: str) -> None:
    matched = _TOPIC.fullmatch(topic)
    project = request.world.options.project
    if matched is None or (project and matched[1] != project):
        text = f"Invalid topicName does not match projects/{project or '*'}/topics/*"
        raise GoogleError(400, "invalidArgument", text)
    known = request.world.broker.topics.get(topic)
    failure = f"Error sending test message to Cloud PubSub {topic} : "
    if known is None:
        raise GoogleError(404, "notFound", f"{failure}Resource not found (resource={matched[2]}).")
    if not known.lets_gmail_publish():
        raise GoogleError(403, "forbidden", f"{failure}User not authorized to perform this action.")
