"""Everything that happens in a day, right and wrong, through real processes: what their logs and their metrics say."""

import json
import re
import socket
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.flows.test_leaving import leave
from tests.support.environment import CLIENT_SECRET, ENVIRONMENT
from tests.support.google.signer import token
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import query, user_id
from tests.support.live_stream import connect_slowly
from tests.support.waiting import eventually

EMAIL, COLLEAGUE = "ann@gmail.example", "bob@gmail.example"
SUBJECT, SENDER = "Lunch on Sunday", "Zoe Zimmermann"
PASSWORD = "correct-horse-battery"
FORGED = token("another")
BACKLOG = """
from realtime.log import eventlog
from gmail_sync.events import MessageAdded
for _ in range(10):
    with eventlog.atomic() as log:
        for number in range(100):
            log.append([%d], MessageAdded(1, {"id": str(number), "label_ids": ["x" * 9_000]}))
"""
TOKENS = """
from gmail_sync.models import GmailAccount
for account in GmailAccount.objects.all():
    values = account.credentials.open()
    print("TOKEN", account.credentials.token, values["token"], values["refresh_token"])
"""
EXPECTED = {
    *("request", "account.joined", "account.left", "watch.renewed", "sync.first_finished", "sync.finished"),
    *("push.refused", "push.unreadable", "worker.started"),
}


def seen(stack: Stack, web: int = 1) -> dict[str, float]:
    """The metrics as one web shows them for all."""
    headers = {"Authorization": f"Bearer {ENVIRONMENT['METRICS_TOKEN']}"}
    text = httpx.get(f"{stack.url(web)}/metrics", headers=headers, timeout=60).text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def misbehave(stack: Stack, user: SignedIn) -> None:
    """Send what strangers, Google and bad luck send."""
    url = stack.url()
    httpx.post(f"{url}/gmail/push/", headers={"Authorization": f"Bearer {FORGED}"}, content=b"{}")
    httpx.post(f"{url}/gmail/push/?token=legacy-secret", json={"message": {"data": EMAIL}})
    user.get("/accounts/callback/?code=4/0AXforgedcode&state=forgedstate")
    user.get(f"/nowhere/?email={EMAIL}")
    httpx.get(f"{url}/metrics", headers={"Authorization": "Bearer wrong-metrics-token"})
    httpx.post(f"{url}/login/", data={"username": "ann", "password": "wrong-password"})
    httpx.get(f"{url}/events/?lastEventId=nonsense", cookies=dict(user.http.cookies), headers={"Sec-Fetch-Site": "x"})
    with socket.create_connection(("127.0.0.1", stack.web_ports[0])) as rude:
        rude.sendall(b"GET /?code=rudecode HTTP/9.9\r\nnot a header\r\n\r\n")
        rude.recv(1024)


def read_nothing(stack: Stack, user: SignedIn) -> None:
    """A client that does not read is cut off."""
    with connect_slowly(stack.web_ports[0], user.http.cookies["sessionid"]):
        stack.python(BACKLOG % user_id(stack, user.name))
        eventually(lambda: seen(stack)["finito_sse_closes_total slow"] == 1)


