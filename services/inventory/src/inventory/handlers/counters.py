"""The regular check of the counters: asked of the database between two transactions, and kept."""

from chassis.decision import Append, Call, Context, Decision, Timer, View
from inventory.domain.counters import PERIOD, CheckCounters, CounterCheck, CountersChecked
from inventory.domain.kinds import COUNTER_CHECK

CHECK = "check-counters"


def check_counters(_command: CheckCounters, _view: View, context: Context) -> Decision:
    """Ask for the comparison."""
    return Decision(calls=(Call(id=f"{CHECK}:{context.message_id}", name=CHECK, key=context.key),))


def counters_checked(command: CountersChecked, _view: View, context: Context) -> Decision:
    """Keep what was found, and set the next check."""
    check = CounterCheck(checked_at=context.now, drifts=command.drifts)
    return Decision(
        rows=(Append(COUNTER_CHECK, check, unique=context.now.isoformat()),),
        timers=(Timer(id=CHECK, name=CHECK, key=context.key, due=context.now + PERIOD),),
    )
