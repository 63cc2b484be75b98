"""Which target is measured by what."""

import argparse
from collections.abc import Awaitable, Callable, Mapping

from bench.targets.comparing import hot_and_uniform, measure_variants, with_and_without
from bench.targets.drain import measure_drain
from bench.targets.growth import measure_growth
from bench.targets.latency import measure_latency
from bench.targets.memory import measure_memory
from bench.targets.oversell import measure_oversell
from bench.targets.scale import measure_scales
from bench.targets.slices import Session

_DUPLICATES = 0.2

Measure = Callable[[Session, argparse.Namespace], Awaitable[list[str]]]
"""Measures, prints, and returns what is wrong with the books."""


def _hot(session: Session, _given: argparse.Namespace) -> Awaitable[list[str]]:
    variants = hot_and_uniform(workload=session.plan.workload)
    return measure_variants(session=session, title="one sku in every order", variants=variants)


def _duplicates(session: Session, given: argparse.Namespace) -> Awaitable[list[str]]:
    variants = with_and_without(workload=session.plan.workload, duplicates=given.duplicates or _DUPLICATES)
    return measure_variants(session=session, title="orders submitted twice", variants=variants)


TARGETS: Mapping[str, Measure] = {
    "latency": lambda session, given: measure_latency(session=session, rates=given.rates),
    "hot": _hot,
    "duplicates": _duplicates,
    "scale": lambda session, given: measure_scales(session=session, scales=[int(each) for each in given.scales]),
    "oversell": lambda session, given: measure_oversell(session=session, attempts=given.attempts, units=given.units),
    "drain": lambda session, given: measure_drain(session=session, backlog=given.backlog),
    "growth": lambda session, given: measure_growth(session=session, finished=given.finished),
    "memory": lambda session, given: measure_memory(session=session, minutes=given.minutes),
}
