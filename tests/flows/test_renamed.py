"""A mailbox that gets another address at Google goes on as if nothing had been, for whoever looks at it."""

from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_page import Page
from tests.support.waiting import eventually

TAKEN = '"push": "taken"'


def test_it_finds_a_renamed_mailbox_by_its_pushes(shared: Stack, user: SignedIn, email: str, page: Page) -> None:
    new = f"renamed.{email}"
    shared.simulator.change_account(email, "rename", to=new)
    (first,) = shared.simulator.deliver(new)
    page.stream.wait_for("account.status", where=lambda frame: frame.payload["email"] == new)
    page.stream.wait_for("message.added", where=lambda frame: frame.payload["message"]["id"] == first)
    (second,) = shared.simulator.deliver(new)
    page.stream.wait_for("message.added", where=lambda frame: frame.payload["message"]["id"] == second)
    taken = shared.log("web0").count(TAKEN)
    shared.simulator.change_account(new, "notify")
    eventually(lambda: shared.log("web0").count(TAKEN) > taken)
    assert new in user.get("/accounts/").text


def test_the_next_owner_of_an_address_and_the_former_one_each_have_their_mail(
    shared: Stack, user: SignedIn, email: str, page: Page
) -> None:
    new = f"renamed.{email}"
    shared.simulator.change_account(email, "rename", to=new)
    next_owner = shared.sign_in(f"next-owner-of-{user.name}")
    next_owner.connect(email)
    page.stream.wait_for("account.status", where=lambda frame: frame.payload["email"] == new)
    with Page(next_owner, 1) as other:
        (theirs,) = shared.simulator.deliver(email)
        (ours,) = shared.simulator.deliver(new)
        page.stream.wait_for("message.added", where=lambda frame: frame.payload["message"]["id"] == ours)
        other.stream.wait_for("message.added", where=lambda frame: frame.payload["message"]["id"] == theirs)
        added = {frame.payload["message"]["id"] for frame in page.frames if frame.event == "message.added"}
    assert theirs not in added
