"""kill -9 at named points, a process of every service at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random

from chaos.points import Point
from chaos.stage import Stage


async def kill_at(stage: Stage, *, points: Sequence[Point], repeats: int) -> int:
    """Kill a process of every service that comes by, at each point so many times in a row; return how often."""
    return sum([await _round(stage, dict.fromkeys(point.who, point), repeats=repeats) for point in points])


async def kill_once(stage: Stage, *, points: Sequence[Point]) -> int:
    """Kill at each point once, each time a process of one service, which the seed chooses; return how often."""
    return sum([await _round(stage, each) for each in share_out(points=points, chance=stage.random)])


def share_out(*, points: Sequence[Point], chance: Random) -> list[dict[str, Point]]:
    """Give each point a service that comes by it, drawn, in few rounds; no service twice in a round."""
    rounds: list[dict[str, Point]] = []
    # Those with the fewest services to choose from first: the others find their place around them.
    for point in sorted(points, key=lambda each: len(each.who)):
        services = chance.sample(point.who, len(point.who))
        place = next(((each, name) for each in rounds for name in services if name not in each), None)
        if place is None:
            rounds.append({services[0]: point})
        else:
            place[0][place[1]] = point
    return rounds


async def _round(stage: Stage, points: Mapping[str, Point], *, repeats: int = 1) -> int:
    with stage.windows.fault():
        strikes = [
            stage.keeper.strike(
                service, point=point, passes=[stage.random.randint(1, point.most) for _ in range(repeats)]
            )
            for service, point in points.items()
        ]
        instead = [words for each in await asyncio.gather(*strikes) for words in each]
        await stage.keeper.all_ready()
    stage.wrong += instead
    stage.say("killed " + ", ".join(f'{service} at "{point.name}"' for service, point in points.items()))
    return repeats * len(points) - len(instead)
