"""Curves of tables and histories, by matplotlib or plotly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._figures import new_figure

_CURVES = 12


def _columns(columns: dict[str, Any], names: str | Sequence[str] | None) -> list[str]:
    numbers = [name for name, values in columns.items()
               if name not in ("sequence", "timestamp") and np.asarray(values).dtype.kind == "f"]  # fmt: skip
    if names is None:
        if len(numbers) > _CURVES:
            raise ValueError(f"plot: which of {', '.join(numbers)}? Say columns=[...]")
        return numbers
    wanted = [names] if isinstance(names, str) else list(names)
    unknown = [name for name in wanted if name not in numbers]
    if unknown:
        raise ValueError(f"plot: no column {', '.join(unknown)}; there are {', '.join(numbers)}")
    return wanted


def plot(
    columns: dict[str, Any],
    names: str | Sequence[str] | None,
    instrument: str | Sequence[str] | None,
    title: str,
) -> Any:
    """A curve each of these columns of each of these instruments, over the time."""
    shown = _columns(columns, names)
    ids = columns["instrument_id"]
    known = list(dict.fromkeys(ids.tolist()))
    if instrument is None:
        if len(known) * len(shown) > _CURVES:
            raise ValueError(f"plot: {len(known)} instruments; say which by instrument=[...]")
        instrument = known
    wanted = [instrument] if isinstance(instrument, str) else list(instrument)
    unknown = [one for one in wanted if one not in known]
    if unknown:
        raise ValueError(f"plot: no rows of {', '.join(unknown)}")
    curves = []
    for one in wanted:
        rows = ids == one
        for name in shown:
            label = name if len(wanted) == 1 else f"{one} {name}"
            curves.append((label, columns["timestamp"][rows], columns[name][rows]))
    if len(wanted) == 1:
        title = f"{wanted[0]}"
    return draw(curves, title)


def draw(curves: list[tuple[str, Any, Any]], title: str) -> Any:
    """A figure of matplotlib, or of plotly where that alone is there."""
    try:
        figure = new_figure(10, 4)
    except ImportError:
        return _draw_by_plotly(curves, title)
    axes = figure.subplots()
    for label, times, values in curves:
        axes.plot(times, values, label=label, linewidth=1)
    axes.set_title(title)
    axes.set_xlabel("UTC")
    axes.grid(alpha=0.3)
    if curves:
        axes.legend(loc="best")
    return figure


def _draw_by_plotly(curves: list[tuple[str, Any, Any]], title: str) -> Any:
    try:
        import plotly.graph_objects as go
    except ImportError:
        raise ImportError(
            "plot needs matplotlib or plotly, and neither is installed: pip install matplotlib"
        ) from None
    figure = go.Figure(layout={"title": title, "xaxis": {"title": "UTC"}})
    for label, times, values in curves:
        figure.add_scatter(x=times, y=values, name=label)
    return figure
