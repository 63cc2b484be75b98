"""Recipients travel sealed with a key of their customer: who erases the key erases the person."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.http import Queries
from chassis.sources import Clock

KEY_BYTES = 32
NONCE_BYTES = 12


class CustomerErased(Exception):
    """The customer's key is gone for good: nothing can be sealed or opened for them."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The keys of customers."""

    queries: Queries
    clock: Clock

    async def make(self, *, customer_id: str) -> bytes:
        """Return the customer's key, a new one when there is none; CustomerErased when it was erased."""
        key = secrets.token_bytes(KEY_BYTES)
        row = await self.queries.fetch_one("make_customer_key", customer_id, key, self.clock.now())
        return _key(row["key"] if row else None)

    async def read(self, *, customer_id: str) -> bytes | None:
        """Return the customer's key, or None; CustomerErased when it was erased."""
        row = await self.queries.fetch_one("read_customer_key", customer_id)
        return _key(row["key"]) if row else None

    async def erase(self, *, customer_id: str) -> bool:
        """Erase the customer's key; say whether there was one."""
        return await self.queries.fetch_one("erase_customer_key", customer_id, self.clock.now()) is not None


def sealed(*, clear: bytes, key: bytes, context: str) -> str:
    """Return base64 of nonce and ciphertext.

    The nonce follows from key, context and text: a request that is sent again is the same command, and no two texts
    share a nonce.
    """
    nonce = hmac.new(key, context.encode() + b"\0" + clear, hashlib.sha256).digest()[:NONCE_BYTES]
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, clear, None)).decode()


def _key(key: bytes | None) -> bytes:
    if key is None:
        raise CustomerErased
    return bytes(key)
