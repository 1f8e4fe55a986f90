"""Faults and quota: what goes wrong when a test asks for it."""

import asyncio

import httpx
import pytest
from googleapiclient.errors import HttpError

from simulator.faults import Faults
from tests.simulator.harness import MailboxClient, Simulator


def statuses(mailbox: MailboxClient, path: str, count: int) -> list[int]:
    return [mailbox.call("GET", path).status_code for _ in range(count)]


def test_it_fails_as_often_as_asked_after_as_many_as_asked(mailbox: MailboxClient) -> None:
    mailbox.simulator.fault("getProfile", status=503, after=1, times=2)
    assert statuses(mailbox, "profile", 4) == [200, 503, 503, 200]
    assert mailbox.simulator.sim("GET", "faults") == {"faults": []}


def test_it_fails_one_mailbox_only(mailbox: MailboxClient) -> None:
    other = mailbox.simulator.mailbox(f"other.{mailbox.email}")
    mailbox.simulator.fault("gmail", email=mailbox.email, status=500, times=None)
    assert (statuses(mailbox, "profile", 1), statuses(other, "profile", 1)) == ([500], [200])


def test_it_fails_one_page_only(mailbox: MailboxClient) -> None:
    start = mailbox.head
    mailbox.add(count=3)
    mailbox.simulator.fault("history.list", status=500, page=2)
    first = mailbox.history(start, maxResults=2)
    second = {"startHistoryId": start, "maxResults": 2, "pageToken": first["nextPageToken"]}
    assert mailbox.call("GET", "history", params=second).status_code == 500
    assert len(mailbox.call("GET", "history", params=second).json()["history"]) == 1


def test_it_fails_inside_batches_only(mailbox: MailboxClient) -> None:
    mailbox.simulator.fault("getProfile", status=429, inner=True)
    errors: list[HttpError] = []
    api = mailbox.simulator.api("gmail.v1", mailbox.tokens["access_token"])
    batch = api.new_batch_http_request(lambda _id, _answer, error: errors.append(error))
    batch.add(mailbox.users.getProfile(userId="me"))
    assert statuses(mailbox, "profile", 1) == [200]
    batch.execute()
    assert [error.status_code for error in errors] == [429]


def test_it_says_why_and_until_when(mailbox: MailboxClient) -> None:
    mailbox.simulator.fault("getProfile", status=403, reason="dailyLimitExceeded", retry_after=7)
    answer = mailbox.call("GET", "profile")
    error = answer.json()["error"]["errors"][0]
    assert (error["reason"], error["domain"], answer.headers["retry-after"]) == (
        "dailyLimitExceeded",
        "usageLimits",
        "7",
    )


def test_it_answers_raw_nonsense(mailbox: MailboxClient) -> None:
    mailbox.simulator.fault("getProfile", body="<html>502</html>", status=502)
    answer = mailbox.call("GET", "profile")
    assert (answer.status_code, answer.text) == (502, "<html>502</html>")


def test_it_breaks_the_connection_after_it_has_acted(mailbox: MailboxClient) -> None:
    (added,) = mailbox.add(label_ids=["INBOX"])
    mailbox.simulator.fault("messages.trash", drop=True)
    with pytest.raises(httpx.RemoteProtocolError):
        mailbox.call("POST", f"messages/{added}/trash")
    assert mailbox.dump()["messages"][0]["label_ids"] == ["TRASH"]


def test_it_fails_google_around_gmail(mailbox: MailboxClient) -> None:
    simulator = mailbox.simulator
    simulator.fault("token", status=400)
    simulator.fault("certs", status=503)
    simulator.fault("userinfo", status=500)
    refused = simulator.token(grant_type="refresh_token", refresh_token=mailbox.tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert simulator.http.get("/oauth2/v3/certs").status_code == 503
    assert simulator.http.get("/v1/userinfo").status_code == 500


def test_it_refuses_a_fault_that_it_does_not_understand(simulator: Simulator) -> None:
    answer = simulator.http.post("/sim/faults", json={"method": "watch", "stauts": 500})
    assert (answer.status_code, "stauts" in answer.text) == (400, True)


def test_it_enforces_the_quota_of_a_user() -> None:
    with Simulator("--quota", "3", "--clock", "1795000000") as simulator:
        mailbox = simulator.mailbox("greedy@example.com")
        assert statuses(mailbox, "profile", 5) == [200, 200, 200, 403, 429]
        text = mailbox.call("GET", "profile").json()["error"]["message"]
        assert text == "User-rate limit exceeded.  Retry after 2026-11-18T11:07:40.000Z"
        simulator.sim("POST", "clock", advance=60)
        assert statuses(mailbox, "profile", 1) == [200]


def test_it_keeps_foreign_web_pages_out(simulator: Simulator) -> None:
    foreign = {"Origin": "https://evil.example"}
    assert simulator.http.post("/sim/clock", json={"advance": 1}, headers=foreign).status_code == 403


def test_it_lets_go_of_a_call_that_is_just_about_to_wait() -> None:
    async def story() -> None:
        faults = Faults()
        waiting = asyncio.create_task(faults.wait(faults.add({"method": "history.list", "hold": True})))
        await asyncio.sleep(0)
        faults.clear()
        await asyncio.wait_for(waiting, 20)

    asyncio.run(story())
