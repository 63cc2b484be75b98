"""State diagrams, drawn from the tables that the code runs on."""

from __future__ import annotations

from order.domain.lifecycle import LOCKS, OUTCOMES, State
from order.domain.profiles import Profile
from order.domain.rollup import ENDED, SUB_TRANSITIONS, SubState


def order_diagram(*, profile: Profile) -> str:
    """Return the page of a profile: its diagram, its clocks and its labels."""
    arrows: dict[tuple[State, State], list[str]] = {}
    noted: dict[str, list[str]] = {}
    for (source, trigger), target in profile.table.items():
        if source is target:
            noted.setdefault(trigger.value, []).append(source.value)
        else:
            arrows.setdefault((source, target), []).append(trigger.value)
    lines = [
        f"# An order of profile `{profile.name}`",
        "",
        "Drawn by `python -m order diagrams` from `order.domain.profiles`: do not edit.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> placing",
        *(f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in arrows.items()),
        *(f"    {state} --> [*]" for state in profile.states() if state in OUTCOMES and not _left(profile, state)),
        "```",
        "",
        "| clock | runs in | after | then |",
        "|---|---|---|---|",
        *(_clock_row(profile)),
        "",
        "| state | the customer sees |",
        "|---|---|",
        *(f"| {state} | {_shown(profile, state)} |" for state in profile.states()),
        "",
        "Noted without moving the order:",
        "",
        *(f"- `{trigger}` in {', '.join(states)}" for trigger, states in noted.items()),
    ]
    return "\n".join(lines) + "\n"


def part_diagram() -> str:
    """Return the page of sub-orders."""
    lines = [
        "# A sub-order",
        "",
        "Drawn by `python -m order diagrams` from `order.domain.rollup`: do not edit.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {SubState.AWAITING_PICK}",
        *(f"    {source} --> {target}: {trigger}" for (source, trigger), target in SUB_TRANSITIONS.items()),
        *(f"    {state} --> [*]" for state in SubState if state in ENDED),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _left(profile: Profile, state: State) -> bool:
    return any(source is state and target is not state for (source, _), target in profile.table.items())


def _clock_row(profile: Profile) -> list[str]:
    return [
        f"| {clock.name} | {', '.join(sorted(clock.states))} | {clock.after}"
        f"{f', marketplace {clock.marketplace}' if clock.marketplace else ''} | {clock.trigger} |"
        for clock in profile.clocks
    ]


def _shown(profile: Profile, state: State) -> str:
    if state in LOCKS:
        return "the label of the state before"
    return profile.label(state=state, before=None)
