"""Plays Google's `gcloud` for the commands that mends name: strict about what it does not know, as the real one.

Specification: https://cloud.google.com/sdk/gcloud/reference/pubsub
"""

import shlex
from typing import Any

import httpx


class GCloud:
    """Over the REST API of the simulator at this address."""

    def __init__(self, root: str) -> None:
        self.root = root

    def run(self, command: str) -> None:
        """Carry out one line. Raises for a command or flag that it does not know, and for what Google refuses."""
        program, *words = shlex.split(command)
        assert program == "gcloud", command
        flags = {word[2:].partition("=")[0]: word.partition("=")[2] for word in words if word[:2] == "--"}
        *verb, name = [word for word in words if word[:2] != "--"]
        method = getattr(self, "_".join(verb).replace("-", "_"))
        method(name, **{flag.replace("-", "_"): value for flag, value in flags.items()})

    def pubsub_topics_create(self, name: str) -> None:
        self._send("PUT", name, {})

    def pubsub_topics_add_iam_policy_binding(self, name: str, *, member: str, role: str) -> None:
        policy = self._send("GET", f"{name}:getIamPolicy")
        policy["bindings"].append({"role": role, "members": [member]})
        self._send("POST", f"{name}:setIamPolicy", {"policy": policy})

    def pubsub_subscriptions_create(
        self, name: str, *, topic: str, expiration_period: str, ack_deadline: str, **push: str
    ) -> None:
        assert expiration_period == "never"
        body = {"topic": topic, "expirationPolicy": {}, "ackDeadlineSeconds": int(ack_deadline)}
        self._send("PUT", name, body | ({"pushConfig": _push(**push)} if push else {}))

    def pubsub_subscriptions_delete(self, name: str) -> None:
        self._send("DELETE", name)

    def pubsub_subscriptions_modify_push_config(self, name: str, **push: str) -> None:
        self._send("POST", f"{name}:modifyPushConfig", {"pushConfig": _push(**push)})

    def pubsub_subscriptions_update(self, name: str, *, expiration_period: str = "", ack_deadline: str = "") -> None:
        changes: dict[str, Any] = {}
        if expiration_period:
            assert expiration_period == "never"
            changes["expirationPolicy"] = {}
        if ack_deadline:
            changes["ackDeadlineSeconds"] = int(ack_deadline)
        self._send("PATCH", name, {"subscription": changes, "updateMask": ",".join(changes)})

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.root}/v1/{path}", json=body)
        return answer.raise_for_status().json()


def _push(push_endpoint: str, push_auth_service_account: str, push_auth_token_audience: str) -> dict[str, Any]:
    token = {"serviceAccountEmail": push_auth_service_account, "audience": push_auth_token_audience}
    return {"pushEndpoint": push_endpoint, "oidcToken": token}
