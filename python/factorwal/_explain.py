"""How a value came about."""

from __future__ import annotations

import html
import math
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import _catalogue, _core
from ._factors import Factors, text_of
from ._figures import new_figure
from ._own import absent_operators, logged_operators

if TYPE_CHECKING:
    import pandas

_STEPS_SHOWN = 30
_TICKS_SHOWN = 10
_PLOT_NEEDS = "plot() draws with matplotlib or plotly, and neither is installed: pip install matplotlib"


class Step(NamedTuple):
    """An intermediate value at that tick."""

    number: int  #: as in FactorSet.graph()
    expression: str  #: canonical; #N stands for step N where it is long
    value: float  #: NaN: missing
    exact: bool  #: every tick that it depends on was read
    inputs: list[int]  #: places in Explanation.steps


class ExplainedTick(NamedTuple):
    sequence: int
    tick_number: int  #: of the instrument, from 1
    timestamp_ns: int  #: UTC
    values: list[float]  #: of Explanation.schema; NaN: missing


class OperatorState(NamedTuple):
    """What an operator of the instrument keeps after that tick."""

    expression: str
    identity: str  #: 32 hexadecimal digits
    hash: str  #: of its bytes
    bytes: int
    value: float
    exact: bool


@dataclass(frozen=True)
class Explanation:
    """A factor's value at a tick, the steps to it, and the ticks that it depends on.

    Computed again from the logged ticks, by what computes live ones: the same bits.
    """

    instrument: str
    factor: str
    sequence: int  #: of the instrument's last tick up to the one asked for
    tick_number: int  #: of the instrument, from 1
    timestamp_ns: int  #: UTC
    value: float  #: NaN: missing
    exact: bool  #: every tick that it depends on was read
    may_lack_ticks: bool  #: records are lost of which some may be later ticks of it
    memory: int | None  #: how many of the last ticks it depends on; None: on all of them
    definition: str  #: the factor's line in the canonical text
    fields: list[str]  #: that it reads
    schema: list[str]  #: all fields of a tick
    steps: list[Step] = field(repr=False)  #: the factor's own first; each once
    ticks: list[ExplainedTick] = field(repr=False)  #: oldest first
    states: list[OperatorState] = field(repr=False)  #: of every operator of the instrument
    ticks_replayed: int  #: pushed through the graph behind a saved state
    findings: list[dict[str, Any]] = field(repr=False)  #: what is damaged of what was read
    notes: list[str]  #: operators of another version than the log's, or of none

    @property
    def timestamp(self) -> np.datetime64:
        """Of the tick; UTC."""
        return np.datetime64(self.timestamp_ns, "ns")

    def to_numpy(self) -> dict[str, NDArray[Any]]:
        """The ticks: sequence, timestamp (datetime64[ns], UTC) and the fields that the factor reads,
        float64 with NaN where missing."""
        columns: dict[str, NDArray[Any]] = {
            "sequence": np.array([t.sequence for t in self.ticks], np.int64),
            "timestamp": np.array([t.timestamp_ns for t in self.ticks], "datetime64[ns]"),
        }
        for name in self.fields:
            place = self.schema.index(name)
            columns[name] = np.array([t.values[place] for t in self.ticks], np.float64)
        return columns

    def to_pandas(self) -> pandas.DataFrame:
        """The ticks as a DataFrame, one row a tick. Needs pandas."""
        import pandas

        return pandas.DataFrame(self.to_numpy())

    def plot(self) -> Any:
        """Draws the fields that the factor reads over its ticks: a Figure of matplotlib, or of plotly
        where only that is installed. Notebooks show it; `.savefig(...)` writes matplotlib's."""
        columns = self.to_numpy()
        title = f"{self.instrument} {self.factor} = {_number(self.value)} at {self.timestamp}"
        try:
            figure = new_figure(9, 1 + 2 * max(1, len(self.fields)))
        except ImportError:
            return self._plot_by_plotly(columns, title)
        axes = figure.subplots(max(1, len(self.fields)), 1, sharex=True, squeeze=False)[:, 0]
        for axis, name in zip(axes, self.fields):
            axis.plot(columns["timestamp"], columns[name], ".-", linewidth=0.8)
            axis.set_ylabel(name)
        axes[0].set_title(f"{title}\n{_shortened(self.definition)}", fontsize=9)
        return figure

    def _plot_by_plotly(self, columns: dict[str, NDArray[Any]], title: str) -> Any:
        try:
            from plotly.subplots import make_subplots
        except ImportError:
            raise ImportError(_PLOT_NEEDS) from None
        figure = make_subplots(rows=max(1, len(self.fields)), cols=1, shared_xaxes=True)
        for row, name in enumerate(self.fields, 1):
            points = {"type": "scatter", "x": columns["timestamp"], "y": columns[name], "name": name}
            figure.add_trace(points, row=row, col=1)
        figure.update_layout(title=html.escape(title))
        return figure

    def __str__(self) -> str:
        depends = "all of its ticks" if self.memory is None else f"its last {self.memory} ticks"
        lines = [
            f"instrument {self.instrument}, tick {self.tick_number}, sequence {self.sequence}, at "
            f"{self.timestamp}",
            f"{self.definition}",
            f"{self.factor} = {_number(self.value)}, {'exact' if self.exact else 'not exact'}, "
            f"depends on {depends}",
        ]
        lines += [f"note: {note}" for note in self.notes]
        for step in self.steps[:_STEPS_SHOWN]:
            lines.append(f"  #{step.number} {_shortened(step.expression)} = {_number(step.value)}")
        if len(self.steps) > _STEPS_SHOWN:
            lines.append(f"  ... {len(self.steps) - _STEPS_SHOWN} more steps")
        if len(self.ticks) > _TICKS_SHOWN:
            lines.append(f"... {len(self.ticks) - _TICKS_SHOWN} earlier ticks")
        rows = self._rows()
        widths = [max(map(len, column)) for column in zip(*rows)]
        for row in rows:
            lines.append("  ".join(cell.rjust(width) for cell, width in zip(row, widths)))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return (
            f"<factorwal.Explanation: {self.instrument} {self.factor} = {_number(self.value)} at "
            f"sequence {self.sequence}, {len(self.steps)} steps, {len(self.ticks)} ticks>"
        )

    def _rows(self) -> list[list[str]]:
        places = [self.schema.index(name) for name in self.fields]
        rows = [["sequence", "timestamp", *self.fields]]
        for tick in self.ticks[-_TICKS_SHOWN:]:
            time = str(np.datetime64(tick.timestamp_ns, "ns"))
            rows.append([str(tick.sequence), time, *(_number(tick.values[p]) for p in places)])
        return rows

    def _repr_html_(self) -> str:
        steps = "".join(
            f"<tr><td>#{s.number}</td><td style='text-align:left'><code>"
            f"{html.escape(_shortened(s.expression))}</code></td><td>{_number(s.value)}</td></tr>"
            for s in self.steps[:_STEPS_SHOWN]
        )
        head, *rows = self._rows()
        cells = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        heads = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
        summary, *_ = str(self).split("\n", 1)
        notes = "".join(f"<div>{html.escape(note)}</div>" for note in self.notes)
        doubt = "" if self.exact else " (not exact)"
        return (
            f"<div>{html.escape(summary)}</div><div><code>{html.escape(self.definition)}</code></div>"
            f"<div><b>{html.escape(self.factor)} = {_number(self.value)}</b>{doubt}</div>{notes}"
            f"<table><thead><tr><th>step</th><th>expression</th><th>value</th></tr></thead>"
            f"<tbody>{steps}</tbody></table>"
            f"<table><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table>"
        )


