"""The two ways to the order service: commands by Kafka, and the same over HTTP with an Idempotency-Key."""

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.order import CancelOrderV1, ConfirmReceiptV1, PlaceOrderV1
from contracts.values import Contract
from simulators.publishing import Publisher, derived_id
from simulators.shopper.asking import RefusedError, accepted, insist

_NONCE_BYTES = 12
_MISTAKES = frozenset({400, 401, 403, 404})


@dataclass(frozen=True, slots=True)
class Desk:
    """Sends commands so often that they surely arrive, and sometimes once more."""

    publisher: Publisher
    client: httpx.AsyncClient

    async def place(self, *, order: PlaceOrderV1, by_http: bool, twice: bool) -> None:
        """Place an order; twice means the same record again, and then the same order in a message of its own."""
        if not by_http:
            sealed = await self._sealed(order)
            await self._send(sealed, twice=twice)
            if twice:
                await self._send(sealed, twice=False, forgetful=True)
            return
        answers = [await self._post("/orders", _form(order), key=order.idempotency_key) for _ in range(1 + twice)]
        if answers[0] != answers[-1]:
            raise RefusedError(f"the same order was answered {answers[0]} and then {answers[-1]}")

    async def cancel(self, *, order: CancelOrderV1, by_http: bool, twice: bool) -> None:
        """Cancel an order."""
        if by_http:
            body = order.model_dump_json(exclude={"order_id"})
            await self._post(f"/orders/{order.order_id}/cancel", body, key=f"cancel-{order.order_id}")
        else:
            await self._send(order, twice=twice)

    async def confirm(self, *, order: ConfirmReceiptV1, twice: bool) -> None:
        """Say that the goods are here."""
        await self._send(order, twice=twice)

    async def _sealed(self, order: PlaceOrderV1) -> PlaceOrderV1:
        """Seal the recipient with the customer's key: on a topic nobody's address stands in clear."""
        path = f"/customers/{order.customer_id}/key"
        answer = await insist(client=self.client, method="PUT", url=path, headers={})
        key = base64.b64decode(accepted(answer=answer).json()["key"])
        clear = json.dumps(recipient_of(order=order), sort_keys=True).encode()
        nonce = hmac.digest(key, f"{order.order_id}\0".encode() + clear, "sha256")[:_NONCE_BYTES]
        text = base64.b64encode(nonce + AESGCM(key).encrypt(nonce, clear, None)).decode()
        return order.model_copy(update={"delivery": order.delivery.model_copy(update={"recipient": text})})

    async def _send(self, command: Contract, *, twice: bool, forgetful: bool = False) -> None:
        now = datetime.now(UTC)
        id_ = derived_id(at=now, of=(type(command).__name__, command.model_dump_json(), str(forgetful)))
        await self.publisher.publish(message=command, id_=id_, at=now, copies=1 + twice)

    async def _post(self, path: str, body: str, *, key: str) -> tuple[int, str]:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        answer = await insist(client=self.client, method="POST", url=path, content=body, headers=headers)
        if answer.status_code in _MISTAKES or answer.json().get("reason") == "wrong_form":
            accepted(answer=answer)
        return answer.status_code, answer.text


def recipient_of(*, order: PlaceOrderV1) -> dict[str, str]:
    """Return who gets the goods; the data has households and stores, so the rest is made up."""
    household, store = order.customer_id.removeprefix("h"), order.delivery.region.removeprefix("r")
    return {
        "name": f"Household {household}",
        "phone": f"+1 555 {int(household) % 10_000:04}",
        "street": f"{int(household) % 200 + 1} Main Street",
        "city": f"Town of store {store}",
        "postcode": f"{int(store) % 100_000:05}",
    }


def _form(order: PlaceOrderV1) -> str:
    """Return the body of an order over HTTP: its id follows from the key in the header, its recipient is in clear."""
    form = order.model_dump(mode="json", exclude={"order_id", "idempotency_key"})
    form["delivery"]["recipient"] = recipient_of(order=order)
    return json.dumps(form)
