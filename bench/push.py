"""`push`: how many pushes a second one web answers, and what each costs it."""

import itertools
from collections.abc import Callable
from typing import NamedTuple

from bench.choices import Choices
from bench.seed import connect_many
from bench.senders import Signer, post, push_body, send_for
from bench.stack import PUSH_SERVICE_ACCOUNT, SUBSCRIPTION, Stack
from bench.table import Table, median

SECONDS = 2.0
CONNECTIONS, CROWD = 8, 64
MAILBOXES = 100


class Kind(NamedTuple):
    """A kind of request: the status that it is answered with, the bytes of the next one, and how many at once."""

    name: str
    status: int
    request: Callable[[], bytes]
    connections: int = CONNECTIONS


NOTES = [
    f"{CONNECTIONS} connections send for {SECONDS:.0f} s, and {CROWD} for the crowd. The web has a core of its own; "
    "the sender, the database and Redis share the other one, and are the limit where it is not full. CPU is "
    "the web's own.",
    "taken: a known mailbox, a newer historyId; those that come together are one UPDATE and one wake-up. stale: an "
    "historyId that was read already. refused: a token of another audience. /livez: a view without middleware, as the "
    "push's is; it writes no line and asks nobody.",
]


def run(choices: Choices) -> list[Table]:
    """No worker runs: what is measured is the webhook alone."""
    table = Table(
        f"push: one web process ({choices.database}, median of {choices.runs} runs)",
        ["push", "status", "a second", "CPU ms of the web, each", "% of its core", "ratio to /livez"],
        notes=NOTES,
    )
    emails = [f"box{number}@gmail.example" for number in range(MAILBOXES)]
    signer = Signer()
    with (
        signer.certs() as certs,
        Stack(choices.database, workers=0, apart="web", env={"PUBSUB_CERTS_URL": certs}) as stack,
    ):
        connect_many(stack, emails, watched=False)
        kinds = _kinds(stack, signer, emails)
        measured: dict[str, list[tuple[float, float, float]]] = {kind.name: [] for kind in kinds}
        for _ in range(choices.runs):
            for kind in kinds:
                measured[kind.name].append(_measure(stack, kind))
    _fill(table, kinds, measured)
    return [table]


def _fill(table: Table, kinds: list[Kind], measured: dict[str, list[tuple[float, float, float]]]) -> None:
    base = [cpu for _, cpu, _ in measured["GET /livez"]]
    for kind in kinds:
        rates, costs, used = zip(*measured[kind.name], strict=True)
        ratio = median([cost / one for cost, one in zip(costs, base, strict=True)])
        table.add(kind.name, kind.status, median(rates), median(costs), median(used), ratio)


def _kinds(stack: Stack, signer: Signer, emails: list[str]) -> list[Kind]:
    audience, address = stack.env["PUBSUB_PUSH_AUDIENCE"], stack.web_address
    good = signer.token(audience, PUSH_SERVICE_ACCOUNT)
    foreign = signer.token("https://elsewhere.example/", PUSH_SERVICE_ACCOUNT)
    growing = itertools.count(10**12)

    def news() -> bytes:
        number = next(growing)
        return post(address, good, push_body(emails[number % MAILBOXES], number, SUBSCRIPTION))

    old = push_body(emails[0], 1, SUBSCRIPTION)
    live = f"GET /livez HTTP/1.1\r\nHost: {address}\r\n\r\n".encode()
    stale, refused = post(address, good, old), post(address, foreign, old)
    return [
        Kind("GET /livez", 200, lambda: live),
        Kind("taken", 204, news),
        Kind("taken, of a crowd", 204, news, CROWD),
        Kind("stale", 204, lambda: stale),
        Kind("refused", 401, lambda: refused),
    ]


def _measure(stack: Stack, kind: Kind) -> tuple[float, float, float]:
    """Requests a second, milliseconds of CPU of each, and how much of its core the web used, in per cent."""
    cpu = stack.cpu_seconds("web")
    sent, seconds = send_for(SECONDS, stack.web_address, kind.connections, kind.request, kind.status)
    spent = stack.cpu_seconds("web") - cpu
    return sent / seconds, spent * 1000 / sent, 100 * spent / seconds
