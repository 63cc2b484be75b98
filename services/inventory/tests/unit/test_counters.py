from chassis.decision import Call, Context
from chassis.testing import MONDAY
from inventory.domain.counters import PERIOD, CheckCounters, CountersChecked
from inventory.domain.kinds import COUNTER_CHECK
from inventory.handlers.counters import CHECK, check_counters, counters_checked

CONTEXT = Context(now=MONDAY, message_id="m1", key=CHECK)


class Nothing:
    def get(self, kind: object, key: str) -> None:
        raise AssertionError("the check reads no aggregate")

    def find(self, kind: object, keys: list[str]) -> list[object]:
        raise AssertionError("the check reads no aggregate")


def test_a_check_asks_the_database() -> None:
    """A check that is due becomes a call, one per check."""
    decision = check_counters(CheckCounters(), Nothing(), CONTEXT)  # type: ignore[arg-type]  # a view that nobody may read
    assert (Call(id=f"{CHECK}:m1", name=CHECK, key=CHECK),) == decision.calls


def test_what_a_check_found_is_kept_and_the_next_one_is_set() -> None:
    """The answer is a row, and the next check is an hour later."""
    found = CountersChecked(drifts=({"sku": "tea", "reserved": 5},))
    decision = counters_checked(found, Nothing(), CONTEXT)  # type: ignore[arg-type]  # a view that nobody may read
    (row,), (timer,) = decision.rows, decision.timers
    assert (COUNTER_CHECK, found.drifts, CHECK, MONDAY + PERIOD) == (row.kind, row.row.drifts, timer.id, timer.due)
