"""The targets that stand on PostgreSQL."""

import asyncio

import pytest

from embedded.servers import Servers
from fuzz.plans import PLANS
from fuzz.target import Plan, Tally, fuzz

ON_POSTGRES = [plan for plan in PLANS if plan.postgres]
INPUTS = {"http": 300, "writes": 15}


@pytest.mark.parametrize("plan", ON_POSTGRES, ids=lambda plan: plan.name)
def test_bad_input_on_postgres_is_refused_by_name(servers: Servers, plan: Plan) -> None:
    """Bad requests and bad messages on a database that is not empty are all handled, and no batch is stalled."""
    run = fuzz(plan=plan, address=servers.postgres_url, seed=7, first=0, inputs=INPUTS[plan.name])
    tally: Tally = asyncio.run(run)
    assert [] == tally.findings
    assert (0, True, True) == (tally.stalled, tally.accepted > 0, tally.rejected > 0)
