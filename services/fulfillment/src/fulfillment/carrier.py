"""What is printed for a carrier: the recipient is opened with the customer's key, used, and kept nowhere.

The order service owns the keys and serves them to whoever has its token. A key that is gone is a person who is erased.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fulfillment.domain.recipient import KeysUnavailable, RecipientErased, RecipientUnreadable

NONCE_BYTES = 12
SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class OrderKeys:
    """The keys as the order service serves them."""

    client: httpx.AsyncClient

    async def key_of(self, *, customer_id: str) -> bytes:
        """Read the key over HTTP."""
        try:
            response = await self.client.get(f"/customers/{customer_id}/key")
        except httpx.HTTPError as error:
            raise KeysUnavailable(type(error).__name__) from error
        if response.status_code == httpx.codes.GONE:
            raise RecipientErased(customer_id)
        if response.status_code == httpx.codes.NOT_FOUND:
            raise RecipientUnreadable("the customer never had a key")
        if not response.is_success:
            raise KeysUnavailable(f"the order service answered {response.status_code}")
        try:
            return base64.b64decode(response.json()["key"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise KeysUnavailable("the order service answered something else") from error

    async def open(self, customer_id: str, sealed: str, /) -> Mapping[str, Any]:
        """Return the recipient in clear."""
        return opened(sealed=sealed, key=await self.key_of(customer_id=customer_id))

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()


def order_keys(*, url: str, token: str) -> OrderKeys:
    """Return the keys of the order service at this address."""
    headers = {"Authorization": f"Bearer {token}"}
    return OrderKeys(client=httpx.AsyncClient(base_url=url, headers=headers, timeout=SECONDS))


def opened(*, sealed: str, key: bytes) -> Mapping[str, Any]:
    """Return the recipient in clear."""
    try:
        text = base64.b64decode(sealed, validate=True)
        clear = AESGCM(key).decrypt(text[:NONCE_BYTES], text[NONCE_BYTES:], None)
        recipient = json.loads(clear)
    except (binascii.Error, InvalidTag, ValueError) as error:
        raise RecipientUnreadable("sealed with another key, or damaged") from error
    if not isinstance(recipient, dict):
        raise RecipientUnreadable("no fields inside")
    return recipient
