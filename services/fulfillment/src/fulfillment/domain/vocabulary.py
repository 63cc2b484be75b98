"""The words of carriers, mapped to ours by table: a carrier of its own vocabulary is a row here, not code elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from fulfillment.domain.states import Trigger


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a carrier's word means: what happened, and why, when the customer did not take the parcel."""

    trigger: Trigger
    reason: str = ""


OURS: Mapping[str, Meaning] = {
    "in_transit": Meaning(Trigger.MOVE),
    "out_for_delivery": Meaning(Trigger.GO_OUT),
    "delivered": Meaning(Trigger.DELIVER),
    "refused": Meaning(Trigger.REFUSE, "refused_at_the_door"),
    "lost": Meaning(Trigger.LOSE),
}

VOCABULARIES: Mapping[str, Mapping[str, Meaning]] = {
    "hare": {
        "PU": Meaning(Trigger.MOVE),
        "AR": Meaning(Trigger.MOVE),
        "DP": Meaning(Trigger.MOVE),
        "OD": Meaning(Trigger.GO_OUT),
        "DL": Meaning(Trigger.DELIVER),
        "RF": Meaning(Trigger.REFUSE, "refused_at_the_door"),
        "DA": Meaning(Trigger.REFUSE, "damaged_at_the_door"),
        "LS": Meaning(Trigger.LOSE),
    },
    "tortoise": {
        "accepted": Meaning(Trigger.MOVE),
        "sorted": Meaning(Trigger.MOVE),
        "with-courier": Meaning(Trigger.GO_OUT),
        "signed": Meaning(Trigger.DELIVER),
        "left-at-locker": Meaning(Trigger.DELIVER),
        "returned-by-customer": Meaning(Trigger.REFUSE, "refused_at_the_door"),
        "missing": Meaning(Trigger.LOSE),
    },
}


def meaning(*, carrier: str, code: str) -> Meaning | None:
    """Return what a carrier means by a word, None when nobody has said; every carrier may use our own words."""
    return VOCABULARIES.get(carrier, {}).get(code) or OURS.get(code)