def explain(
    directory: str | os.PathLike[str],
    instrument: str,
    factor: str,
    *,
    at: int | None = None,
    factors: Factors | None = None,
    ticks: int | None = None,
) -> Explanation:
    """How a factor's value came about, as `factorwal explain` shows it. Reads the log alone, also
    beside an engine that has it open.

    at: a sequence; the instrument's last tick up to it is explained. Without it, the last one.
    factors: others than the log's own, over the same ticks. ticks: how many of the last ones to give
    back; by default those that the value depends on, up to 100,000, or 64 where it depends on all.

    NotFound: the sequence is not retained, or there is no such instrument or factor.
    """
    path = os.path.abspath(directory)
    absent = absent_operators(path)
    text = None if factors is None else text_of(factors)
    if at is not None and at < 1:
        raise ValueError(f"at is a sequence from 1 on, not {at}")
    found = _core.explain(path, instrument, factor, at or 0, text, ticks, absent)
    schema: list[str] = found["schema"]
    canonical: str = found["text"]
    return Explanation(
        instrument=instrument,
        factor=factor,
        sequence=found["sequence"],
        tick_number=found["tick_number"],
        timestamp_ns=found["timestamp_ns"],
        value=found["value"],
        exact=found["exact"],
        may_lack_ticks=found["may_lack_ticks"],
        memory=found["memory"],
        definition=_definition(canonical, factor),
        fields=[schema[i] for i in found["fields"]],
        schema=schema,
        steps=[Step(*step) for step in found["nodes"]],
        ticks=[ExplainedTick(*tick) for tick in found["ticks"]],
        states=[OperatorState(*state) for state in found["states"]],
        ticks_replayed=found["ticks_replayed"],
        findings=found["findings"],
        notes=_notes(path, canonical),
    )


def _notes(directory: str, text: str) -> list[str]:
    notes = []
    for name, (known, _) in logged_operators(directory).items():
        if f"{name}(" not in text:
            continue
        version = known["version"]
        own = _catalogue.own_versions.get(name)
        if own is None:
            notes.append(f"the operator {name} (version {version}) is not registered: it gives nothing")
        elif own != version:
            notes.append(
                f"the log has used version {version} of the operator {name}; these are values of {own}"
            )
    return notes


def _definition(text: str, factor: str) -> str:
    for line in text.splitlines():
        target = line.partition(" = ")[0]
        if line.startswith("factor ") and factor in target.removeprefix("factor ").strip("()").split(", "):
            return line
    return factor


def _number(value: float) -> str:
    return "missing" if math.isnan(value) else repr(value)


def _shortened(text: str) -> str:
    return text if len(text) <= 160 else text[:100] + " ... " + text[-50:]
