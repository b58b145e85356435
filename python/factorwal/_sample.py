"""Ticks to try things with."""

from __future__ import annotations

from . import _core
from ._table import Table


def sample_ticks(rows: int = 100_000, *, instruments: int = 4, seed: int = 1) -> Table:
    """Made-up ticks in order of time, the same for the same seed: `instrument_id`, `timestamp` and the
    fields "quotes" (close, volume of the tick, turnover, open_interest, best bid and ask).

    Kinds take turns: a Shanghai future, an index future, a stock, a crypto perpetual, each with its
    tick size, spread, pace and trading hours; some cells are missing. instruments: 1 to 10,000. The
    tool's `factorwal generate` makes the same.

    >>> ticks = sample_ticks(1_000)
    >>> ticks.column_names[:4]
    ['instrument_id', 'timestamp', 'close', 'volume']
    """
    return Table(_core.sample_ticks(rows, instruments, seed))
