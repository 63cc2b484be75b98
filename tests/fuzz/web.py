"""Target: the HTTP side of every service on PostgreSQL; what it publishes is handled and answered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI

from chassis.problems import MEDIA_TYPE
from fuzz.asgi import Answered, Asked
from fuzz.books import Site, databases, open_books, open_site
from fuzz.edits import Edit, drawn_edits, written
from fuzz.houses import NAMES, TOKEN
from fuzz.scenes import moments
from fuzz.target import Case, Target, Wrong
from fuzz.words import word

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "X")
HEADERS = (
    *(b"idempotency-key", b"authorization", b"content-type", b"traceparent", b"accept", b"content-length"),
    *(b"transfer-encoding", b"x-notice-id", b"x-timestamp", b"x-signature", b"cookie", b"host", b"x-\xff"),
)
VALUES = (
    *(b"", b" ", b"\0", b"\xff\xfe", b"x" * 81, b"x" * 201, b"x" * 70_000, b"Bearer", b"Bearer ", b"Basic Og=="),
    *(
        b"Bearer \xff",
        b"text/csv",
        b"application/json; charset=utf-16",
        b"application/x-ndjson",
        b"multipart/form-data",
    ),
    *(b"-1", b"999999999999", b"chunked", b"00-zz-zz-00", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-00"),
)


DOCUMENTED = frozenset({("/shipments/{shipment_id}/waybill", 503)})
"""Answers of 5xx that are right: nobody has told this process where the keys of customers are."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request that is right, before it is edited: its document holds path, query and headers, and its body."""

    service: str
    method: str
    path: str
    document: Mapping[str, Any]


class Web:
    """Nothing is answered with 5xx, and every refusal is a problem that says what is wrong."""

    def __init__(self, *, sites: Mapping[str, Site]) -> None:
        self._sites = sites
        self._operations = {name: _operations(site.app) for name, site in sites.items()}
        self._words = {name: _known_words(name) for name in sites}

    def draw(self, *, rng: Random) -> Case:
        """Draw an operation, what it is about, and edits of everything."""
        name = rng.choice(NAMES)
        method, path, names, queries = rng.choice(self._operations[name])
        document = {
            "path": {each: self._word(rng, name, each) for each in names},
            "query": {each: self._word(rng, name, each) for each in queries if rng.random() < 0.5},
            "body": self._body(rng, name, method, path),
            "key": f"key-{rng.randrange(50)}" if rng.random() < 0.3 else f"key-{rng.randrange(10**9)}",
        }
        edits = drawn_edits(rng=rng, document=document, most=2, raw=0.05, mild=0.3) if rng.random() < 0.8 else ()
        return Case(Wish(name, method, path, document), (*edits, *_around(rng)))

    async def run(self, *, case: Case) -> bool:
        """Ask."""
        asked = _asked(case)
        answered = await self._sites[case.seed.service].ask(asked=asked)
        if (case.seed.path, answered.status) not in DOCUMENTED:
            check_answer(answered=answered, method=asked.method)
        return answered.status < 400

    def show(self, *, case: Case) -> str:
        """Show the request."""
        asked = _asked(case)
        return f"{case.seed.service}: {asked.method} {asked.target[:300]!r} {asked.headers!r:.300} {asked.body[:300]!r}"

    def _word(self, rng: Random, name: str, field: str) -> str:
        if field == "limit":
            return str(rng.choice((1, 20, 100)))
        return rng.choice(self._words[name]) if rng.random() < 0.8 else str(word(rng, "word"))

    def _body(self, rng: Random, name: str, method: str, path: str) -> Any:
        if method != "POST":
            return {}
        found = _bodies(name, path)
        return rng.choice(found) if found else {}


def check_answer(*, answered: Answered, method: str) -> None:
    """Refuse a 5xx, and a 4xx that is no problem or names no field."""
    if answered.status >= 500 or answered.status < 200:
        raise Wrong(f"HTTP {answered.status}: {answered.body[:300]!r}")
    if answered.status < 400 or method == "HEAD":
        return
    if answered.headers.get("content-type") != MEDIA_TYPE:
        raise Wrong(f"HTTP {answered.status} is no problem: {answered.headers} {answered.body[:200]!r}")
    body = json.loads(answered.body)
    if not (body["detail"] and body["reason"] and body["status"] == answered.status and body["title"]):
        raise Wrong(f"HTTP {answered.status} lacks a member: {body}")
    if body["reason"] == "wrong_form" and not all(each["field"] and each["error"] for each in body["fields"]):
        raise Wrong(f"HTTP {answered.status} names no field: {body}")


def _operations(app: FastAPI) -> list[tuple[str, str, list[str], list[str]]]:
    found = []
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            parameters = operation.get("parameters", [])
            named = {place: [each["name"] for each in parameters if each["in"] == place] for place in ("path", "query")}
            found.append((method.upper(), path, named["path"], named["query"]))
    return found


