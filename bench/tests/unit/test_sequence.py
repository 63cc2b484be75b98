"""The check that nothing is lost and nothing overtaken, on the way from the journal to the topics."""

from bench.targets.sequence import Sent, Written, compare_sequence


def _written(*ids: str, key: str = "a") -> list[Written]:
    return [Written(message_id=each, topic="t", key=key) for each in ids]


def _sent(*ids: str) -> list[Sent]:
    return [Sent(message_id=each, topic="t") for each in ids]


def test_each_key_has_its_own_order() -> None:
    """Messages of other keys may come between and before."""
    written = [*_written("1", "2", key="a"), *_written("3", "4", key="b")]
    assert [] == compare_sequence(written=written, sent=_sent("3", "1", "4", "2"))


def test_a_repetition_is_no_inversion() -> None:
    """A message that was sent again counts where it came first."""
    assert [] == compare_sequence(written=_written("1", "2"), sent=_sent("1", "2", "1"))


def test_an_overtaken_message_is_found() -> None:
    """A message that stands on its topic before an earlier one of its key is said."""
    assert ["2 of a was overtaken on t", "1 overtaken"] == compare_sequence(
        written=_written("1", "2"), sent=_sent("2", "1")
    )


def test_a_lost_message_is_found() -> None:
    """A message that was journalled and is on no topic is said."""
    assert ["2 of a is not on t", "1 lost"] == compare_sequence(written=_written("1", "2"), sent=_sent("1"))
