"""The operators of the factor language."""

from __future__ import annotations

import dataclasses

from . import _core


@dataclasses.dataclass(frozen=True)
class OperatorInfo:
    """An operator of the factor language, as docs/operators.md lists it."""

    name: str
    aliases: list[str]
    signature: str  #: e.g. "ts_mean(x, d, minp=d)"
    outputs: list[str]  #: of one: "value"
    first_value: str  #: the tick of the first value, e.g. "d"
    definition: str
    source: str  #: book, paper, library


def operators() -> list[OperatorInfo]:
    """Every operator of the factor language, by name.

    >>> next(one for one in operators() if one.name == "rsi").outputs
    ['value']
    """
    return [OperatorInfo(*one) for one in _core.operator_list()]
