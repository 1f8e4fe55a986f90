"""A stack as docs/deploy.md sets it up: a Redis user of its own, a proxy in front, and keys that change."""

import re
from collections.abc import Iterator

import httpx
import pytest
import redis
from cryptography.fernet import Fernet

from launcher.environment import ROOT
from tests.support.environment import ENVIRONMENT
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import query

pytestmark = pytest.mark.any_database

MAILBOX = "ann@gmail.example"
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
ACL = re.findall(r"^ACL SETUSER (finito) (.+)$", (ROOT / "docs" / "deploy.md").read_text(), re.MULTILINE)
ROW = "SELECT state, failures > 0 FROM gmail_sync_gmailaccount"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"), env={"TRUSTED_PROXIES": "127.0.0.1"})
    ((user, rules),) = ACL
    stack.commands["redis"] += ["--user", user, *rules.split()]
    stack.environment["REDIS_URL"] = stack.redis_url.replace("//", f"//{user}:PASSWORD@")
    with stack:
        yield stack


@pytest.fixture(scope="module")
def ann(stack: Stack) -> SignedIn:
    ann = stack.sign_in("ann")
    ann.connect(MAILBOX)
    return ann


def test_it_needs_of_redis_no_more_than_the_documented_user_may(stack: Stack, ann: SignedIn) -> None:
    with ann.stream(web=1) as stream:
        stream.wait_for("ready")
        stack.simulator.deliver(MAILBOX)
        stream.wait_for("message.added")
    assert ann.get("/readyz").json()["redis"] == "ok"
    with redis.Redis.from_url(stack.redis_url) as default:
        assert default.acl_log() == []  # nothing was refused
        allowed = default.acl_getuser("finito")
    assert (allowed["keys"], allowed["channels"]) == ([], ["&finito*"])


def test_it_tells_its_health_under_any_name_and_the_rest_under_its_own(stack: Stack) -> None:
    by_address = {"Host": "10.1.2.3:8000"}
    paths = {"/livez": 200, "/readyz": 200, "/metrics": 401, "/login/": 400}
    assert {path: httpx.get(stack.url() + path, headers=by_address).status_code for path in paths} == paths


def test_it_counts_wrong_passwords_over_all_webs_by_the_address_that_the_proxy_tells(stack: Stack) -> None:
    bob = stack.sign_in("bob")
    bob.post("/logout/")

    def status(address: str, web: int) -> int:
        bob.http.headers["X-Forwarded-For"] = address
        return bob.post("/login/", web, username="bob", password="wrong").status_code

    assert [status(HERE, number % 2) for number in range(10)] == [200] * 9 + [429]
    assert status(ELSEWHERE, 0) == 200


def test_it_keeps_the_mailbox_through_a_worker_with_the_wrong_keys(stack: Stack, ann: SignedIn) -> None:
    old = ENVIRONMENT["TOKEN_ENCRYPTION_KEYS"]
    stack.environment["TOKEN_ENCRYPTION_KEYS"] = f"{Fernet.generate_key().decode()},{old}"
    assert "1 re-encrypted, 0 already" in stack.manage("rotate_token_keys")
    with ann.stream() as stream:
        stream.wait_for("ready")
        (message_id,) = stack.simulator.deliver(MAILBOX)
        stack.supervisor.wait(lambda: "credentials.unreadable" in stack.log("worker0"), 60, "the worker did not notice")
        assert "TOKEN_ENCRYPTION_KEYS" in stack.log("worker0")
        stack.supervisor.wait(lambda: query(stack, ROW) == [("connected", True)], 60, "its row does not tell")
        stack.stop("worker0")
        stack.start("worker0")
        assert stream.wait_for("message.added").payload["message"]["id"] == message_id
    stack.supervisor.wait(lambda: query(stack, ROW) == [("connected", False)], 60, "the failure stays in its row")
