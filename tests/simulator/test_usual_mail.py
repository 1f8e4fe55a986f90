"""The usual mail: conversations that hold together over restarts and what is sent between (mailbox/usual_mail.py)."""

from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

import pytest

from simulator.mailbox.letters import LIVES
from simulator.mailbox.mailbox import Mailbox
from simulator.mailbox.message import Message
from simulator.mailbox.usual_mail import ODD_EVERY
from simulator.options import Options
from simulator.world.trickle import happen
from simulator.world.world import World


def opened(tmp_path: Path, mails: int = 48) -> World:
    return World(Options(mailbox=list(LIVES), messages=mails, usual=True, state=tmp_path / "state", seed=3))


def subject(message: Message) -> str:
    return str(make_header(decode_header(message.content.header("Subject"))))


def threads(mailbox: Mailbox) -> list[list[Message]]:
    ids = dict.fromkeys(message.thread_id for message in mailbox.messages.values())
    return [mailbox.thread(thread_id) for thread_id in ids]


@pytest.mark.parametrize("email", LIVES)
def test_it_writes_conversations_that_hold_together(tmp_path: Path, email: str) -> None:
    found = threads(opened(tmp_path).mailboxes[email])
    assert sorted(map(len, found))[-8:] == [4] * 8
    for thread in found:
        first, *answers = map(subject, thread)
        assert not first.startswith("Re:")
        assert answers == [f"Re: {first}"] * len(answers)


def test_it_looks_like_somebodys(tmp_path: Path) -> None:
    for mailbox in opened(tmp_path).mailboxes.values():
        messages = list(mailbox.messages.values())
        senders = {parseaddr(message.content.header("From"))[0] for message in messages}
        unread = [message for message in messages if {"INBOX", "UNREAD"} <= set(message.label_ids)]
        assert len(senders) >= 10
        assert 5 <= len(unread) <= 15
        assert all(subject(message) and message.snippet for message in messages)


def test_an_answer_finds_its_conversation_after_a_restart_and_between_others(tmp_path: Path) -> None:
    world = opened(tmp_path, mails=5)
    for number in range(60):
        if number % 7 == 0:
            world.deliver(next(iter(world.mailboxes.values())), subject="by hand", sender="x@y.example", text="x")
        for mailbox in world.mailboxes.values():
            world.deliver(mailbox)
        if number % 9 == 0:
            world.state.commit()
            world.state.close()
            world = opened(tmp_path, mails=5)
    for mailbox in world.mailboxes.values():
        for thread in threads(mailbox):
            assert len({subject(message).removeprefix("Re: ") for message in thread}) == 1


def test_odd_mail_is_rare_and_there(tmp_path: Path) -> None:
    mailbox = opened(tmp_path, mails=4 * ODD_EVERY).mailboxes[next(iter(LIVES))]
    known = {address for life in LIVES.values() for single in life.singles for address in [parseaddr(single.sender)[1]]}
    known |= {parseaddr(by)[1] for life in LIVES.values() for talk in life.conversations for by, _ in talk.mails}
    odd = [m for m in mailbox.messages.values() if parseaddr(m.content.header("From"))[1] not in known]
    assert len(odd) == 4


def test_somebody_reads_it(tmp_path: Path) -> None:
    world = opened(tmp_path)
    mailbox = next(iter(world.mailboxes.values()))
    head = mailbox.history.head
    for step in range(30):
        happen(world, mailbox, step)
    records = [record for record in mailbox.history if record.id > head]
    assert sum(record.added for record in records) == 20
    assert {label for record in records for label in record.labels_removed} == {"UNREAD"}
