"""Two members act on one mailbox: each case by name, and who did what is told rightly (research on presence, 9)."""

import random
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.consent import membership
from gmail_sync.models import GmailAccount
from tests.gmail_sync.acting.page import ARCHIVE, STAR, TRASH, ActingPage, ids_of, labels_at_gmail
from tests.support.google.harness import Mailbox, events, mirrored, sync, types


@pytest.fixture
def other(acting: GmailAccount, page: ActingPage, bob: User) -> ActingPage:
    """Bob's page on the same mailbox; `page` is Ann's."""
    acting.users.add(bob)
    return ActingPage(bob, acting, Client())


def changes(user: User) -> list[dict[str, Any]]:
    return [payload for name, payload in events(user) if name == "message.changed"]


def agree(gmail: Mailbox, acting: GmailAccount) -> bool:
    return labels_at_gmail(gmail) == {gmail_id: set(labels) for gmail_id, labels in mirrored(acting).items()}


def test_presence_20_both_archive_and_the_second_is_done_without_an_event(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, other: ActingPage
) -> None:
    first = ids_of(gmail)[:1]
    page.act(first, **ARCHIVE)
    other.act(first, **ARCHIVE)
    sync(acting)
    assert (page.states(), other.states()) == (["done"], ["done"])
    assert [change["by"]["id"] for change in changes(other.user)] == [page.user.pk]
    assert types(other.user) == ["message.changed", "action.settled"]


def test_presence_20_one_archives_one_stars_and_both_hold(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, other: ActingPage
) -> None:
    first = ids_of(gmail)[0]
    page.act([first], **ARCHIVE)
    other.act([first], **STAR)
    sync(acting)
    assert labels_at_gmail(gmail)[first] == {"UNREAD", "STARRED"}
    assert agree(gmail, acting)


def test_presence_20_what_one_trashes_the_other_can_still_read_and_is_told_who_did_it(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, other: ActingPage
) -> None:
    first = ids_of(gmail)[0]
    page.act([first], **TRASH)
    sync(acting)
    (told,) = changes(other.user)
    assert (told["by"]["name"], told["added_label_ids"]) == ("ann", ["TRASH"])
    assert other.browser.get(f"/conversations/{acting.pk}/{first}/").status_code == 200
    assert other.browser.get(f"/messages/{acting.pk}/{first}/body/").status_code == 200


def test_presence_20_undo_takes_back_ones_own_and_leaves_the_others(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, other: ActingPage
) -> None:
    first, second = ids_of(gmail)[:2]
    other.act([first], **ARCHIVE)
    sync(acting)
    op = page.act([first, second], **ARCHIVE)
    sync(acting)
    page.undo(op)
    sync(acting)
    assert ["INBOX" in labels_at_gmail(gmail)[gmail_id] for gmail_id in (first, second)] == [False, True]
    assert agree(gmail, acting)


def test_presence_20_who_has_left_in_between_acts_no_more(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, other: ActingPage
) -> None:
    first = ids_of(gmail)[:1]
    other.act(first, **ARCHIVE)
    membership.leave(other.user.pk, acting.pk)
    sync(acting)
    assert [(state, reason) for _, state, reason, _ in other.settled()] == [("dropped", "left")]
    assert "INBOX" in labels_at_gmail(gmail)[first[0]]
    assert other.post(messages=first, **STAR).status_code == 404


def test_presence_20_a_read_only_grant_acts_for_neither_and_says_so(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, other: ActingPage
) -> None:
    GmailAccount.objects.update(can_act=False)
    answers = [each.post(messages=ids_of(gmail)[:1], **STAR) for each in (page, other)]
    assert [(answer.status_code, answer.json()) for answer in answers] == 2 * [(403, {"reason": "read_only"})]


def test_presence_20_the_mailboxs_one_consent_acts_whoever_gave_it_and_the_page_says_so(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, other: ActingPage
) -> None:
    first = ids_of(gmail)[0]
    other.act([first], **STAR)  # Ann consented
    sync(acting)
    assert "STARRED" in labels_at_gmail(gmail)[first]
    told = "you and other members can archive, mark, label and delete from here, with this mailbox&#x27;s consent"
    assert told.replace("&#x27;", "'") in other.browser.get("/accounts/").content.decode()
    GmailAccount.objects.update(can_act=False)
    assert "Read-only: nothing can be changed from here" in other.browser.get("/accounts/").content.decode()


@pytest.mark.parametrize("seed", range(4))
def test_presence_19_who_did_it_is_right_under_interleaving_and_absent_for_gmails_own(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, other: ActingPage, seed: int
) -> None:
    chance = random.Random(seed)
    ids = ids_of(gmail)
    asked = {}
    for _ in range(40):
        gmail_id, who = chance.choice(ids), chance.choice([page, other, None])
        difference = chance.choice([ARCHIVE, STAR, {"remove": ["STARRED"]}, {"add": ["INBOX"]}, {"add": ["IMPORTANT"]}])
        if who is None:
            gmail.modify(gmail_id, add=difference.get("add", ()), remove=difference.get("remove", ()))
        else:
            asked[who.act([gmail_id], **difference)] = (who.user.pk, gmail_id, difference)
        if chance.random() < 0.4:
            sync(acting)
    for _ in range(2):
        sync(acting)
    assert agree(gmail, acting)
    for change in changes(page.user):
        if "by" not in change:
            assert "op" not in change
            continue
        user_id, gmail_id, difference = asked[change["op"]]
        assert (change["by"]["id"], change["message"]["id"]) == (user_id, gmail_id)
        assert set(change["added_label_ids"]) <= set(difference.get("add", ()))
        assert set(change["removed_label_ids"]) <= set(difference.get("remove", ()))
    assert changes(page.user) == changes(other.user)
    assert all(state == "done" for state in page.states() + other.states())
