"""Place an order: check it, write its terms, and begin its checkout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from chassis import saga as engine
from chassis.decision import Context, Decision, View
from order.domain import ids
from order.domain.agreement import agree
from order.domain.checkout import check
from order.domain.commands import PlaceOrder
from order.domain.events import OrderRejected
from order.domain.lifecycle import State, Trigger
from order.domain.order import ORDER, Order
from order.domain.profiles import PROFILES, Profile, ProfileName
from order.domain.quote import Catalogue, Quote
from order.domain.reference import ACCOUNT, COVERAGE, FREIGHT, MERCHANT, OFFER, PRODUCT, tariff_key
from order.handlers.draft import Draft, unchanged
from order.handlers.following import follow
from order.saga import CHECKOUT, CHECKOUT_KEY, checkout_plan

Profiles = Mapping[ProfileName, Profile]


def place_order(command: PlaceOrder, view: View, context: Context, *, profiles: Profiles = PROFILES) -> Decision:
    """Accept an order as it was shown, or refuse it with the figures of now."""
    known = view.get(ORDER, command.order_id)
    if known is not None:
        return _again(command, Draft(order=known, view=view, context=context))
    catalogue = _catalogue(command, view)
    quote = check(command=command, catalogue=catalogue, now=context.now)
    if quote.accepted and quote.priced is not None:
        terms = agree(
            command=command,
            catalogue=catalogue,
            priced=quote.priced,
            profile=profiles[command.profile],
            now=context.now,
        )
        draft = Draft(order=_order(command, context), view=view, context=context, who="customer")
        draft.agree(terms)
        draft.note("placed", unsettled=tuple(merchant.part for merchant in terms.merchants), cash=_is_cash(command))
        plan = checkout_plan(terms=terms)
        deadline = terms.placed_at + terms.pay_within if terms.pay_within else None
        move = engine.start(saga=CHECKOUT, plan=plan, now=context.now, deadline=deadline)
        follow(draft, CHECKOUT_KEY, move)
        return draft.decision()
    return _refuse(command, quote, view, context)


def _is_cash(command: PlaceOrder) -> bool:
    return command.profile is ProfileName.COD


def _again(command: PlaceOrder, draft: Draft) -> Decision:
    if draft.order.fingerprint != ids.fingerprint(command=command):
        return unchanged(draft=draft, outcome="rejected", answer={"reason": "other_order_under_this_id"})
    return unchanged(draft=draft, answer=_figures(draft.order.rejection))


def _refuse(command: PlaceOrder, quote: Quote, view: View, context: Context) -> Decision:
    """A refused order is kept, but for one under an id that is not its own: that id may belong to another."""
    rejection = quote.rejection(command=command)
    answer = {"order_id": command.order_id, "state": State.REJECTED.value, **_figures(rejection)}
    if rejection.reason == "order_id_mismatch":
        return Decision(emits=(rejection,), outcome="rejected", answer=answer)
    draft = Draft(order=_order(command, context), view=view, context=context, who="customer")
    draft.change(rejection=rejection, why=rejection.reason)
    draft.move(Trigger.REFUSED, why=rejection.reason)
    draft.emit(rejection)
    return draft.decision(outcome="rejected", answer=answer)


def _figures(rejection: OrderRejected | None) -> Mapping[str, object]:
    if rejection is None:
        return {}
    told = asdict(rejection)
    return {name: told[name] for name in ("reason", "detail", "lines", "freight_now", "due_now")}


def _order(command: PlaceOrder, context: Context) -> Order:
    return Order(
        order_id=command.order_id,
        customer_id=command.customer_id,
        profile=command.profile,
        state=State.PLACING,
        since=context.now,
        placed_at=context.now,
        fingerprint=ids.fingerprint(command=command),
    )


def _catalogue(command: PlaceOrder, view: View) -> Catalogue:
    skus = list(dict.fromkeys(line.sku for line in command.lines))
    offers = list(dict.fromkeys(line.offer_id for line in command.lines))
    products = {product.sku: product for product in view.find(PRODUCT, skus)}
    merchants = list(dict.fromkeys(product.merchant_id for product in products.values()))
    return Catalogue(
        account=view.get(ACCOUNT, command.customer_id),
        products=products,
        offers={offer.offer_id: offer for offer in view.find(OFFER, offers)},
        merchants={merchant.merchant_id: merchant for merchant in view.find(MERCHANT, merchants)},
        tariff=view.get(FREIGHT, tariff_key(method=command.delivery.method, currency=command.currency)),
        coverage=view.get(COVERAGE, command.delivery.region),
    )
