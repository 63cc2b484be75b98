"""The regular audit as a call: made between two transactions, by the process that owns the shard of the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import structlog

from chassis.gateway import Ask, Reply
from order.audit.auditor import SETTLE_SECONDS, audit
from order.audit.peers import Peer, Peers

log = structlog.get_logger()

LONGEST_AUDIT = 3_600.0
"""Seconds after which an audit is given up and begun again."""


@dataclass(frozen=True, slots=True)
class Auditor:
    """Asks all services for their accounts."""

    peers: Mapping[str, Peer]
    settle_seconds: float = SETTLE_SECONDS

    async def __call__(self, _ask: Ask, /) -> Reply:
        """Answer what was found; a silent service is a part of the answer and not a failure."""
        async with Peers(peers=self.peers) as peers:
            report = await audit(peers=peers, at_rest=False, settle_seconds=self.settle_seconds)
        found = [
            {"invariant": invariant, "says": says, **asdict(violation)}
            for invariant, says, finding in report.findings()
            for violation in finding.shown
        ]
        if report.exit_code:
            log.error("audit.not_clean", violations=report.violations, silent=[*report.silent], first=found[:1])
        whole = [(invariant, says) for invariant, says, finding in report.findings() if finding.whole]
        return Reply.yes(
            {
                "checked": report.checked,
                "total": report.violations,
                "violations": found,
                # What a silent service would have said of the same fact is not known.
                "whole": [] if report.silent else whole,
                "silent": [*report.silent],
            }
        )
