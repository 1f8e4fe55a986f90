"""A rotation while a worker holds only the old key: it says so, harms nothing, and goes on with the right keys."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet

from tests.environment import ENVIRONMENT
from tests.live import Stack

MAILBOX = "ann@gmail.example"
ROW = "from gmail_sync.models import GmailAccount as A; a = A.objects.get(); print(a.state, a.failures > 0, end='')"


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack"), webs=1) as running:
        yield running


def test_it_keeps_the_mailbox_through_a_worker_with_the_wrong_keys(stack: Stack) -> None:
    ann = stack.sign_in("ann")
    ann.connect(MAILBOX)
    stack.environment["TOKEN_ENCRYPTION_KEYS"] = (
        f"{Fernet.generate_key().decode()},{ENVIRONMENT['TOKEN_ENCRYPTION_KEYS']}"
    )
    assert "1 re-encrypted, 0 already" in stack.manage("rotate_token_keys")
    with ann.stream() as stream:
        stream.wait_for("ready")
        (message_id,) = stack.simulator.deliver(MAILBOX)
        stack.supervisor.wait(lambda: "credentials.unreadable" in stack.log("worker0"), 20, "the worker did not notice")
        assert "TOKEN_ENCRYPTION_KEYS" in stack.log("worker0")
        stack.supervisor.wait(lambda: stack.python(ROW).endswith("connected True"), 20, "its row does not tell")
        stack.stop("worker0")
        stack.start("worker0")
        assert stream.wait_for("message.added").data["message"]["id"] == message_id
    assert stack.python(ROW).endswith("connected False")
