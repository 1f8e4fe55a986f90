"""`push`: how many pushes a second one web answers, and what each costs it."""

import itertools
from collections.abc import Callable

from bench.choices import Choices
from bench.seed import connect_many
from bench.senders import Signer, post, push_body, send_for
from bench.stack import PUSH_SERVICE_ACCOUNT, SUBSCRIPTION, Stack
from bench.table import Table, median

SECONDS = 2.0
CONNECTIONS = 8
MAILBOXES = 100


NOTES = [
    f"{CONNECTIONS} connections send for {SECONDS:.0f} s. The web has a core of its own; the sender, the database and "
    "Redis share the other one, and are the limit where the web's core is not full. CPU is the web's own.",
    "taken: a known mailbox, a newer historyId (one UPDATE, one wake-up). stale: an historyId that was read already. "
    "refused: a token of another audience. /livez: a view without middleware, as the push's is; it writes no line and "
    "asks nobody.",
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
        measured: dict[str, list[tuple[float, float, float]]] = {name: [] for name, *_ in kinds}
        for _ in range(choices.runs):
            for name, status, request in kinds:
                measured[name].append(_measure(stack, request, status))
    _fill(table, {name: status for name, status, _ in kinds}, measured)
    return [table]


def _fill(table: Table, statuses: dict[str, int], measured: dict[str, list[tuple[float, float, float]]]) -> None:
    base = [cpu for _, cpu, _ in measured["GET /livez"]]
    for name, status in statuses.items():
        rates, costs, used = zip(*measured[name], strict=True)
        ratio = median([cost / one for cost, one in zip(costs, base, strict=True)])
        table.add(name, status, median(rates), median(costs), median(used), ratio)


def _kinds(stack: Stack, signer: Signer, emails: list[str]) -> list[tuple[str, int, Callable[[], bytes]]]:
    """List the kinds of request: a name, the status that it is answered with, and the bytes of the next one."""
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
        ("GET /livez", 200, lambda: live),
        ("taken", 204, news),
        ("stale", 204, lambda: stale),
        ("refused", 401, lambda: refused),
    ]


def _measure(stack: Stack, request: Callable[[], bytes], status: int) -> tuple[float, float, float]:
    """Requests a second, milliseconds of CPU of each, and how much of its core the web used, in per cent."""
    cpu = stack.cpu_seconds("web")
    sent, seconds = send_for(SECONDS, stack.web_address, CONNECTIONS, request, status)
    spent = stack.cpu_seconds("web") - cpu
    return sent / seconds, spent * 1000 / sent, 100 * spent / seconds
