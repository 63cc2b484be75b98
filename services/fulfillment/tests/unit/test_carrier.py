import base64
from collections.abc import Callable

import httpx
import pytest

from fulfillment.carrier import OrderKeys, opened
from fulfillment.domain.recipient import KeysUnavailable, RecipientErased, RecipientUnreadable

KEY = bytes(range(32))


def keys(answer: Callable[[httpx.Request], httpx.Response]) -> OrderKeys:
    return OrderKeys(client=httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://order"))


async def test_a_key_is_read_from_the_order_service() -> None:
    """The key of a customer is what the order service serves, decoded."""
    text = base64.b64encode(KEY).decode()
    found = keys(lambda request: httpx.Response(200, json={"key": text, "path": request.url.path}))
    assert KEY == await found.key_of(customer_id="c1")
    await found.close()


@pytest.mark.parametrize("status,error", [(410, RecipientErased), (404, RecipientUnreadable)])
async def test_a_key_that_is_gone_is_an_erased_customer(status: int, error: type[Exception]) -> None:
    """A customer whose key is gone is erased; one who never had a key cannot have sealed anything."""
    with pytest.raises(error):
        await keys(lambda _request: httpx.Response(status)).key_of(customer_id="c1")


@pytest.mark.parametrize(
    "response", [httpx.Response(500), httpx.Response(401), httpx.Response(200, json={}), httpx.Response(200, text="?")]
)
async def test_any_other_answer_is_no_key(response: httpx.Response) -> None:
    """Errors and nonsense of the order service are no keys, and no erasure either."""
    with pytest.raises(KeysUnavailable):
        await keys(lambda _request: response).key_of(customer_id="c1")


async def test_an_order_service_that_is_down_is_no_erasure() -> None:
    """A connection that fails says nothing about the customer."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down", request=request)

    with pytest.raises(KeysUnavailable):
        await keys(fail).key_of(customer_id="c1")


@pytest.mark.parametrize("sealed", ["", "???", base64.b64encode(bytes(40)).decode()])
def test_what_was_not_sealed_cannot_be_opened(sealed: str) -> None:
    """Text that was not sealed with the key is refused."""
    with pytest.raises(RecipientUnreadable):
        opened(sealed=sealed, key=KEY)