def live(stack: Stack, ann: SignedIn) -> list[str]:
    """The day. Returns what must be nowhere."""
    simulator = stack.simulator
    bob = stack.sign_in(f"bob-{PASSWORD}")
    codes: list[str] = []
    for user in (ann, bob):
        user.http.event_hooks["response"].append(
            lambda answer: codes.extend(re.findall(r"[?&](?:code|state)=([^&]+)", str(answer.url)))
        )
    ann.connect(EMAIL)
    bob.connect(COLLEAGUE, web=1)
    with ann.stream(web=1) as stream:
        simulator.deliver(EMAIL, **{"subject": SUBJECT, "from": f"{SENDER} <zoe@gmail.example>"})
        stream.wait_for("message.added")
        simulator.fault("history.list", status=500, times=1)
        simulator.fault("history.list", body=f'{{"history": "{SUBJECT}"}}', times=1)
        simulator.deliver(EMAIL, subject=SUBJECT)
        stream.wait_for("message.added", count=2)
        misbehave(stack, ann)
        eventually(lambda: seen(stack)["finito_sse_connections"] == 1)  # which the other web has to write first
        assert seen(stack)["finito_redis_up"] == 1
    secrets = re.findall(r"TOKEN (\S+) (\S+) (\S+)", stack.python(TOKENS))
    read_nothing(stack, ann)
    simulator.change_account(COLLEAGUE, "expire_tokens")
    simulator.change_account(COLLEAGUE, "revoke")
    simulator.deliver(COLLEAGUE)
    eventually(lambda: query(stack, "SELECT 1 FROM gmail_sync_gmailaccount WHERE state = 'reauth_required'"))
    cookies = [cookie for user in (ann, bob) for cookie in user.http.cookies.values()]
    leave(stack, ann, EMAIL)
    eventually(lambda: "account.closed" in stack.log("worker0"))
    assert len(secrets) == 2
    assert len(codes) >= 4
    return [*codes, *cookies, *(secret for found_secrets in secrets for secret in found_secrets)]


@pytest.mark.any_database
@pytest.mark.parametrize("debug", ["False", pytest.param("True", marks=pytest.mark.chaos)])
def test_it_logs_every_outcome_and_no_content(tmp_path: Path, debug: str) -> None:
    env = {"DEBUG": debug, "STREAM_WRITE_TIMEOUT_SECONDS": "1", "PUBSUB_PUSH_TOKEN": "legacy-secret"}
    stack = Stack(tmp_path, env=env)
    stack.commands["web0"].remove("--no-access-log")  # as an operator may start it
    with stack:
        secrets = live(stack, stack.sign_in("ann"))
        eventually(lambda: seen(stack)["finito_sync_total ok"] >= 4)
        eventually(lambda: seen(stack)["finito_sync_total reauth_required"])  # written every few seconds
        found = seen(stack)
        for name in ("web0", "web1", "worker0"):
            stack.stop(name)
        logs = {name: stack.log(name) for name in ("web0", "web1", "worker0")}
    for secret in [
        *(*secrets, PASSWORD, CLIENT_SECRET, SUBJECT, SENDER, "@gmail.example", FORGED, FORGED.split(".")[2]),
        *("legacy-secret", "forgedcode", "forgedstate", "rudecode", "wrong-metrics-token", "wrong-password"),
        *(ENVIRONMENT[name] for name in ("SECRET_KEY", "TOKEN_ENCRYPTION_KEYS", "METRICS_TOKEN")),
    ]:
        assert not [name for name, log in logs.items() if secret in log], secret
    if debug == "False":
        check_lines(logs)
    assert found["finito_push_total taken"] >= 2
    assert found["finito_sync_total reauth_required"] == found["finito_mailboxes reauth_required"] == 1
    assert found["finito_gmail_calls_total history.list 500"] == 1


def check_lines(logs: dict[str, str]) -> None:
    """Each line is JSON, the outcomes are among them, and what belongs together carries the same id."""
    closing = "The worker has given back all its mailboxes."
    lines = [json.loads(line) for log in logs.values() for line in log.splitlines() if line and line != closing]
    assert {line["event"] for line in lines} >= EXPECTED
    pushes = [line for line in lines if "push" in line]
    assert {line["push"] for line in pushes} >= {"taken", "refused", "unreadable"}
    assert {line["path"] for line in pushes if line["event"] == "request"} == {"/gmail/push/"}
    joined = [line["request_id"] for line in lines if line["event"] == "account.joined"]
    requests = {line["request_id"]: line["path"] for line in lines if line["event"] == "request"}
    assert [requests[request_id] for request_id in joined] == ["/accounts/callback/"] * 2
    assert all("account" in line for line in lines if line["logger"] == "gmail_sync.sync.attempt")
    assert not [path for path in requests.values() if path in ("/livez", "/metrics")]
