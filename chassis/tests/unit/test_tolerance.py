"""Batches that aiokafka gives up on are read to their end."""

import struct

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from chassis.kafka.tolerance import TolerantRecords
from chassis.message import UNREADABLE, Record, Unreadable
from chassis.parser import Parser
from chassis.routes import Routes

ODD = b"odd-name"
CODEC_AT, LZ4 = 21, 3


def batch(*, count: int = 3) -> bytearray:
    """Return records 0, 1, 2 as they lie in the log; the second has an odd header name."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=-1,
        batch_size=10_000,
    )  # fmt: skip
    for number in range(count):
        headers = [(ODD.decode(), b"1")] if number == 1 else [("good", None)]
        builder.append(number, timestamp=1, key=b"k", value=b"v%d" % number, headers=headers)
    return bytearray(builder.build())


def read(raw: bytes) -> list[tuple[int, bytes | None, list[str]]]:
    records = TolerantRecords(raw)
    found = []
    while records.has_next():
        found.extend(list(records.next_batch()))
    return [(each.offset, each.value, [name for name, _ in each.headers]) for each in found]


def broken(raw: bytearray) -> bytes:
    """Let the odd name be no UTF-8."""
    return bytes(raw.replace(ODD, b"\xff\xfe" + ODD[2:]))


def compressed(raw: bytearray) -> bytes:
    """Let the batch say that it is compressed with what is not installed."""
    struct.pack_into(">h", raw, CODEC_AT, LZ4)
    return bytes(raw)


@pytest.mark.parametrize("make", [broken, compressed], ids=["header name", "compression"])
def test_the_client_gives_up(make: object) -> None:
    """What is tolerated here is what aiokafka raises for, again on every poll."""
    assert callable(make)
    with pytest.raises(Exception, match=r"utf-8|lz4"):
        list(MemoryRecords(make(batch())).next_batch())


def test_good_batches_are_read_as_they_are() -> None:
    """Two batches after one another are all their records."""
    assert [(0, b"v0", ["good"]), (1, b"v1", [ODD.decode()]), (0, b"v0", ["good"])] == read(
        bytes(batch(count=2) + batch(count=1))
    )


def test_header_name_is_escaped() -> None:
    """A name that is not UTF-8 is escaped; its record and those after it are whole, in this batch and the next."""
    name = "\\xff\\xfe" + ODD.decode()[2:]
    expected = [(0, b"v0", ["good"]), (1, b"v1", [name]), (2, b"v2", ["good"]), (0, b"v0", ["good"])]
    assert expected == read(broken(batch()) + bytes(batch(count=1)))


def test_unknown_compression_is_a_record_for_each_offset() -> None:
    """A batch in a compression that is not installed is read as records that say so, and the next batch is read."""
    found = read(compressed(batch()) + bytes(batch(count=1)))
    assert [(offset, None, [UNREADABLE]) for offset in range(3)] == found[:3]
    assert [(0, b"v0", ["good"])] == found[3:]


def test_broken_record_gives_up_only_what_is_left() -> None:
    """Records before a broken one are read; from it on to the end of its batch each offset is set aside."""
    raw = bytearray(batch())
    place = raw.index(b"v1")
    raw[place - 1] = 0x7F  # the length of the value
    assert [(0, b"v0", ["good"]), (1, None, [UNREADABLE]), (2, None, [UNREADABLE])] == read(bytes(raw))


def test_unreadable_record_becomes_a_dead_letter_by_name() -> None:
    """The parser says of such a record what the client said."""
    record = Record("toy.commands", 0, 5, None, None, ((UNREADABLE, b"UnsupportedCodecError('lz4')"),))
    found = Parser(service="toy", routes=Routes()).record(record=record)
    assert isinstance(found, Unreadable)
    assert "the broker's record cannot be read: UnsupportedCodecError('lz4')" == found.error
