"""From what asyncpg raises to what the processor knows; what has no translation is a defect, and ends the process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from chassis.store.errors import BadData, Repeated, StoreError, Unavailable, UnknownOutcome

# InternalClientError: asyncpg's state machine, surprised by a connection that ended between two statements.
DRIVER_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
    UnicodeEncodeError,
)

# ProgramLimitExceededError: a value that is too long for an index, too deep or too large for jsonb; it will not pass.
_TOO_MUCH = (asyncpg.DataError, asyncpg.ProgramLimitExceededError)
# The driver repeats what it cannot send: "argument $2: [1099511627776] (value out of int32 range)".
_VALUE = re.compile(r"(query argument \$\d+):.*(\([^()]*\))$")
_DEFECTS = ("0A", "42")  # feature not supported; syntax, unknown table or column, missing right
_LOST = ("08", "57")  # connection, shutdown: the answer may be lost though the work was done


@contextmanager
def translating() -> Iterator[None]:
    """Raise StoreErrors for what the database or the connection raises."""
    try:
        yield
    except DRIVER_ERRORS as error:
        if (translated := translate(error)) is None:
            raise
        raise translated from error


@contextmanager
def committing() -> Iterator[None]:
    """Raise UnknownOutcome for the lost answer of what commits; a refusal by the server or the client is a refusal."""
    try:
        yield
    except asyncpg.PostgresError as error:
        if (error.sqlstate or "08")[:2] in _LOST:
            raise UnknownOutcome(_words(error)) from error
        raise
    except DRIVER_ERRORS as error:
        if _is_client_data_error(error):
            raise
        raise UnknownOutcome(_words(error)) from error


def translate(error: BaseException) -> StoreError | None:
    """Return the StoreError of a driver error; None for a defect."""
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return _constraint(error)
    if _is_client_data_error(error):
        return BadData(_VALUE.sub(r"\1 \2", _words(error)))
    if isinstance(error, _TOO_MUCH):
        return BadData(_words(error))
    if isinstance(error, asyncpg.PostgresError):
        defect = (error.sqlstate or "")[:2] in _DEFECTS
        return None if defect else Unavailable(_words(error))
    return Unavailable(_words(error))


def _constraint(error: asyncpg.IntegrityConstraintViolationError) -> StoreError:
    """Name the constraint and not the row: its values may be private."""
    if error.constraint_name == "inbox_pkey":
        return Repeated("an id is in the inbox")
    return BadData(f"{type(error).__name__}: {error.table_name}: {error.constraint_name or error.column_name}")


def _is_client_data_error(error: BaseException) -> bool:
    """Return whether asyncpg itself refused a value, before the server saw it."""
    return isinstance(error, UnicodeEncodeError) or (
        isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)
    )


def _words(error: BaseException) -> str:
    first = str(error).splitlines()[0] if str(error) else ""
    return f"{type(error).__name__}: {first}"
