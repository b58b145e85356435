"""Operators of a log that a program has not registered."""

from __future__ import annotations

from typing import NamedTuple

from . import _core
from ._graph import parse_graph


class MissingOperatorUse(NamedTuple):
    """An operator that an engine goes without."""

    version: str  #: that the log has used
    factors: list[str]  #: that are missing without it


def missing_operators(engine: _core.EngineBase) -> dict[str, MissingOperatorUse]:
    """By name."""
    absent = engine._absent()
    if not absent:
        return {}
    graph = parse_graph(engine._graph())
    found = {}
    for one in absent:
        calls = {node.number for node in graph.nodes if node.expression.startswith(one.name + "(")}
        found[one.name] = MissingOperatorUse(one.version, graph.factors_over(calls))
    return found


def told_in(text: str, missing: dict[str, MissingOperatorUse]) -> str:
    """A certificate's text with what is missing."""
    for name, use in missing.items():
        text += (
            f"Operator {name} (version {use.version}) is not registered: {', '.join(use.factors)} are "
            "missing until it is.\n"
        )
    return text
