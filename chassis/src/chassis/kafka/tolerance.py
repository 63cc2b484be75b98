"""Lets aiokafka read on past what it cannot read.

aiokafka raises for a header whose name is not UTF-8, for a batch in a compression that is not installed and for a
broken record, and then it raises the same again on every poll: one foreign producer would stop the partition, and with
it the process. Here such a record comes through: with the name escaped where that is all that was wrong, else without
key and value and with a header that says why, so that it becomes a dead letter at its offset.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, SupportsIndex

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy, _DefaultRecordPy
from aiokafka.record.memory_records import MemoryRecords

from chassis.message import UNREADABLE

_LENGTH = slice(8, 12)
_OVERHEAD = 12


class TolerantRecords:
    """What one fetch brought of a partition: batches that can be read to their end."""

    def __init__(self, raw: bytes) -> None:
        self._records = MemoryRecords(raw)
        self._raw = raw
        self._place = 0

    def __getattr__(self, name: str) -> Any:
        """Give everything else as it is."""
        return getattr(self._records, name)

    def next_batch(self) -> Any:
        """Return the next batch, None after the last."""
        batch = self._records.next_batch()
        if batch is None:
            return None
        begin = self._place
        length = self._raw[begin + _LENGTH.start : begin + _LENGTH.stop]
        self._place = begin + _OVERHEAD + int.from_bytes(length, "big")
        return TolerantBatch(batch=batch, raw=self._raw[begin : self._place])


class TolerantBatch:
    """A batch that yields a record for each of its offsets."""

    def __init__(self, *, batch: Any, raw: bytes) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        """Give everything else as it is."""
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        """Yield the records as aiokafka reads them; from the first that it cannot read on, with more patience."""
        after = -1
        try:
            for record in self._batch:
                after = record.offset
                yield record
        except Exception as error:  # noqa: BLE001 - whatever the reader raises, it would raise for ever
            yield from _patiently(self._raw, after, error)


def _patiently(raw: bytes, after: int, error: Exception) -> Iterator[Any]:
    batch = _DefaultRecordBatchPy(raw)
    try:
        iter(batch)
        batch._buffer = _Escaping(batch._buffer)  # noqa: SLF001 - the only way to a header whose name is not UTF-8
        for record in batch:
            if record.offset > after:
                after = record.offset
                yield record
    except Exception as again:  # noqa: BLE001 - it cannot be read in any way, and the rest of the batch is set aside
        error = again
    for offset in range(max(after + 1, batch.base_offset), batch.next_offset):
        why = [(UNREADABLE, repr(error).encode())]
        yield _DefaultRecordPy(offset, batch.first_timestamp, batch.timestamp_type, None, None, why)


class _Escaping(bytearray):
    """Bytes whose text is escaped where it is not UTF-8."""

    def __getitem__(self, place: SupportsIndex | slice) -> Any:
        """Return a part that is read in the same way."""
        part = super().__getitem__(place)
        return _Escaping(part) if isinstance(part, bytearray) else part

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        """Return the text."""
        return super().decode(encoding, errors)


def read_tolerantly() -> None:
    """Let every consumer of this process read so; aiokafka has no other place to say it."""
    fetcher.MemoryRecords = TolerantRecords
