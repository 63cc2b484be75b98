"""What the services and the provider say of the orders, asked over HTTP after the replay."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from simulators.channel.protocol import Statement
from simulators.channel.signatures import Signer
from simulators.house.addresses import SERVICES, Addresses

PAGE = 5_000
_ASK_SECONDS = 30.0

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What there is at a moment: units by sku over all warehouses, and the ledger by account, a debit positive."""

    on_hand: Counter[str] = field(default_factory=Counter)
    reserved: Counter[str] = field(default_factory=Counter)
    accounts: Counter[str] = field(default_factory=Counter)

    def account(self, *names: str) -> int:
        """Return the sum of these accounts; a name that ends with a colon stands for all that begin with it."""
        return sum(
            amount
            for account, amount in self.accounts.items()
            if any(account == name or (name.endswith(":") and account.startswith(name)) for name in names)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Every service's facts by order, the provider's bookings by order, and what there is."""

    orders: Mapping[str, Facts]
    inventory: Mapping[str, Facts]
    payment: Mapping[str, Facts]
    fulfillment: Mapping[str, Facts]
    billing: Mapping[str, Facts]
    captured: Counter[str] = field(default_factory=Counter)
    refunded: Counter[str] = field(default_factory=Counter)
    now: Holdings = field(default_factory=Holdings)

    def at_rest(self, *, order_id: str) -> bool:
        """Say whether an order is known, has ended, and no saga of it waits for anything."""
        return bool(self.orders.get(order_id, {}).get("terminal"))


class Clerk:
    """Asks for the books."""

    def __init__(self, *, addresses: Addresses, client: httpx.AsyncClient) -> None:
        """Take where to ask."""
        self._addresses = addresses
        self._client = client
        self._signer = Signer(secret=addresses.channel_secret.encode())

    async def ask(self, *, service: str, path: str, **query: Any) -> Any:
        """Return the answer of one query."""
        answer = await self._client.get(
            f"{self._addresses.urls[service]}{path}",
            params=query,
            headers=self._addresses.authorization(service=service),
            timeout=_ASK_SECONDS,
        )
        answer.raise_for_status()
        return answer.json()

    async def books(self, *, since: date) -> Books:
        """Return all books; the provider's since that day."""
        facts = await asyncio.gather(*(self._facts(service) for service in SERVICES))
        by_service = dict(zip(SERVICES, facts, strict=True))
        captured, refunded = await self._bookings(since)
        return Books(
            orders=by_service["order"],
            inventory=by_service["inventory"],
            payment=by_service["payment"],
            fulfillment=by_service["fulfillment"],
            billing=by_service["billing"],
            captured=captured,
            refunded=refunded,
            now=await self.holdings(),
        )

    async def holdings(self) -> Holdings:
        """Return the stock and the ledger."""
        on_hand, reserved = await self._stock()
        balance = await self.ask(service="payment", path="/trial-balance")
        accounts = Counter({row["account"]: row["amount"] for row in balance})
        return Holdings(on_hand=on_hand, reserved=reserved, accounts=accounts)

    async def _facts(self, service: str) -> dict[str, Facts]:
        found: dict[str, Facts] = {}
        after = ""
        while page := await self.ask(service=service, path="/audit/orders", after=after, limit=PAGE):
            found |= {row["order_id"]: row["facts"] for row in page}
            after = page[-1]["order_id"]
        return found

    async def _bookings(self, since: date) -> tuple[Counter[str], Counter[str]]:
        captured: Counter[str] = Counter()
        refunded: Counter[str] = Counter()
        for day in _days(since):
            path = f"/statements/{day.isoformat()}"
            headers = self._signer.headers(body=b"", now=int(datetime.now(UTC).timestamp()))
            answer = await self._client.get(f"{self._addresses.world}{path}", headers=headers, timeout=_ASK_SECONDS)
            answer.raise_for_status()
            for line in Statement.model_validate_json(answer.content).lines:
                (captured if line.kind == "capture" else refunded)[line.order_id] += line.amount
        return captured, refunded

    async def _stock(self) -> tuple[Counter[str], Counter[str]]:
        on_hand: Counter[str] = Counter()
        reserved: Counter[str] = Counter()
        after: dict[str, str] = {}
        while page := await self.ask(service="inventory", path="/stock", limit=PAGE, **after):
            for place in page:
                on_hand[place["sku"]] += place["on_hand"]
                reserved[place["sku"]] += place["reserved"]
            after = {"after_sku": page[-1]["sku"], "after_warehouse": page[-1]["warehouse_id"]}
        return on_hand, reserved


def _days(since: date) -> Iterable[date]:
    today = datetime.now(UTC).date()
    return (since + timedelta(days=number) for number in range((today - since).days + 1))
