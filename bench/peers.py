"""Which systems there are, and where each is written; a peer that is not installed is skipped by name."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

from bench.ours import Ours
from bench.peer import Peer

OURS = "ordersaga"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The module and class of a peer, its name in the table, and which part of the orders it gets: slow ones fewer."""

    module: str
    of: str
    title: str = ""
    share: float = 1.0


PEERS: Mapping[str, Entry] = {
    OURS: Entry(module="bench.ours", of="Ours"),
    "ordersaga-channel": Entry(
        module="bench.ours_by_channel", of="OursByChannel", title="ordersaga, channel over HTTP"
    ),
    "restate": Entry(module="bench.restate", of="Restate"),
    "dbos": Entry(module="bench.dbos", of="Dbos", share=0.5),
    "temporal": Entry(module="bench.temporal", of="Temporal", share=0.25),
    "temporal-local": Entry(module="bench.temporal", of="TemporalLocal", share=0.25),
    "textbook": Entry(module="bench.textbook", of="Textbook"),
    "floor": Entry(module="bench.floor", of="Floor"),
    "floor-sql": Entry(module="bench.floor", of="FloorSql"),
}


def make_peer(*, name: str, processes: int = 1) -> Peer | str:
    """Return a peer that has not been started, or why there is none; ours with so many processes of each service."""
    if name == OURS:
        return Ours(processes=processes)
    entry = PEERS[name]
    try:
        module = importlib.import_module(entry.module)
    except ModuleNotFoundError as error:
        return f"{error.name} is not there"
    peer: Peer = getattr(module, entry.of)()
    return peer.absent() or peer
