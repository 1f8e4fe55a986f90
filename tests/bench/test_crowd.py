"""The events that bench publishes by itself are what the product publishes (bench/crowd/crowd.py)."""

import msgpack

from bench.crowd.crowd import record
from bench.load.generator import NUMBER_BYTES, NUMBER_DIGITS, TIME_DIGITS, TIME_DOUBLE
from bench.peers.catalogue import resp
from realtime.stream import sse
from realtime.transport.publish import Notice


def test_it_publishes_a_notice_that_the_product_reads() -> None:
    command = record("finito__group__name.user.", 7, "epoch")
    message = command[command.index(b"\x87\xa4type") : -2]
    assert command == resp(b"PUBLISH", b"finito__group__name.user.7", message)
    filled = message.replace(NUMBER_BYTES, (1_000_000_042).to_bytes(8, "big")).replace(NUMBER_DIGITS, b"1000000042")
    filled = filled.replace(TIME_DIGITS, b"0" * 19).replace(TIME_DOUBLE, msgpack.packb(1.5)[1:])
    read = msgpack.unpackb(filled)
    notice = Notice.of(read)
    assert read["type"] == "hub.notice"
    assert (notice.user_id, notice.epoch, notice.first, notice.last) == (7, "epoch", 1_000_000_042, 1_000_000_042)
    assert notice.committed_at == 1.5
    _, _, encoded = notice.frames.decode().partition("data: ")
    assert notice.frames == sse.frame("message.changed", sse.Cursor("epoch", 1_000_000_042), encoded.strip())
