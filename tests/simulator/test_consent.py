"""The consent page: what it asks, what it refuses, and another account that is typed there (oauth/consent.py)."""

import pytest

from tests.simulator.consent import AUTH, REQUEST, consent, exchange
from tests.simulator.harness import FULL, MODIFY, MailboxClient


def test_it_sends_back_who_denies(mailbox: MailboxClient) -> None:
    assert consent(mailbox, decision="deny") == {"state": REQUEST["state"], "error": "access_denied"}


def test_it_leaves_out_a_scope_that_was_unticked(mailbox: MailboxClient) -> None:
    answer = consent(mailbox, ticks="1", granted=FULL)
    assert answer["scope"] == "openid https://www.googleapis.com/auth/userinfo.email"
    token = exchange(mailbox.simulator, answer["code"]).json()["access_token"]
    mailbox.tokens["access_token"] = token
    error = mailbox.call("GET", "profile").json()["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (403, "insufficientPermissions")


def test_it_shows_the_page_with_the_hinted_account_chosen(mailbox: MailboxClient) -> None:
    page = mailbox.simulator.http.get(AUTH, params={**REQUEST, "login_hint": mailbox.email})
    assert f'value="{mailbox.email}" required checked' in page.text
    assert 'value="s t&amp;te"' in page.text


@pytest.mark.parametrize(
    "wrong",
    [{"response_type": "token"}, {"client_id": ""}, {"redirect_uri": "javascript:alert(1)"}, {"scope": ""}],
)
def test_it_redirects_no_request_that_makes_no_sense(mailbox: MailboxClient, wrong: dict[str, str]) -> None:
    form = {**REQUEST, "email": mailbox.email, **wrong}
    assert mailbox.simulator.http.get(AUTH, params=form).status_code == 400
    assert mailbox.simulator.http.post(AUTH, data=form).status_code == 400


def test_somebody_signs_in_with_another_account_by_typing_it(mailbox: MailboxClient) -> None:
    typed = {"another": " New.Person@mail.example ", "ticks": "1", "decision": "allow", "granted": MODIFY}
    tokens = exchange(mailbox.simulator, consent(mailbox, **typed)["code"]).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert mailbox.simulator.http.get("/v1/userinfo", headers=bearer).json()["email"] == "new.person@mail.example"
    mailbox.simulator.http.delete("/sim/mailboxes/new.person@mail.example")


@pytest.mark.parametrize("field", [{"another": ""}, {"another": "nobody"}, {"another": "x@y.example", "ticks": ""}])
def test_nothing_is_made_of_what_is_no_address_or_comes_from_a_program(
    mailbox: MailboxClient, field: dict[str, str]
) -> None:
    form = {"ticks": "1", "decision": "allow"} | field
    if not form["ticks"]:
        del form["ticks"]
    consent(mailbox, **form)
    emails = [box["email"] for box in mailbox.simulator.sim("GET", "mailboxes")["mailboxes"]]
    assert mailbox.email in emails
    assert not {"", "nobody", "x@y.example"} & set(emails)
