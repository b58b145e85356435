"""Factor sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import _core
from ._errors import FactorSyntax
from ._expressions import Expr, expression
from ._graph import Graph, parse_graph
from ._rendering import Rendered, render

Fields = str | Sequence[str]
#: A factor: an expression, or a number.
Factor = Expr | float


def field_list(fields: Fields | None) -> list[str] | None:
    if fields is None:
        return None
    return [fields] if isinstance(fields, str) else list(fields)


class FactorSet:
    """A compiled set of factors, in the order in which they are given.

    factors: text of the factor language, or names to expressions (also those that are no keywords, or
    `fields`); further expressions as keywords. fields: the ticks' fields that it is checked against, or "quotes", "futures", "bars"; without,
    all that these three have.

    >>> from factorwal import f
    >>> fs = FactorSet("ma5 = ts_mean(close, 5)")
    >>> fs.names
    ['ma5']
    >>> fs == FactorSet.parse(fs.text) == FactorSet(ma5=f.close.ts_mean(5))
    True
    >>> dif, dea, hist = f.close.macd(12, 26, 9)
    >>> print(FactorSet(dif=dif, hist=hist, z20=(f.close - f.close.ts_mean(20)) / f.close.ts_std(20)).source)
    factor (dif, _, hist) = macd(close, 12, 26, 9)
    factor z20 = (close - ts_mean(close, 20)) / ts_std(close, 20)
    <BLANKLINE>
    """

    def __init__(
        self,
        factors: str | FactorSet | Mapping[str, Factor] = "",
        /,
        *,
        fields: Fields | None = None,
        **expressions: Factor,
    ) -> None:
        if isinstance(factors, FactorSet):
            fields = fields if fields is not None else factors._given
            factors = factors.source
        if not isinstance(factors, (str, Mapping)):
            named = "a factor has a name: FactorSet(name=expression)"
            raise TypeError(f"factors are text, or names to expressions; {named}")
        text = factors if isinstance(factors, str) else ""
        rendered = _rendered({**({} if isinstance(factors, str) else factors), **expressions})
        if text and rendered.text and not text.endswith("\n"):
            text += "\n"
        self._source = text + rendered.text
        self._given: list[str] | None = field_list(fields)
        try:
            self._compiled = _core.parse_factors(self._source, self._given)
        except FactorSyntax as error:
            line = error.line - 1 - text.count("\n")
            if not 0 <= line < len(rendered.owners):
                raise
            raise _of_factor(error, rendered.owners[line]) from None

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
        """The text as it was given, or as the expressions are written."""
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


#: What open, compute and explain take.
Factors = str | FactorSet | Mapping[str, Factor]


def text_of(factors: Factors) -> str:
    if isinstance(factors, str):
        return factors
    return factors.source if isinstance(factors, FactorSet) else _rendered(factors).text


def _rendered(named: Mapping[str, Factor]) -> Rendered:
    return render([(name, _expression(name, value)) for name, value in named.items()])


def _expression(name: str, value: Any) -> Expr:
    if not isinstance(name, str):
        raise TypeError(f"a factor's name is a str, not {name!r}")
    # In a text of several lines it would begin a statement of its own.
    if not name or any(c in name for c in "\r\n#=(),"):
        raise FactorSyntax(f"{name!r} cannot be a factor's name")
    try:
        return expression(value)
    except (TypeError, ValueError) as error:
        error.args = (f"factor `{name}`: {error}",)
        raise


def _of_factor(error: FactorSyntax, names: list[str]) -> FactorSyntax:
    place, _, rest = str(error).partition(f":{error.line}:{error.column}: ")
    words = "factor" if len(names) == 1 else "factors"
    listed = ", ".join(f"`{name}`" for name in names)
    changed = FactorSyntax(f"{place}:{error.line}:{error.column}: {words} {listed}: {rest}")
    changed.code = error.code
    return changed


def _make(source: str, fields: list[str] | None) -> FactorSet:
    return FactorSet(source, fields=fields)
