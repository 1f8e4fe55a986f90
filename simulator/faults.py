"""Faults on request: each says what goes wrong, where, after how many calls and how often."""

import asyncio
import random
from dataclasses import asdict, dataclass, fields

from simulator.errors import GoogleError
from simulator.state import Document


@dataclass
class Fault:
    """One fault. Without what it narrows down, it meets every call of its method; README.md has the table."""

    method: str
    email: str = ""
    status: int = 0
    reason: str = ""
    message: str = ""
    retry_after: float | None = None
    delay: float = 0.0
    hold: bool = False
    times: int | None = 1
    after: int = 0
    page: int | None = None
    inner: bool | None = None
    message_id: str = ""
    body: str | None = None
    drop: bool = False
    duplicate: int = 0
    reorder: bool = False
    lag: float = 0.0
    empty_page: bool = False
    concurrency: int = 0
    topic: str = ""
    percent: float = 100.0
    seed: int = 1
    id: int = 0

    def meets(self, call: "FaultedCall") -> bool:
        """Tell whether the fault is about this call, its counters aside."""
        return (
            self.method in (call.method, call.api)
            and self.email in ("", call.email)
            and self.page in (None, call.page)
            and self.inner in (None, call.inner)
            and self.message_id in ("", call.message_id)
            and self.topic in ("", call.topic)
        )

    def error(self) -> GoogleError:
        """Return the error that the fault's status stands for."""
        return GoogleError(self.status, self.reason, self.message, self.retry_after)


@dataclass(frozen=True)
class FaultedCall:
    """A call, with all that a fault may be narrowed down to."""

    method: str
    email: str = ""
    api: str = ""
    page: int = 1
    inner: bool = False
    message_id: str = ""
    topic: str = ""


class Faults:
    """The faults that are set; each call takes at most one, the oldest that meets it."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._count = 0
        self._chances: dict[int, random.Random] = {}
        self._cleared = asyncio.Event()

    def add(self, document: Document) -> Fault:
        """Set a fault from its JSON. ValueError names what is not understood."""
        unknown = document.keys() - {field.name for field in fields(Fault)}
        if unknown or "method" not in document:
            raise ValueError(f"not a fault: {', '.join(sorted(unknown)) or 'method is missing'}")
        fault = Fault(**document)
        self._count += 1
        fault.id = self._count
        self._chances[fault.id] = random.Random(fault.seed)
        self._faults.append(fault)
        return fault

    def take(self, call: FaultedCall) -> Fault | None:
        """Return the fault that this call meets, counted down; one that is used up is gone."""
        for fault in self._faults:
            if not fault.meets(call):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if self._chances[fault.id].random() * 100 >= fault.percent:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
            return fault
        return None

    async def wait(self, fault: Fault) -> None:
        """Let the call wait as long as its fault says."""
        cleared = self._cleared  # of now: all may be forgotten during the delay, be it none
        await asyncio.sleep(fault.delay)
        if fault.hold:
            await cleared.wait()

    def clear(self) -> None:
        """Forget all faults, and let go of the calls that they hold."""
        self._faults.clear()
        self._chances.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    def documents(self) -> list[Document]:
        """Return the faults that are still set, as JSON."""
        return [asdict(fault) for fault in self._faults]
