"""A notice proves where it comes from."""

import pytest

from payment.signatures import SIGNATURE, TIMESTAMP, Forgery, Signer

SIGNER = Signer(b"a secret of both sides")
NOW = 1_767_600_000


@pytest.mark.parametrize("age", [-300, -299, 0, 299, 300])
def test_signature_is_good_for_five_minutes(age: int) -> None:
    """A signature that is at most 300 s old or young is accepted."""
    assert None is SIGNER.forgery(headers=SIGNER.headers(body=b"{}", now=NOW - age), body=b"{}", now=NOW)


@pytest.mark.parametrize("age", [-301, 301, 10_000])
def test_signature_outside_the_window_is_refused(age: int) -> None:
    """A signature that is 301 s away is a replay, however right it is."""
    headers = SIGNER.headers(body=b"{}", now=NOW - age)
    assert Forgery.OUTSIDE_WINDOW == SIGNER.forgery(headers=headers, body=b"{}", now=NOW)


def test_body_that_was_changed_is_refused() -> None:
    """One byte of the body more breaks the signature."""
    assert Forgery.NO_MATCH == SIGNER.forgery(headers=SIGNER.headers(body=b"{}", now=NOW), body=b"{} ", now=NOW)


def test_timestamp_that_was_changed_is_refused() -> None:
    """A fresh timestamp on an old signature does not match."""
    headers = SIGNER.headers(body=b"{}", now=NOW - 400) | {TIMESTAMP: str(NOW)}
    assert Forgery.NO_MATCH == SIGNER.forgery(headers=headers, body=b"{}", now=NOW)


def test_another_secret_is_refused() -> None:
    """Who does not know the secret cannot sign."""
    headers = Signer(b"another").headers(body=b"{}", now=NOW)
    assert Forgery.NO_MATCH == SIGNER.forgery(headers=headers, body=b"{}", now=NOW)


@pytest.mark.parametrize("signature", ["", "00", "é", "0" * 64])
def test_signature_that_is_none_is_refused(signature: str) -> None:
    """Whatever stands in the header, only the right signature matches."""
    headers = {TIMESTAMP: str(NOW), SIGNATURE: signature}
    assert Forgery.NO_MATCH == SIGNER.forgery(headers=headers, body=b"", now=NOW)


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", "٣", "9" * 400])
def test_timestamp_that_is_none_is_refused(timestamp: str) -> None:
    """A timestamp is a number of unix seconds."""
    assert Forgery.NO_TIMESTAMP == SIGNER.forgery(headers={TIMESTAMP: timestamp}, body=b"", now=NOW)
    assert Forgery.NO_TIMESTAMP == SIGNER.forgery(headers={}, body=b"", now=NOW)


def test_secret_is_not_shown() -> None:
    """The secret does not stand in logs."""
    assert "secret" not in repr(SIGNER)
