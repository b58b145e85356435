"""What a log holds, as tables."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from . import _archives, _core
from ._errors import NotFound, Unavailable
from ._progress import Tell, progress_bar
from ._times import bound, check_zone

if TYPE_CHECKING:
    import pandas
    import pyarrow


def _names(names: str | Sequence[str] | None) -> list[str] | None:
    return [names] if isinstance(names, str) else None if names is None else list(names)


class History:
    """Rows of a log and its archive in the order of their sequences, also beside a live writer. Nothing
    is read until somebody asks for rows; each question reads them as they are then, in flat memory.

    Of ticks, the columns are `instrument_id`, `timestamp` (UTC, nanoseconds), `sequence`, inputs and
    factors, null where missing.

    Has the Arrow PyCapsule interface: polars.DataFrame(h), pyarrow.table(h), duckdb and others read
    it. Damage is an error at its end (Corruption of `to_pandas`), after all that is intact.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        query: dict[str, Any] | None = None,
        archive: str | os.PathLike[str] | bool | None = None,
    ) -> None:
        self._directory = os.path.abspath(directory)
        self._query = query or {}
        self._archive = archive
        self._tz = "UTC"

    def filter(
        self,
        *,
        instrument: str | Sequence[str] | None = None,
        start: Any = None,
        end: Any = None,
        factors: str | Sequence[str] | None = None,
        inputs: str | Sequence[str] | None = None,
        data_set: str | None = None,
        sequences: bool | None = None,
        batch_rows: int | None = None,
        tz: str | None = None,
    ) -> History:
        """The same with fewer rows or columns. What is not given stays as it was.

        start, end: event times, start included, end not: nanoseconds, a datetime, numpy.datetime64,
        pandas.Timestamp or an ISO 8601 text; those without a zone are of `tz`, which is UTC at first. factors, inputs: these columns
        alone, () for none; one that the log never had is NotFound at the first read. data_set: "ticks", "updates", "vectors", "snapshots". sequences=False:
        without that column, which is quicker for one instrument of many.
        """
        instruments = _names(instrument)
        if instruments == []:
            raise ValueError("instrument: none is named, and no row could be of it; leave it out for all")
        if batch_rows is not None and batch_rows < 1:
            raise ValueError(f"batch_rows is 1 or more, not {batch_rows}")
        zone = self._tz if tz is None else tz
        check_zone(zone)
        query = dict(self._query)
        given = {
            "instruments": instruments,
            "start": None if start is None else bound(start, zone),
            "end": None if end is None else bound(end, zone),
            "factors": _names(factors),
            "inputs": _names(inputs),
            "data_set": data_set,
            "sequences": sequences,
            "batch_rows": batch_rows,
        }
        query.update((name, value) for name, value in given.items() if value is not None)
        made = History(self._directory, query, self._archive)
        made._tz = zone
        return made

    def _open(self) -> Any:
        query = self._query
        arguments = (
            self._directory,
            query.get("data_set", "ticks"),
            query.get("instruments", []),
            query.get("inputs"),
            query.get("factors"),
            query.get("start"),
            query.get("end"),
            query.get("sequences", True),
            query.get("batch_rows", 65_536),
        )
        archive = self._archive
        if isinstance(archive, (str, os.PathLike)) and not os.path.isdir(archive):
            raise NotFound(f"{os.fspath(archive)}: there is no archive; archive=False reads the log alone")
        if archive is False or (archive in (None, True) and not _archives.is_kept(self._directory)):
            return _core.HistoryPass(*arguments)
        place = os.path.abspath(archive) if isinstance(archive, (str, os.PathLike)) else ""
        try:
            return _archives.load().HistoryPass(*arguments, place, tempfile.gettempdir())
        except (NotFound, Unavailable) as error:
            error.add_note("archive=DIRECTORY says where the archive is; archive=False reads the log alone")
            raise

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self._open().capsule()

    def reader(self) -> pyarrow.RecordBatchReader:
        """A pyarrow.RecordBatchReader: batch after batch in flat memory."""
        import pyarrow

        return pyarrow.RecordBatchReader.from_stream(self)

    def to_pandas(self, *, progress: bool | None = None) -> pandas.DataFrame:
        """All rows: ids categorical, NaN where missing. Ticks and updates need pandas alone, other
        data sets pyarrow too. progress: a bar; by default after a second, on a terminal or in a
        notebook."""
        if self._query.get("data_set", "ticks") in ("vectors", "snapshots"):
            return self.reader().read_pandas()
        from ._frames import to_pandas

        with progress_bar("history", None, progress, "rows") as tell:
            return to_pandas(self._batches(tell))

    def to_numpy(self, *, progress: bool | None = None) -> dict[str, NDArray[Any]]:
        """All rows, name to array, of ticks and updates: ids str objects, timestamp datetime64[ns] of
        UTC, NaN where missing. progress: as of to_pandas."""
        if (data_set := self._query.get("data_set", "ticks")) in ("vectors", "snapshots"):
            raise ValueError(f"{data_set} have columns that are no arrays: use to_pandas() or reader()")
        from ._frames import to_numpy

        with progress_bar("history", None, progress, "rows") as tell:
            return to_numpy(self._batches(tell))

    def plot(
        self,
        columns: str | Sequence[str] | None = None,
        *,
        instrument: str | Sequence[str] | None = None,
    ) -> Any:
        """Curves over the time: of these columns, or all; of these instruments, or all. Gives
        a figure of matplotlib, or of plotly where that alone is installed."""
        from ._plot import plot

        return plot(self.to_numpy(), columns, instrument, os.path.basename(self._directory))

    def _batches(self, tell: Tell | None) -> Iterator[dict[str, Any]]:
        history = self._open()
        yield history.no_rows()
        rows = 0
        while (batch := history.next()) is not None:
            rows += len(batch["timestamp"])
            if tell is not None:
                tell(rows)
            yield batch
        history.check()

    def _repr_html_(self) -> str:
        from ._html import history

        return history(self)

    def __repr__(self) -> str:
        query = "".join(f", {name}={value!r}" for name, value in self._query.items())
        return f"<factorwal.History of {self._directory!r}{query}>"


def history(
    directory: str | os.PathLike[str], *, archive: str | os.PathLike[str] | bool | None = None
) -> History:
    """The history of a data directory. Reads only, and takes no lock.

    archive: where the log's archive is; without, `archive` in the directory, if there is one. False: the log
    alone, without what was cut from it after it was archived. An archive is read with pyarrow's
    libraries: Unavailable where these are not there.
    """
    return History(directory, archive=archive)
