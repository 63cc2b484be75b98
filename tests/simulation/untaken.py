"""Rows of the state tables that no history takes, each with its reason; a test sees that none of them is taken."""

from __future__ import annotations

from collections.abc import Mapping

NEVER: Mapping[tuple[str, str, str], str] = {}
