"""Statements over HTTP: each line that can be read is taken, and what cannot be is named."""

from services.payment.tests.examples import statement_line
from services.payment.tests.shop import Shop
from services.payment.tests.unit.test_importing import HEAD, ROW

TOKEN = {"Authorization": "Bearer token"}
PATH = "/statements?statement_id=card-monday&channel=card"


async def test_lines_are_taken() -> None:
    """A statement becomes one command per line."""
    shop = Shop()
    taken = await shop.post(f"{HEAD}\n{ROW}\n".encode(), {**TOKEN, "Content-Type": "text/csv"}, path=PATH)
    assert (200, 1) == (taken.status_code, taken.json()["published"])
    assert [statement_line()] == [command for _, command in shop.commands.taken]


async def test_bad_lines_are_named_and_the_others_taken() -> None:
    """One bad line stops nothing, and the answer says which it was."""
    shop = Shop()
    body = f"{HEAD}\nrubbish\n{ROW}\n".encode()
    refused = await shop.post(body, {**TOKEN, "Content-Type": "text/csv; charset=utf-8"}, path=PATH)
    assert (422, "lines_refused", 1, 1) == (
        refused.status_code,
        refused.json()["reason"],
        refused.json()["published"],
        refused.json()["refused"],
    )
    assert ["line 2: the line has 1 cells, the head 7"] == refused.json()["errors"]


async def test_broker_that_is_gone_is_said() -> None:
    """Without a broker nobody knows which lines were taken, and the statement is sent again."""
    shop = Shop()
    shop.commands.reachable = False
    answer = await shop.post(f"{HEAD}\n{ROW}\n".encode(), {**TOKEN, "Content-Type": "text/csv"}, path=PATH)
    assert (503, "unknown") == (answer.status_code, answer.json()["reason"])


async def test_statement_of_an_unknown_format_is_refused() -> None:
    """What is neither CSV nor JSON lines is refused with what is allowed."""
    shop = Shop()
    headers = {**TOKEN, "Content-Type": "application/pdf"}
    refused = await shop.post(b"%PDF", headers, path="/statements")
    assert (415, "unknown_format") == (refused.status_code, refused.json()["reason"])
