"""Messages of the regular audit, which the order service owns: what it found, and what came of that."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.values import Contract, Id, Moment, Text

Invariant = Literal["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9"]


class CloseExceptionV1(Contract):
    """Close an exception of the audit by hand; it opens again only when something else is found of the same subject."""

    audit: Annotated[
        Literal["audit"], Field(description="the same for all: one owner decides everything about the audit")
    ] = "audit"
    exception_id: Id
    operator: Id
    reason: Annotated[str, Field(min_length=1, max_length=500, description="why it is closed, for a person")]


class ExceptionOpenedV1(Contract):
    """The regular audit found an invariant broken that was not known to be: a person must look."""

    exception_id: Id
    invariant: Invariant
    says: Annotated[str, Field(max_length=500, description="the fact that should hold")]
    owner: Annotated[str, Field(max_length=80, description="the service that must look")]
    subject: Annotated[str, Field(max_length=500, description="what it is about")]
    found: Text
    opened_at: Moment


class ExceptionClosedV1(Contract):
    """An exception of the audit needs nobody any more: it is no longer seen, or an operator closed it."""

    exception_id: Id
    closed_by: Id
    reason: Text
    closed_at: Moment
