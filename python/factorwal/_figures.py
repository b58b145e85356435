"""Figures of matplotlib that notebooks show, whatever their backend."""

from __future__ import annotations

import io
from typing import Any


def new_figure(width: float, height: float) -> Any:
    """A matplotlib Figure of so many inches; ImportError where there is no matplotlib."""
    from matplotlib.figure import Figure

    class ShownFigure(Figure):  # type: ignore[misc, unused-ignore]
        def _repr_png_(self) -> bytes:
            memory = io.BytesIO()
            self.savefig(memory, format="png")
            return memory.getvalue()

    return ShownFigure(figsize=(width, height), layout="constrained")
