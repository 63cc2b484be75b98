"""``python -m fuzz.guided``: the parser under atheris, which looks for inputs that reach code not reached before.

By hand only: atheris has wheels for few platforms and is no dependency. What follows the first argument goes to
libFuzzer: ``-max_total_time=60``, ``-runs=100000``, a folder that keeps the corpus.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from chassis.message import Incoming, NotForUs, Record, shard_of
from contracts.topics import PARTITIONS

NAMES = (b"ce_id", b"ce_type", b"ce_source", b"ce_time", b"ce_correlationid", b"ce_causationid", b"ce_fingerprint")
SPLIT = b"\x1e"


def main() -> int:
    """Fuzz until told to stop; a finding ends the process with its input in a file."""
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        print("fuzz.guided: atheris is not installed (pip install atheris)", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["chassis.parser", "chassis.message", "chassis.nul", "contracts"]):
        houses = importlib.import_module("fuzz.houses")
        parser = importlib.import_module("chassis.parser").Parser
        records = importlib.import_module("fuzz.records")
    made = houses.service(name="order")
    reader = parser(service="order", routes=made.all_routes, registry=made.all_types)

    def one(data: bytes) -> None:
        found = reader.record(record=record_of_bytes(data=data))
        if not isinstance(found, Incoming | NotForUs) and not (found.error and found.id):
            raise AssertionError("an unreadable record without its error")

    with tempfile.TemporaryDirectory() as folder:
        for number, (type_, text) in enumerate(records.examples()):
            Path(folder, str(number)).write_bytes(_seed(type_, text.encode()))
        atheris.Setup([*sys.argv, folder], one)
        atheris.Fuzz()
    return 0


def record_of_bytes(*, data: bytes) -> Record:
    """Cut the input into key, header values and value."""
    key, *rest = data.split(SPLIT, len(NAMES) + 1)
    headers = tuple((name.decode(), value) for name, value in zip(NAMES, rest, strict=False))
    value = rest[len(NAMES)] if len(rest) > len(NAMES) else b""
    shard = shard_of(key.decode("utf-8", "replace"), PARTITIONS)
    return Record(topic="order.commands", partition=shard, offset=1, key=key, value=value, headers=headers)


def _seed(type_: str, value: bytes) -> bytes:
    key = b"8f3c2b1a-6d5e-5f40-9a7b-1c2d3e4f5a6b"
    return SPLIT.join((key, b"m1", type_.encode(), b"/x", b"2026-01-05T09:00:00Z", key, b"", b"", value))


if __name__ == "__main__":
    sys.exit(main())
