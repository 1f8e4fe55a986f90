"""`push`: how many pushes a second one web answers, and what each costs it."""

import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bench.choices import Choices
from bench.seed import connect_many
from bench.senders import Connection, Signer, push_body
from bench.stack import PUSH_SERVICE_ACCOUNT, SUBSCRIPTION, Stack
from bench.table import Table, median
from launcher.supervisor import Failed

SECONDS = 2.0
CONNECTIONS = 8
MAILBOXES = 100


NOTES = [
    f"{CONNECTIONS} connections send for {SECONDS:.0f} s from the same machine, so that a second's figure is shared "
    "with the sender; CPU is the web's own, database and Redis not counted.",
    "taken: a known mailbox, a newer historyId (one UPDATE, one wake-up). stale: an historyId that was read already. "
    "refused: a token of another audience. /livez: a request through Django's middleware, which a push does not pass.",
]


def run(choices: Choices) -> list[Table]:
    """No worker runs: what is measured is the webhook alone."""
    table = Table(
        f"push: one web process ({choices.database}, median of {choices.runs} runs)",
        ["push", "status", "a second", "CPU ms of the web, each", "ratio to /livez"],
        notes=NOTES,
    )
    emails = [f"box{number}@gmail.example" for number in range(MAILBOXES)]
    signer = Signer()
    with signer.certs() as certs, Stack(choices.database, env={"PUBSUB_CERTS_URL": certs}, workers=0) as stack:
        connect_many(stack, emails, watched=False)
        audience = stack.env["PUBSUB_PUSH_AUDIENCE"]
        good = signer.token(audience, PUSH_SERVICE_ACCOUNT)
        foreign = signer.token("https://elsewhere.example/", PUSH_SERVICE_ACCOUNT)
        growing = itertools.count(10**12)

        def news() -> bytes:
            number = next(growing)
            return push_body(emails[number % MAILBOXES], number, SUBSCRIPTION)

        stale = push_body(emails[0], 1, SUBSCRIPTION)
        kinds: list[tuple[str, int, str, Callable[[], bytes | None]]] = [
            ("GET /livez", 200, good, lambda: None),
            ("taken", 204, good, news),
            ("stale", 204, good, lambda: stale),
            ("refused", 401, foreign, lambda: stale),
        ]
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name, *_ in kinds}
        for _ in range(choices.runs):
            for name, status, token, body in kinds:
                measured[name].append(_measure(stack, token, body, status))
    base = [cpu for _, cpu in measured["GET /livez"]]
    for name, status, *_ in kinds:
        rates, costs = zip(*measured[name], strict=True)
        ratio = median([cost / one for cost, one in zip(costs, base, strict=True)])
        table.add(name, status, median(rates), median(costs), ratio)
    return [table]


def _measure(stack: Stack, token: str, body: Callable[[], bytes | None], status: int) -> tuple[float, float]:
    """Requests a second, and milliseconds of CPU of each."""

    def send(until: float) -> int:
        connection = Connection(stack.url, token)
        for sent in itertools.count(1):
            answered = connection.send(body())
            if answered != status:
                raise Failed(f"answered {answered}, not {status}")
            if time.monotonic() > until:
                return sent
        raise AssertionError

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        began, cpu = time.monotonic(), stack.cpu_seconds("web")
        sent = sum(threads.map(send, [began + SECONDS] * CONNECTIONS))
        seconds, spent = time.monotonic() - began, stack.cpu_seconds("web") - cpu
    return sent / seconds, spent * 1000 / sent
