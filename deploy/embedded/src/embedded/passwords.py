"""The passwords of one server's roles, drawn once for each state folder."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Passwords:
    """One random seed; every role's password follows from it."""

    seed: str = field(repr=False)

    @classmethod
    def of_folder(cls, *, state_dir: Path) -> "Passwords":
        """Read the folder's seed, drawing it the first time."""
        file = state_dir / "secret"
        if not file.exists():
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
                new.write(secrets.token_hex(32))
        return cls(seed=file.read_text())

    @classmethod
    def drawn(cls) -> "Passwords":
        """Draw a seed that is kept nowhere."""
        return cls(seed=secrets.token_hex(32))

    def password(self, *, role: str) -> str:
        """Return the password of a role."""
        return hmac.new(self.seed.encode(), role.encode(), hashlib.sha256).hexdigest()
