"""Factor sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import _core
from ._graph import Graph, parse_graph

Fields = str | Sequence[str]


def field_list(fields: Fields | None) -> list[str] | None:
    if fields is None:
        return None
    return [fields] if isinstance(fields, str) else list(fields)


class FactorSet:
    """A compiled factor text.

    fields: the ticks' fields that it is checked against, or "quotes", "futures", "bars"; without,
    all that these three have.

    >>> fs = FactorSet("ma5 = ts_mean(close, 5)")
    >>> fs.names
    ['ma5']
    >>> fs == FactorSet.parse(fs.text)
    True
    """

    def __init__(self, text: str, *, fields: Fields | None = None) -> None:
        self._source = text
        self._given = field_list(fields)
        self._compiled = _core.parse_factors(text, self._given)

    @classmethod
    def parse(cls, text: str, *, fields: Fields | None = None) -> FactorSet:
        return cls(text, fields=fields)

    @property
    def names(self) -> list[str]:
        """The factors in the order of their values."""
        return self._compiled.names

    @property
    def fields(self) -> list[str]:
        return self._compiled.fields

    @property
    def source(self) -> str:
        """The text as it was given."""
        return self._source

    @property
    def text(self) -> str:
        """The canonical text: every default explicit, aliases resolved."""
        return self._compiled.text

    @property
    def state_bytes(self) -> int:
        """What an engine keeps of one instrument when all windows are full. Bytes."""
        return self._compiled.state_bytes

    def graph(self) -> Graph:
        """What is computed, as nodes and edges."""
        return parse_graph(self._compiled.graph)

    def _repr_html_(self) -> str:
        from ._picture import svg

        return svg(self.graph())

    def __len__(self) -> int:
        return len(self.names)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FactorSet):
            return NotImplemented
        return self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self._source, self._given)

    def __repr__(self) -> str:
        return f"<factorwal.FactorSet: {', '.join(self.names)}>"


def _make(source: str, fields: list[str] | None) -> FactorSet:
    return FactorSet(source, fields=fields)
