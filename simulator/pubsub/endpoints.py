"""The Pub/Sub REST API: https://cloud.google.com/pubsub/docs/reference/rest.

Any bearer token is good enough, and none as well: what is played is Pub/Sub, not IAM.
"""

import asyncio
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.errors import GoogleError
from simulator.faults import Fault, FaultedCall
from simulator.http import read_json
from simulator.state import Document
from simulator.world.broker import Broker
from simulator.world.topics import Topic, subscription_from
from simulator.world.world import World

PULL_WAIT_SECONDS = 5.0  # Google waits longer; a test should not
LARGEST_PULL = 1000
Handler = Callable[[Broker, str, Document], Document]


async def pubsub(http: Request) -> Response:
    """Any method on /v1/projects/...: the collection, the verb and the name after the colon say which."""
    world: World = http.app.state.world
    name, _, action = http.path_params["name"].partition(":")
    collection = name.split("/")[2] if name.count("/") == 3 else ""
    verb = action or {"GET": "get", "PUT": "create", "PATCH": "patch", "DELETE": "delete"}.get(http.method, "")
    method = f"{collection}.{verb}"
    handler = _HANDLERS.get(method)
    if handler is None or (action and http.method != _VERBS.get(action, "POST")):
        raise GoogleError(404, "notFound", "Not Found")
    body = await read_json(http)
    try:
        document = await _answer(world, method, handler, name, body)
    except GoogleError as error:
        world.meter.count(method, error.status)
        raise
    world.meter.count(method, 200)
    return JSONResponse(document)


async def _answer(world: World, method: str, handler: Handler, name: str, body: Document) -> Document:
    fault = world.faults.take(FaultedCall(method, api="pubsub")) or Fault(method)
    await asyncio.sleep(fault.delay)
    if fault.status:
        raise fault.error()
    if world.options.pubsub_emulator and method.endswith("IamPolicy"):
        raise GoogleError(501)
    document = handler(world.broker, name, body)
    if method == "subscriptions.pull" and not document and not body.get("returnImmediately"):
        with suppress(TimeoutError):
            await asyncio.wait_for(world.broker.arrived.wait(), PULL_WAIT_SECONDS)
        document = handler(world.broker, name, body)
    return document


def _create_topic(broker: Broker, name: str, body: Document) -> Document:
    if name in broker.topics:
        raise GoogleError(409, "alreadyExists", f"Resource already exists in the project (resource={name}).")
    broker.save_topic(Topic(name))
    return {"name": name}


def _get_topic(broker: Broker, name: str, body: Document) -> Document:
    return {"name": broker.topic(name).name}


def _delete_topic(broker: Broker, name: str, body: Document) -> Document:
    broker.delete_topic(name)
    return {}


def _publish(broker: Broker, name: str, body: Document) -> Document:
    return {
        "messageIds": [
            broker.publish(name, b64decode(message.get("data", "")), message.get("attributes"))
            for message in body.get("messages", ())
        ]
    }


def _get_policy(broker: Broker, name: str, body: Document) -> Document:
    return broker.topic(name).policy


def _set_policy(broker: Broker, name: str, body: Document) -> Document:
    topic = broker.topic(name)
    topic.set_policy(body.get("policy", {}))
    broker.save_topic(topic)
    return topic.policy


def _create_subscription(broker: Broker, name: str, body: Document) -> Document:
    if name in broker.subscriptions:
        raise GoogleError(409, "alreadyExists", f"Resource already exists in the project (resource={name}).")
    broker.topic(body.get("topic", ""))
    broker.save_subscription(subscription_from(name, body))
    return broker.subscription(name).document()


def _get_subscription(broker: Broker, name: str, body: Document) -> Document:
    return broker.subscription(name).document()


def _patch_subscription(broker: Broker, name: str, body: Document) -> Document:
    subscription = broker.subscription(name)
    was_pulled = not subscription.push_endpoint
    subscription.patch(body.get("subscription", {}), body.get("updateMask", ""))
    broker.save_subscription(subscription)
    if was_pulled:
        broker.resume(subscription)
    return subscription.document()


def _delete_subscription(broker: Broker, name: str, body: Document) -> Document:
    broker.delete_subscription(name)
    return {}


def _modify_push_config(broker: Broker, name: str, body: Document) -> Document:
    subscription = broker.subscription(name)
    was_pulled = not subscription.push_endpoint
    subscription.set_push(body.get("pushConfig", {}))
    broker.save_subscription(subscription)
    if was_pulled:
        broker.resume(subscription)
    return {}


def _pull(broker: Broker, name: str, body: Document) -> Document:
    subscription = broker.subscription(name)
    limit = min(int(body.get("maxMessages", 1)), LARGEST_PULL)
    leased = broker.lease(subscription, limit)
    received = [{"ackId": d.message.id, "message": d.message.document(), "deliveryAttempt": d.attempt} for d in leased]
    return {"receivedMessages": received} if received else {}


def _acknowledge(broker: Broker, name: str, body: Document) -> Document:
    subscription = broker.subscription(name)
    for ack_id in body.get("ackIds", ()):
        broker.acknowledge(subscription, ack_id)
    return {}


def _modify_ack_deadline(broker: Broker, name: str, body: Document) -> Document:
    subscription = broker.subscription(name)
    for ack_id in body.get("ackIds", ()):
        broker.modify_lease(subscription, ack_id, int(body.get("ackDeadlineSeconds", 0)))
    return {}


_VERBS = {"getIamPolicy": "GET"}
_HANDLERS: dict[str, Handler] = {
    "topics.create": _create_topic,
    "topics.get": _get_topic,
    "topics.delete": _delete_topic,
    "topics.publish": _publish,
    "topics.getIamPolicy": _get_policy,
    "topics.setIamPolicy": _set_policy,
    "subscriptions.create": _create_subscription,
    "subscriptions.get": _get_subscription,
    "subscriptions.patch": _patch_subscription,
    "subscriptions.delete": _delete_subscription,
    "subscriptions.modifyPushConfig": _modify_push_config,
    "subscriptions.pull": _pull,
    "subscriptions.acknowledge": _acknowledge,
    "subscriptions.modifyAckDeadline": _modify_ack_deadline,
}
