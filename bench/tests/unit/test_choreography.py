"""The textbook's table of reactions: every event finds who listens, and every way through it comes to an end."""

from bench.choreography.reactions import COMMANDS, ENDS, LISTENS, REACTIONS


def _outcomes(type_: str) -> set[str]:
    """Return the ends that an event can lead to; nobody who reacts to it makes it an end itself."""
    after = [
        event
        for reactions in REACTIONS.values()
        if type_ in reactions
        for event in (reactions[type_].event, reactions[type_].refused)
        if event
    ]
    return {type_} if not after else {end for event in after for end in _outcomes(event)}


def test_each_way_comes_to_an_end() -> None:
    """From the command both ends can be reached, and nothing else is left over."""
    assert set(ENDS) == _outcomes("place-order")


def test_each_event_is_heard() -> None:
    """A service listens to the topic of each event that it reacts to."""
    topics = {
        event: service
        for service, reactions in REACTIONS.items()
        for reaction in reactions.values()
        for event in (reaction.event, reaction.refused)
        if event
    } | {"place-order": COMMANDS}
    deaf = [
        f"{service} does not hear {type_}"
        for service, reactions in REACTIONS.items()
        for type_ in reactions
        if topics[type_] not in LISTENS[service]
    ]
    assert [] == deaf
