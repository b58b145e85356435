"""What process_many and compute give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from . import _core

if TYPE_CHECKING:
    import pandas


class Table:
    """Factor values, a row a tick, in the order of the ticks: `instrument_id`, `timestamp` (UTC,
    nanoseconds), then a column of float64 a factor, null where missing.

    Has the Arrow PyCapsule interface: polars.DataFrame(t), pyarrow.table(t), duckdb and others read
    it, as often as they like.
    """

    def __init__(self, base: _core.TableBase) -> None:
        self._base = base

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self._base.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self._base)

    @property
    def column_names(self) -> list[str]:
        return self._base.column_names

    @property
    def ticket(self) -> _core.Ticket | None:
        """Of the last tick, for Engine.wait_durable; None of no ticks, or without a log."""
        return self._base.ticket

    @property
    def notes(self) -> list[str]:
        """What was decided about the input without being asked: units, zones, columns left out."""
        return self._base.notes

    @property
    def bad_rows(self) -> Mapping[str, tuple[int, str]]:
        """With on_bad_row="skip": kind to how many, and the first one's place and value."""
        return self._base.bad_rows

    @property
    def rows_read(self) -> int:
        """Of the input, bad rows and those of an earlier run included."""
        return self._base.rows_read

    @property
    def rows_resumed(self) -> int:
        """Of these: passed over, because an earlier run had them."""
        return self._base.rows_resumed

    def to_numpy(self) -> dict[str, NDArray[Any]]:
        """Name to array: instrument_id of str objects, timestamp datetime64[ns] of UTC, factors float64
        with NaN where missing."""
        from ._frames import to_numpy

        return to_numpy(self._base.arrays())

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame of its own: instrument_id categorical, NaN where missing. Needs pandas alone."""
        from ._frames import to_pandas

        return to_pandas(self._base.arrays())

    def plot(
        self,
        columns: str | Sequence[str] | None = None,
        *,
        instrument: str | Sequence[str] | None = None,
    ) -> Any:
        """Curves over the time: of these columns, or all; of these instruments, or all. Gives
        a figure of matplotlib, or of plotly where that alone is installed."""
        from ._plot import plot

        return plot(self.to_numpy(), columns, instrument, "factors")

    def _repr_html_(self) -> str:
        from ._html import table

        return table(self)

    def __repr__(self) -> str:
        return f"<factorwal.Table: {len(self)} rows of {', '.join(self.column_names)}>"
