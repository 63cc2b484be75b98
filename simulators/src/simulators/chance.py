"""Chance by seed: the same seed and the same names always draw the same, in any process and in any order."""

from dataclasses import dataclass
from hashlib import blake2b

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Chance:
    """A source of draws that keeps nothing between them."""

    seed: int

    def below(self, *, limit: int, of: tuple[str, ...]) -> int:
        """Return a number from 0 to limit - 1 for these names."""
        digest = blake2b("\0".join((str(self.seed), *of)).encode(), digest_size=8).digest()
        return int.from_bytes(digest) % limit

    def hits(self, *, ppm: int, of: tuple[str, ...]) -> bool:
        """Say whether these names are among so many of a million."""
        return self.below(limit=MILLION, of=of) < ppm
