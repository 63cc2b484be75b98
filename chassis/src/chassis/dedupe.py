"""Which messages of a batch were handled before: by memory, by the inbox, or earlier in the same batch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chassis.message import Message
from chassis.store.values import InboxRow
from chassis.verdicts import Handled, Verdict


class Recent:
    """The inbox rows of the last messages, bounded.

    An outcome ``dead`` is not remembered: a replay takes it back in the database, where this process would not see
    it.
    """

    def __init__(self, *, size: int) -> None:
        self._size = size
        self._rows: OrderedDict[str, InboxRow] = OrderedDict()

    def get(self, message_id: str) -> InboxRow | None:
        """Return the row of this id, when it is still remembered."""
        return self._rows.get(message_id)

    def remember(self, rows: Iterable[InboxRow]) -> None:
        """Keep rows that were committed, and let the oldest go."""
        for row in rows:
            if row.outcome != "dead":
                self._rows[row.message_id] = row
        while len(self._rows) > self._size:
            self._rows.popitem(last=False)


@dataclass(slots=True)
class Sorted:
    """A batch sorted out: what is new, what ends without a decision, and what repeats a message of the same batch."""

    fresh: list[Message] = field(default_factory=list)
    ended: list[Handled] = field(default_factory=list)
    leaving: list[Message] = field(default_factory=list)
    repeats: list[tuple[Message, Message]] = field(default_factory=list)

    def resolve(self, decided: Sequence[Handled]) -> list[Handled]:
        """Return the end of every message: a repeat in the batch gets the outcome of the first."""
        firsts = {handled.message.id: handled for handled in decided}
        repeated = [
            _ended(message, first.fingerprint, firsts[first.id].outcome, firsts[first.id].answer)
            for message, first in self.repeats
        ]
        return [*decided, *self.ended, *repeated]


def sort_out(*, messages: Sequence[Message], known: Mapping[str, InboxRow]) -> Sorted:
    """Sort a batch out by what is known of its ids."""
    result = Sorted()
    firsts: dict[str, Message] = {}
    for message in messages:
        row = known.get(message.id)
        first = firsts.get(message.id)
        if row is not None:
            result.ended.append(_ended(message, row.fingerprint, row.outcome, row.answer))
            if message.origin is not None:
                result.leaving.append(message)
        elif first is not None:
            result.repeats.append((message, first))
        else:
            firsts[message.id] = message
            result.fresh.append(message)
    return result


def _ended(message: Message, fingerprint: str, outcome: str, answer: Mapping[str, object] | None) -> Handled:
    """Return the end of a repeat: the same body gets the same answer, another body none."""
    if message.fingerprint != fingerprint:
        return Handled(message=message, verdict=Verdict.CONFLICT, outcome="conflict", answer=None)
    return Handled(message=message, verdict=Verdict.DUPLICATE, outcome=outcome, answer=answer)
