"""How the provider misbehaves: by shares of a million, drawn for each id, so that a run can be repeated."""

from dataclasses import dataclass

from simulators.chance import Chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """The shares of what goes wrong, in parts per million, and how late a late notice is."""

    dropped: int = 0
    duplicated: int = 0
    late: int = 0
    late_ms: int = 3_000
    shuffled_ms: int = 0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Answers what happens to one request or notice."""

    manners: Manners
    chance: Chance

    def drops(self, *, id_: str, seen: bool) -> bool:
        """Say whether the connection is dropped after the work was done; a repeat is always answered."""
        return not seen and self.chance.hits(ppm=self.manners.dropped, of=("drop", id_))

    def delays(self, *, notice_id: str) -> tuple[int, ...]:
        """Return after how many milliseconds a notice is sent, once for each time that it is."""
        first = self._delay(notice_id, "first")
        if not self.chance.hits(ppm=self.manners.duplicated, of=("duplicate", notice_id)):
            return (first,)
        return (first, self._delay(notice_id, "second"))

    def _delay(self, notice_id: str, which: str) -> int:
        delay = self.chance.below(limit=self.manners.shuffled_ms + 1, of=("shuffle", which, notice_id))
        late = self.chance.hits(ppm=self.manners.late, of=("late", which, notice_id))
        return delay + (self.manners.late_ms if late else 0)
