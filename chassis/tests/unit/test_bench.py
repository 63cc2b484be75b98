from datetime import timedelta

from toy import service as toy

from chassis.testing import Bench
from chassis.verdicts import Verdict


def bench(free: int = 10) -> Bench:
    it = Bench(service="toy", routes=toy.ROUTES, publisher=toy.PUBLISH, registry=toy.REGISTRY)
    it.given(toy.SHOW, "hamlet", toy.Show("hamlet", free))
    return it


def test_a_command_saves_tells_and_answers() -> None:
    """A command changes aggregates, emits the contract of its event, sets its timer and answers."""
    it = bench()
    then = it.send(toy.HoldSeatsV1(booking_id="b1", show="hamlet", seats=3))
    assert then.emitted == (toy.SeatsHeldV1(booking_id="b1", show="hamlet", seats=3),)
    assert (then.verdict, then.answer) == (Verdict.APPLIED, {"seats": 3})
    assert it.aggregate(toy.SHOW, "hamlet") == toy.Show("hamlet", 7)
    assert list(it.timers()) == ["hold:b1"]


def test_messages_of_a_batch_see_each_other() -> None:
    """The second message of a batch is decided on what the first one left."""
    it = bench(free=5)
    then = it.send(*(toy.HoldSeatsV1(booking_id=f"b{n}", show="hamlet", seats=2) for n in range(3)))
    assert [handled.outcome for handled in then.handled] == ["applied", "applied", "rejected"]
    assert it.aggregate(toy.SHOW, "hamlet") == toy.Show("hamlet", 1)


def test_a_timer_comes_back_as_a_message() -> None:
    """A timer that is due is handled at its time and is gone."""
    it = bench()
    it.send(toy.HoldSeatsV1(booking_id="b1", show="hamlet", seats=3))
    then = it.advance(timedelta(minutes=11))
    assert then.emitted == (toy.BookingCancelledV1(booking_id="b1", reason="hold_ended"),)
    assert it.timers() == {}


def test_an_answer_finishes_its_call() -> None:
    """A call's answer comes back with the call's data, and the call is gone."""
    it = bench()
    it.send(toy.HoldSeatsV1(booking_id="b1", show="hamlet", seats=3))
    it.send(toy.PayBookingV1(booking_id="b1", receipt="r1"))
    then = it.answer_call("charge:b1", {"verdict": "yes"})
    assert then.emitted == (toy.BookingPaidV1(booking_id="b1", receipt="r1"),)
    assert (it.calls(), it.timers()) == ({}, {})


def test_a_message_that_comes_too_early_is_tried_again() -> None:
    """A message that is not yet possible is parked and applied when what it needs is there."""
    it = bench()
    first = it.send(toy.CancelBookingV1(booking_id="b1"))
    it.send(toy.HoldSeatsV1(booking_id="b1", show="hamlet", seats=3))
    then = it.advance(timedelta(seconds=1))
    assert (first.verdict, then.verdict) == (Verdict.PARKED, Verdict.APPLIED)
    assert it.aggregate(toy.SHOW, "hamlet") == toy.Show("hamlet", 10)
    assert it.store.parked_messages == {}


def test_poison_is_a_dead_letter_and_a_refusal() -> None:
    """What a handler raises makes a dead letter of its message, tells the refusal, and changes nothing else."""
    it = bench()
    then = it.send(toy.HoldSeatsV1(booking_id="b1", show="hamlet", seats=3, note="bug"))
    assert then.verdict == Verdict.DEAD
    assert then.emitted == (toy.SeatsRefusedV1(booking_id="b1", reason="cannot_be_handled"),)
    assert [letter.error for letter in it.dead_letters()] == ["ZeroDivisionError: a bug of the handler"]
    assert it.aggregate(toy.SHOW, "hamlet") == toy.Show("hamlet", 10)
