"""Gives Pub/Sub as its owner sees it, and the command that sets it up."""

from io import StringIO
from itertools import count
from typing import Any

import httpx
from django.core.management import call_command

ENDPOINT = "https://finito.example/gmail/push/"


_numbers = count(1)


class Cloud:
    """Pub/Sub as its owner sees it."""

    def __init__(self, root: str) -> None:
        number = next(_numbers)
        self.root, self.topic = root, f"projects/test/topics/new{number}"
        self.subscription = f"projects/test/subscriptions/new{number}"

    def get(self, name: str) -> dict[str, Any]:
        answer: dict[str, Any] = httpx.get(f"{self.root}/v1/{name}").raise_for_status().json()
        return answer

    def put(self, name: str, **body: Any) -> None:
        httpx.put(f"{self.root}/v1/{name}", json=body).raise_for_status()

    def grant(self, role: str, member: str) -> None:
        policy = self.get(f"{self.topic}:getIamPolicy")
        policy["bindings"].append({"role": role, "members": [member]})
        httpx.post(f"{self.root}/v1/{self.topic}:setIamPolicy", json={"policy": policy}).raise_for_status()

    def bindings(self) -> list[dict[str, Any]]:
        bindings: list[dict[str, Any]] = self.get(f"{self.topic}:getIamPolicy")["bindings"]
        return bindings


def setup(*arguments: str) -> str:
    out = StringIO()
    call_command("setup_pubsub", *arguments, stdout=out)
    return out.getvalue()