def _known_words(name: str) -> tuple[str, ...]:
    """Return ids that stand in the books."""
    found = {key for moment in moments()[name][-1:] for _, key in moment.store.aggregates}
    return tuple(sorted(found))


def _bodies(name: str, path: str) -> list[Any]:
    """Return bodies for a write, made of the messages of the history."""
    types = {
        ("order", "/orders"): "order.place-order.v1",
        ("order", "/orders/{order_id}/cancel"): "order.cancel-order.v1",
        ("order", "/orders/{order_id}/confirm-receipt"): "order.confirm-receipt.v1",
        ("inventory", "/stock/{sku}/receipts"): "inventory.receive-stock.v1",
        ("payment", "/notices/{channel}"): "payment.record-channel-fact.v1",
        ("payment", "/statements"): "payment.record-statement-line.v1",
    }
    wanted = types.get((name, path))
    return [] if wanted is None else [_body(wanted, text) for text in _texts(name, wanted)]


def _texts(name: str, type_: str) -> list[bytes]:
    found = (message for moment in moments()[name] for message in moment.messages if message.type == type_)
    return [message.record.value or b"" for message in found][:40]


def _body(type_: str, text: bytes) -> Any:
    document = json.loads(text)
    for field in {"order.place-order.v1": ("order_id", "idempotency_key"), "inventory.receive-stock.v1": ("sku",)}.get(
        type_, ("order_id",) if type_.startswith("order.") else ()
    ):
        document.pop(field, None)
    if type_ == "order.place-order.v1":
        sealed = document["delivery"].pop("recipient", None)
        person = {"name": "Ann", "phone": "+1 555", "street": "Main Street 1", "city": "Springfield", "postcode": "1"}
        document["delivery"].update({"recipient": person} if sealed is None else {"sealed_recipient": sealed})
    return document


def _around(rng: Random) -> tuple[Edit, ...]:
    """Draw edits of method and headers."""
    chance = rng.random()
    if chance < 0.7:
        return ()
    if chance < 0.75:
        return (Edit("header", ("method",), rng.choice(METHODS)),)
    return tuple(
        Edit(rng.choice(("header", "header twice", "no header")), (rng.choice(HEADERS).decode("latin-1"),), value)
        for value in rng.sample(VALUES, rng.randint(1, 2))
    )


def _asked(case: Case) -> Asked:
    wish: Wish = case.seed
    of_body = tuple(each for each in case.edits if each.path[:1] == ("body",) or each.act in _RAW)
    inner = tuple(replace(each, path=each.path[1:]) if each.act not in _RAW else each for each in of_body)
    rest = tuple(each for each in case.edits if each not in of_body and each.act in {"put", "drop"})
    document = json.loads(written(document=dict(wish.document), edits=rest))
    places = document.get("path") if isinstance(document.get("path"), dict) else {}
    path = wish.path
    for name in dict(wish.document["path"]):
        path = path.replace("{" + name + "}", _quoted(places.get(name, "")))
    query = document.get("query") if isinstance(document.get("query"), dict) else {}
    target = path + ("?" + "&".join(f"{name}={_quoted(value)}" for name, value in query.items()) if query else "")
    body = (
        b"" if wish.method in {"GET", "DELETE"} and not inner else written(document=wish.document["body"], edits=inner)
    )
    asked = Asked(wish.method, target.encode("ascii", "replace"), _headers(wish, document.get("key")), body)
    for edit in case.edits:
        asked = _surrounded(asked, edit)
    return asked


_RAW = frozenset({"cut", "insert", "flip", "whole", "key twice"})


def _quoted(value: Any) -> str:
    return quote(str(value).encode("utf-8", "surrogatepass"), safe="")


def _headers(wish: Wish, key: Any) -> tuple[tuple[bytes, bytes], ...]:
    form = b"application/x-ndjson" if wish.path == "/statements" else b"application/json"
    token = (b"authorization", b"Bearer " + TOKEN.encode())
    return token, (b"idempotency-key", str(key).encode("utf-8", "replace")), (b"content-type", form)


def _surrounded(asked: Asked, edit: Edit) -> Asked:
    if edit.act not in {"header", "header twice", "no header"}:
        return asked
    name = str(edit.path[0]).encode("latin-1")
    if name == b"method":
        return replace(asked, method=edit.value)
    others = tuple(each for each in asked.headers if each[0] != name)
    if edit.act == "no header":
        return replace(asked, headers=others)
    return replace(asked, headers=(*(asked.headers if edit.act == "header twice" else others), (name, edit.value)))


@asynccontextmanager
async def web(address: str) -> AsyncIterator[Target]:
    """Open the sites of all services on databases of their own."""
    with databases(address=address) as fresh:
        async with AsyncExitStack() as stack:
            sites = {}
            for name in NAMES:
                books = await stack.enter_async_context(open_books(name=name, url=fresh(name)))
                site = open_site(
                    made=books.made, store=books.store, clock=books.clock, take=books.take, pool=books.pool
                )
                sites[name] = await stack.enter_async_context(site)
            yield Web(sites=sites)
