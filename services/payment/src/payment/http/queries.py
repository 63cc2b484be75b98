"""Reads: the payment, the ledger, what customers own, what needs a person."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import TypeAdapter

from chassis.http import HttpPorts
from payment.domain.payment import Payment
from payment.http.views import (
    AccountView,
    BalanceView,
    PaymentView,
    PayoutView,
    PostingView,
    TenderView,
    payouts_of,
)

PAYMENT: TypeAdapter[Payment] = TypeAdapter(Payment)
Limit = Annotated[int, Query(ge=1, le=1_000)]
After = Annotated[str, Query(max_length=120, description="the last id of the page before")]


def add_queries(router: APIRouter, ports: HttpPorts) -> None:
    """Add the reads."""
    _orders(router, ports)
    _customers(router, ports)
    _books(router, ports)


def _orders(router: APIRouter, ports: HttpPorts) -> None:
    @router.get("/payments/{order_id}")
    async def show_payment(order_id: str) -> PaymentView:
        """Show the payment of an order."""
        row = await ports.queries.fetch_one("show_payment", order_id)
        if row is None:
            raise HTTPException(404, f"Order {order_id} has no payment.")
        return PaymentView.of(payment=PAYMENT.validate_json(row["document"]))

    @router.get("/payments/{order_id}/ledger")
    async def show_ledger(order_id: str) -> list[PostingView]:
        """Show what was booked for an order, in the order of time."""
        rows = await ports.queries.fetch("show_ledger", order_id)
        return [PostingView.model_validate(row) for row in rows]


def _customers(router: APIRouter, ports: HttpPorts) -> None:
    @router.get("/customers/{customer_id}/balances")
    async def show_balances(customer_id: str) -> list[BalanceView]:
        """Show the stored value of a customer; who has none has none."""
        rows = await ports.queries.fetch("show_balances", customer_id)
        return [BalanceView.model_validate(row) for row in rows]

    @router.get("/customers/{customer_id}/tenders")
    async def show_tenders(customer_id: str) -> list[TenderView]:
        """Show the coupons, red packets and points of a customer."""
        rows = await ports.queries.fetch("show_tenders", customer_id)
        return [TenderView.model_validate(row) for row in rows]


def _books(router: APIRouter, ports: HttpPorts) -> None:
    @router.get("/trial-balance")
    async def show_trial_balance() -> list[AccountView]:
        """Show what every account holds; per currency it sums to zero."""
        rows = await ports.queries.fetch("show_trial_balance")
        return [AccountView.model_validate(row) for row in rows]

    @router.get("/exceptions")
    async def list_exceptions(
        *, after: After = "", include_resolved: bool = False, limit: Limit = 100
    ) -> list[dict[str, Any]]:
        """List reconciliation differences by number, open ones or all."""
        rows = await ports.queries.fetch("list_exceptions", after, include_resolved, limit)
        return [json.loads(row["document"]) for row in rows]

    @router.get("/payouts")
    async def list_payouts(*, after: After = "", limit: Limit = 100) -> list[PayoutView]:
        """List refunds of transfers and cash, which a person pays out, by order."""
        rows = await ports.queries.fetch("list_payouts", after, limit)
        found = (PAYMENT.validate_json(row["document"]) for row in rows)
        return [payout for payment in found for payout in payouts_of(payment=payment)]
