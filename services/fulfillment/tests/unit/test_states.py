from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.domain.states import (
    BEFORE_DISPATCH,
    CARRIER,
    ENDED,
    ON_THE_WAY,
    TRANSITIONS,
    ShipmentState,
    Trigger,
    after,
    rolled_up,
)
from fulfillment.domain.vocabulary import OURS, VOCABULARIES, meaning


def test_every_state_and_trigger_is_in_the_table() -> None:
    """Each state and each trigger occurs in the table of transitions."""
    states = {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values())
    assert (set(ShipmentState), set(Trigger)) == (states, {trigger for _, trigger in TRANSITIONS})


def test_every_state_can_end() -> None:
    """From each state some end can be reached."""
    ends = set(ENDED)
    for _ in ShipmentState:
        ends |= {state for (state, _), then in TRANSITIONS.items() if then in ends}
    assert set(ShipmentState) == ends


def test_an_interception_stops_whatever_has_not_left() -> None:
    """Before the dispatch every state can be intercepted, after it none."""
    assert {ShipmentState.INTERCEPTED} == {after(state=each, trigger=Trigger.INTERCEPT) for each in BEFORE_DISPATCH}
    assert {None} == {after(state=each, trigger=Trigger.INTERCEPT) for each in (*ON_THE_WAY, *ENDED[:3])}


@pytest.mark.parametrize("state", ON_THE_WAY)
def test_no_word_moves_a_parcel_back(state: ShipmentState) -> None:
    """Every word of a carrier leaves a parcel where it is or moves it on."""
    rank = (*ON_THE_WAY, ShipmentState.DELIVERED, ShipmentState.REFUSED, ShipmentState.LOST)
    reached = [after(state=state, trigger=each) for each in CARRIER]
    assert all(each is not None and rank.index(each) >= rank.index(state) for each in reached)


@pytest.mark.parametrize("state,trigger", list(product(ENDED, CARRIER)))
def test_what_has_ended_stays_ended(state: ShipmentState, trigger: Trigger) -> None:
    """A word after the end changes nothing."""
    assert state == after(state=state, trigger=trigger)


@given(words=st.lists(st.sampled_from(CARRIER), max_size=8))
def test_words_in_any_order_end_once(words: list[Trigger]) -> None:
    """Whatever carriers say after a dispatch, the first end stays."""
    state, ends = ShipmentState.DISPATCHED, []
    for each in words:
        found = after(state=state, trigger=each)
        assert found is not None
        state = found
        ends += [state] if state in ENDED else []
    assert len(set(ends)) <= 1


def test_the_least_advanced_parcel_counts() -> None:
    """A shipment is where its last parcel is; at the end the worst outcome counts."""
    moving = [ShipmentState.DELIVERED, ShipmentState.IN_TRANSIT, ShipmentState.OUT_FOR_DELIVERY]
    assert ShipmentState.IN_TRANSIT == rolled_up(parcels=moving)
    assert ShipmentState.REFUSED == rolled_up(parcels=[ShipmentState.DELIVERED, ShipmentState.REFUSED])


def test_every_vocabulary_can_say_how_it_ended() -> None:
    """Each carrier has words for delivered, refused and lost, and only words of carriers."""
    for words in (OURS, *VOCABULARIES.values()):
        triggers = {each.trigger for each in words.values()}
        assert {Trigger.DELIVER, Trigger.REFUSE, Trigger.LOSE} <= triggers <= set(CARRIER)


def test_every_carrier_may_use_our_words() -> None:
    """A carrier without a vocabulary is understood in our own words, and an unknown word has no meaning."""
    assert OURS["delivered"] == meaning(carrier="unheard-of", code="delivered")
    assert meaning(carrier="hare", code="???") is None
