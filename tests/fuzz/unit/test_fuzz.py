"""The fuzzer: every target bears some input, and a defect is found, shrunk and told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import ClassVar

import orjson
import pytest

from chassis.decision import Context, Decision, View
from chassis.feeds import Feeds, _Refused
from chassis.message import Record
from chassis.parser import Parser
from fuzz import deciding, parsing, statements, upstream
from fuzz.edits import Edit, drawn_edits, written
from fuzz.houses import service
from fuzz.plans import PLANS
from fuzz.scenes import moments
from fuzz.target import Case, Plan, Stalled, Target, fuzz
from payment.importing import LineReader

IN_PROCESS = [plan for plan in PLANS if not plan.postgres]
INPUTS = {"command lines": 20, "notices": 100}


@pytest.mark.parametrize("plan", IN_PROCESS, ids=lambda plan: plan.name)
async def test_bad_input_is_refused_by_name(plan: Plan) -> None:
    """A few hundred inputs for each target that needs no server are all handled; some are accepted, some refused."""
    tally = await fuzz(plan=plan, address="", seed=7, first=0, inputs=INPUTS.get(plan.name, 300))
    assert [] == tally.findings
    assert (True, True) == (tally.accepted > 0, tally.rejected > 0)


def test_the_shares_say_who_gets_how_many() -> None:
    """The shares of all targets are thousandths of one run."""
    assert 1_000 == sum(plan.share for plan in PLANS)


def test_the_same_number_is_the_same_input() -> None:
    """An input is drawn by its number alone, so that a finding can be had again."""
    target = parsing.Parsing()
    once, again = (target.draw(rng=Random("1 parser 17")) for _ in range(2))
    assert once == again


class _Careless:
    """A decoder that looks at a field without asking whether it is there."""

    document: ClassVar = {"order_id": "o1", "lines": [{"sku": "tea", "quantity": 1}], "note": "x"}

    def draw(self, *, rng: Random) -> Case:
        return Case(None, drawn_edits(rng=rng, document=self.document, raw=0))

    async def run(self, *, case: Case) -> bool:
        found = orjson.loads(written(document=self.document, edits=case.edits))
        if found["note"] == "":
            raise Stalled("it goes on for ever")
        return bool(found["order_id"])

    def show(self, *, case: Case) -> str:
        return str(self.document)


@asynccontextmanager
async def careless(_address: str) -> AsyncIterator[Target]:
    yield _Careless()


async def test_a_careless_decoder_is_found() -> None:
    """A decoder that raises KeyError is found, with the one edit that does it and how to have it again."""
    tally = await fuzz(plan=Plan("careless", 1, careless), address="", seed=1, first=0, inputs=400)
    (story,) = [text for text in tally.findings if "KeyError: 'order_id'" in text]
    assert 1 == story.count("  edit: ")
    assert "edit: drop order_id None" in story
    assert '--seed 1 --only "careless" --input ' in story
    assert tally.unhandled > 0


async def test_a_stalled_target_is_counted_apart() -> None:
    """What goes on for ever is stalled, and not counted as unhandled only."""
    tally = await fuzz(plan=Plan("careless", 1, careless), address="", seed=1, first=0, inputs=400)
    assert tally.stalled > 0
    assert "1 stalled" in str(replace(tally, stalled=1))


async def test_a_handler_that_raises_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler that lets a KeyError escape is found, although the processor makes a dead letter of it."""

    def careless_handler(command: object, view: View, context: Context) -> Decision:
        raise KeyError("sku")

    moments()  # the history is made with whole handlers
    routes = service(name="billing").routes
    route = routes["billing.issue-invoice.v1"]
    monkeypatch.setitem(routes._routes, route.type, replace(route, handler=careless_handler))
    tally = await fuzz(plan=Plan("handlers", 1, deciding.deciding), address="", seed=1, first=0, inputs=300)
    assert any("a handler raised" in text and "KeyError" in text for text in tally.findings)


async def test_a_parser_that_raises_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that trusts the key to be UTF-8 is found."""
    real = Parser.record

    def trusting(self: Parser, *, record: Record) -> object:
        (record.key or b"").decode()
        return real(self, record=record)

    monkeypatch.setattr(Parser, "record", trusting)
    tally = await fuzz(plan=Plan("parser", 1, parsing.parsing), address="", seed=1, first=0, inputs=500)
    (story,) = tally.findings
    assert "UnicodeDecodeError" in story
    assert 1 == story.count("  edit: key")


def test_an_edit_whose_place_is_gone_does_nothing() -> None:
    """Edits can be left out one by one: one that finds its place taken away leaves the document as it is."""
    edits = (Edit("drop", ("a",)), Edit("put", ("a", "b"), 1))
    assert b"{}" == written(document={"a": {"b": 0}}, edits=edits)


async def test_a_feed_that_refuses_what_is_right_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed that sets every record aside, the good one before the bad one, too, is found."""

    def refusing(_self: Feeds, _record: Record) -> None:
        raise _Refused("nothing is good enough")

    monkeypatch.setattr(Feeds, "_read", refusing)
    tally = await fuzz(plan=Plan("feeds", 1, upstream.upstream), address="", seed=1, first=0, inputs=3)
    assert any("a good record was set aside" in text for text in tally.findings)


async def test_a_line_that_vanishes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement whose lines are passed over without a word is found."""
    monkeypatch.setattr(LineReader, "read", lambda _self, _text: None)
    tally = await fuzz(plan=Plan("statements", 1, statements.statements), address="", seed=1, first=0, inputs=3)
    assert any("0 published, 0 refused" in text for text in tally.findings)
