"""Reference data of the customer system: a compacted feed of accounts."""

from __future__ import annotations

from contracts.values import Contract, Id, Region, Sequence


class AccountChangedV1(Contract):
    """A customer account: whether it may order, and its region."""

    customer_id: Id
    active: bool
    region: Region
    sequence: Sequence
