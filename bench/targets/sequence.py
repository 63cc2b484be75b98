"""Whether what was journalled is on the topics, and for each key in the order in which it was journalled."""

from collections.abc import Iterable
from typing import NamedTuple

SHOWN = 5


class Written(NamedTuple):
    """A message of a journal."""

    message_id: str
    topic: str
    key: str


class Sent(NamedTuple):
    """A message on a topic."""

    message_id: str
    topic: str


def compare_sequence(*, written: Iterable[Written], sent: Iterable[Sent]) -> list[str]:
    """Return what is missing or overtaken; both are in their order, and of a message sent twice the first counts."""
    places: dict[Sent, int] = {}
    for number, each in enumerate(sent):
        places.setdefault(each, number)
    last: dict[tuple[str, str], int] = {}
    lost, overtaken = list[str](), list[str]()
    for message_id, topic, key in written:
        place = places.get(Sent(message_id=message_id, topic=topic))
        if place is None:
            lost.append(f"{message_id} of {key} is not on {topic}")
        elif place < last.get((topic, key), -1):
            overtaken.append(f"{message_id} of {key} was overtaken on {topic}")
        else:
            last[topic, key] = place
    return [*_first(lost, "lost"), *_first(overtaken, "overtaken")]


def _first(words: list[str], what: str) -> list[str]:
    return [*words[:SHOWN], f"{len(words)} {what}"] if words else []
