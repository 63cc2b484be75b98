"""Samples of a process by py-spy, put together by the layer that was at work and by the line that was running."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

LAYERS: Sequence[tuple[str, str]] = (
    ("chassis/telemetry.py", "telemetry"),
    ("opentelemetry/", "telemetry"),
    ("chassis/parser.py", "parse"),
    ("chassis/deciding.py", "decide"),
    ("chassis/dedupe.py", "decide"),
    ("chassis/store/writing.py", "write"),
    ("write (chassis/store/postgres.py", "write"),
    ("_transaction (chassis/store/postgres.py", "write"),
    ("load (chassis/store/postgres.py", "load"),
    ("forget (chassis/store/postgres.py", "relay: forget"),
    ("chassis/relay.py", "relay"),
    ("chassis/kafka/sender.py", "relay"),
    ("aiokafka/producer/", "producer"),
    ("aiokafka/consumer/", "consumer"),
    ("chassis/kafka/subscriber.py", "consumer"),
    ("faststream/", "consumer"),
    ("aiokafka/coordinator/", "consumer group"),
    ("chassis/offsets.py", "consumer group"),
    ("chassis/kafka/member.py", "consumer group"),
    ("chassis/tasks/", "tasks"),
    ("chassis/feeds.py", "feeds"),
    ("aiokafka/", "broker connection"),
    ("asyncpg/", "database connection"),
    ("chassis/loop.py", "loop"),
    ("chassis/processor.py", "processor"),
    ("uvicorn/", "http"),
)
_BEGINNINGS = ("runpy", "<module>", "chassis/cli.py", "typer/", "uvloop/", "asyncio/runners.py")
REST = "event loop and rest"


@dataclass(slots=True)
class Samples:
    """How many samples fell on each layer, on each function itself, and on each function or what it called."""

    layers: Counter[str] = field(default_factory=Counter)
    functions: Counter[str] = field(default_factory=Counter)
    below: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All samples."""
        return self.layers.total()


def read_samples(*, text: str) -> Samples:
    """Read py-spy's raw format: frames from the outermost on, with semicolons, and how often they were seen."""
    samples = Samples()
    for frames, count in _stacks(text.splitlines()):
        samples.layers[layer_of(frames=frames)] += count
        functions = [f"{frame.rpartition(':')[0]})" for frame in frames]
        samples.functions[functions[-1]] += count
        samples.below.update(dict.fromkeys((each for each in functions if _is_work(each)), count))
    return samples


def layer_of(*, frames: Sequence[str]) -> str:
    """Return the layer of the innermost frame that belongs to one."""
    for frame in reversed(frames):
        for mark, layer in LAYERS:
            if mark in frame:
                return layer
    return REST


def _is_work(function: str) -> bool:
    """Say whether a function is more than what every stack begins with."""
    return not any(mark in function for mark in _BEGINNINGS)


def _stacks(lines: Iterable[str]) -> Iterator[tuple[Sequence[str], int]]:
    for line in lines:
        stack, _, count = line.rpartition(" ")
        if stack:
            yield stack.split(";"), int(count)
