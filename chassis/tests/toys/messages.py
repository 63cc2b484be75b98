"""What teller and vault say to each other: their own registry and topics."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.registry import MessageType, Registry
from contracts.topics import Topic
from contracts.values import Contract

PARTITIONS = 6
DAY_MS = 24 * 60 * 60 * 1000


class DepositV1(Contract):
    account: str
    number: Annotated[int, Field(ge=1)]
    amount: Annotated[int, Field(ge=1)]


class StoreV1(Contract):
    account: str
    number: int
    amount: int
    slip_bytes: int = 0


class StoredV1(Contract):
    account: str
    number: int
    amount: int
    slip: str = ""


class InsuredV1(Contract):
    account: str
    number: int


class ConfirmedV1(Contract):
    account: str
    number: int


class RatePublishedV1(Contract):
    safe: str
    rate: Annotated[int, Field(ge=0)]
    sequence: Annotated[int, Field(ge=0)]


REGISTRY = Registry(
    types=(
        MessageType("teller.deposit.v1", DepositV1, "teller.commands", "command", "account"),
        MessageType("teller.confirmed.v1", ConfirmedV1, "teller.events", "event", "account"),
        MessageType("vault.store.v1", StoreV1, "vault.commands", "command", "account"),
        MessageType("vault.stored.v1", StoredV1, "vault.events", "event", "account"),
        MessageType("vault.insured.v1", InsuredV1, "vault.events", "event", "account"),
        MessageType("bank.rate-published.v1", RatePublishedV1, "bank.rates", "feed", "safe"),
    )
)


def _topics(name: str) -> tuple[Topic, ...]:
    return tuple(
        Topic(f"{name}.{what}", name, PARTITIONS, "delete", DAY_MS) for what in ("commands", "events", "dead-letters")
    )


TOPICS = (*_topics("teller"), *_topics("vault"), Topic("bank.rates", "bank", 2, "compact", -1))
