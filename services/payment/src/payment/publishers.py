"""Out: domain event to contract. The only place that names a version going out."""

from __future__ import annotations

from chassis.publisher import Publisher
from contracts import payment as contract
from contracts import tenders
from payment.domain import events

PUBLISH = Publisher(
    {
        events.TenderIssued: tenders.TenderIssuedV1,
        events.BalanceToppedUp: tenders.BalanceToppedUpV1,
        events.TendersLocked: tenders.TendersLockedV1,
        events.TendersRefused: tenders.TendersRefusedV1,
        events.TendersReleased: tenders.TendersReleasedV1,
        events.PaymentRequested: contract.PaymentRequestedV1,
        events.PaymentDeclined: contract.PaymentDeclinedV1,
        events.PaymentCaptured: contract.PaymentCapturedV1,
        events.PaymentReconciled: contract.PaymentReconciledV1,
        events.PaymentMismatched: contract.PaymentMismatchedV1,
        events.PaymentCancelled: contract.PaymentCancelledV1,
        events.CancelRefused: contract.CancelRefusedV1,
        events.PaymentRefunded: contract.PaymentRefundedV1,
        events.RefundRefused: contract.RefundRefusedV1,
        events.ExcessRefunded: contract.ExcessRefundedV1,
        events.OrderSettled: contract.OrderSettledV1,
        events.ExceptionOpened: contract.ExceptionOpenedV1,
    }
)
