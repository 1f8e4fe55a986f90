"""history.list: cursors, pages, types, and what is forgotten (gmail/history.py)."""

from simulator.client import Json
from tests.simulator.harness import MailboxClient, Simulator


def pages(mailbox: MailboxClient, start: int, **parameters: object) -> list[Json]:
    found = [mailbox.history(start, **parameters)]
    while "nextPageToken" in found[-1]:
        found.append(mailbox.history(start, pageToken=found[-1]["nextPageToken"], **parameters))
    return found


def test_it_lists_every_change_once_and_in_order(mailbox: MailboxClient) -> None:
    start = mailbox.head
    ids = mailbox.add(count=7)
    listed = pages(mailbox, start, maxResults=3)
    added = [r["messagesAdded"][0]["message"]["id"] for page in listed for r in page["history"]]
    assert (added, [len(page["history"]) for page in listed]) == (ids, [3, 3, 1])
    assert {page["historyId"] for page in listed} == {str(mailbox.head)}


def test_it_answers_nothing_new_without_the_history_key(mailbox: MailboxClient) -> None:
    assert mailbox.history(mailbox.head) == {"historyId": str(mailbox.head)}


def test_it_records_trash_as_labels_and_deletion_as_deletion(mailbox: MailboxClient) -> None:
    (added,) = mailbox.add(label_ids=["INBOX"])
    start = mailbox.head
    mailbox.change(added, "trash")
    mailbox.change(added, "delete")
    trashed, deleted = mailbox.history(start)["history"]
    assert trashed["labelsAdded"][0]["labelIds"] == ["TRASH"]
    assert trashed["labelsRemoved"][0]["labelIds"] == ["INBOX"]
    assert deleted["messagesDeleted"][0]["message"]["id"] == added


def test_it_records_nothing_when_nothing_changes(mailbox: MailboxClient) -> None:
    (added,) = mailbox.add(label_ids=["INBOX"])
    start = mailbox.head
    mailbox.change(added, "modify", add=["INBOX"], remove=["STARRED"])
    assert mailbox.head == start


def test_it_filters_after_it_has_cut_the_page(mailbox: MailboxClient) -> None:
    start = mailbox.head
    (added,) = mailbox.add(label_ids=["INBOX"])
    mailbox.change(added, "trash")
    first, second = pages(mailbox, start, maxResults=1, historyTypes="labelAdded")
    assert "history" not in first
    assert second["history"][0].keys() == {"id", "messages", "labelsAdded"}


def test_it_filters_by_label(mailbox: MailboxClient) -> None:
    start = mailbox.head
    mailbox.add(label_ids=["INBOX"])
    (wanted,) = mailbox.add(label_ids=["Label_1"])
    records = mailbox.history(start, labelId="Label_1")["history"]
    assert [record["messages"][0]["id"] for record in records] == [wanted]


def test_it_records_imported_mail_without_labels(mailbox: MailboxClient) -> None:
    start = mailbox.head
    mailbox.add(imported=True, label_ids=["INBOX"])
    (record,) = mailbox.history(start)["history"]
    assert record["messagesAdded"][0]["message"].keys() == {"id", "threadId"}


def test_it_answers_404_below_the_expired_history(mailbox: MailboxClient) -> None:
    start = mailbox.head
    mailbox.add()
    mailbox.simulator.change_account(mailbox.email, "expire_history")
    assert mailbox.call("GET", "history", params={"startHistoryId": start}).status_code == 404
    assert mailbox.history(mailbox.head) == {"historyId": str(mailbox.head)}


def test_it_forgets_history_after_a_week() -> None:
    with Simulator() as simulator:
        mailbox = simulator.mailbox("old@example.com")
        start = mailbox.head
        mailbox.add()
        simulator.sim("POST", "clock", advance=8 * 24 * 3600)
        mailbox.add()
        mailbox.tokens = simulator.tokens(mailbox.email)
        assert mailbox.call("GET", "history", params={"startHistoryId": start}).status_code == 404


def test_it_lags_behind_its_own_history_id(mailbox: MailboxClient) -> None:
    start = mailbox.head
    mailbox.add()
    mailbox.simulator.fault("history.list", lag=60)
    assert mailbox.history(start) == {"historyId": str(mailbox.head)}
    assert len(mailbox.history(start)["history"]) == 1


def test_it_sends_an_empty_page_before_the_others(mailbox: MailboxClient) -> None:
    start = mailbox.head
    mailbox.add()
    mailbox.simulator.fault("history.list", empty_page=True)
    empty, full = pages(mailbox, start)
    assert ("history" in empty, len(full["history"])) == (False, 1)


def test_it_forces_small_pages() -> None:
    with Simulator("--page-size", "2") as simulator:
        mailbox = simulator.mailbox("small@example.com")
        start = mailbox.head
        mailbox.add(count=5)
        assert [len(page["history"]) for page in pages(mailbox, start, maxResults=500)] == [2, 2, 1]
