"""What process_many and compute read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from . import _core
from ._numpy import columns_of


class FeedArgs(TypedDict, total=False):
    """What a table does not say itself; docs/feeds.md explains each.

    map: field to column. instrument: the id of all rows. tz: the zone of stamps without one, "UTC"
    included; such stamps are refused without it (numbers are epochs of UTC). volume: "incremental", "cumulative" or "session". on_bad_row: "stop" or "skip". missing:
    a number that stands for none, or one by field. scale: a factor by field.
    """

    map: Mapping[str, str]
    instrument: str
    instrument_from_name: bool | str
    tz: str
    time_format: str
    volume: str
    on_bad_row: str
    header: Sequence[str]
    skip_lines: int
    take_last_line: bool
    encoding: str
    decimal_comma: bool
    thousands: bool
    columns: Sequence[str]
    drop: Sequence[str]
    missing: float | Sequence[float] | Mapping[str, float]
    scale: Mapping[str, float]


def feed_options(args: FeedArgs) -> _core.FeedOptions:
    unknown = set(args) - set(FeedArgs.__annotations__)
    if unknown:
        known = ", ".join(FeedArgs.__annotations__)
        raise TypeError(f"no option {', '.join(sorted(unknown))}; there are {known}")
    from_name = args.get("instrument_from_name", False)
    return _core.feed_options(
        map=list(args.get("map", {}).items()),
        instrument=args.get("instrument", ""),
        instrument_from_name=from_name if isinstance(from_name, str) else "" if from_name else None,
        tz=args.get("tz", ""),
        time_format=args.get("time_format", ""),
        volume=args.get("volume", "incremental"),
        on_bad_row=args.get("on_bad_row", "stop"),
        header=list(args.get("header", ())),
        skip_lines=args.get("skip_lines", 0),
        take_last_line=args.get("take_last_line", False),
        encoding=args.get("encoding", ""),
        decimal_comma=args.get("decimal_comma", False),
        thousands=args.get("thousands", False),
        columns=list(args.get("columns", ())),
        drop=list(args.get("drop", ())),
        missing=_missing(args.get("missing", ())),
        scale=list(args.get("scale", {}).items()),
    )


def _missing(missing: float | Sequence[float] | Mapping[str, float]) -> list[tuple[str, float]]:
    if isinstance(missing, Mapping):
        return list(missing.items())
    if isinstance(missing, Iterable):
        return [("", value) for value in missing]
    return [("", missing)]


def _is_path(x: Any) -> bool:
    return isinstance(x, (str, os.PathLike))


def _with_index(x: Any) -> Any:
    """A pandas.DataFrame whose index is its time, with that as a column; anything else as it is."""
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(x, pandas.DataFrame):
        return x
    if not isinstance(x.index, pandas.DatetimeIndex):
        return x
    return x.reset_index(names=x.index.name or "timestamp")


def _collected(x: Any) -> Any:
    """A polars.LazyFrame's rows; anything else as it is."""
    polars = sys.modules.get("polars")
    return x.collect() if polars is not None and isinstance(x, polars.LazyFrame) else x


def length_of(x: Any) -> int | None:
    """Rows of a table, where it knows without being asked to read."""
    if isinstance(x, Mapping):
        x = next(iter(x.values()), ())
    kind = type(x).__module__.partition(".")[0]
    if kind == "pyarrow":
        return getattr(x, "num_rows", None)
    if kind in ("numpy", "pandas", "polars") and hasattr(x, "__len__"):
        return len(x)
    return None


def open_source(x: Any, args: FeedArgs, begun: bytes = b"") -> _core.Source:
    """Of a path, paths, a table with the Arrow PyCapsule interface, or arrays by name. begun: the
    position that is gone on from, if any, so that a file which has grown is read as it was then."""
    options = feed_options(args)
    if _is_path(x):
        return _core.open_files([os.fspath(x)], options, begun)
    if isinstance(x, (list, tuple)) and x and all(_is_path(one) for one in x):
        return _core.open_files([os.fspath(one) for one in x], options, begun)
    name = f"the {type(x).__name__}"
    x = _collected(_with_index(x))
    if hasattr(x, "__arrow_c_stream__"):
        return _core.open_stream(x.__arrow_c_stream__(), options, name)
    if hasattr(x, "__arrow_c_array__"):
        schema, array = x.__arrow_c_array__()
        return _core.open_array(schema, array, options, name)
    if columns := columns_of(x):
        return _core.open_columns(*columns, options, name)
    raise TypeError(
        "ticks: a path, a list of paths, a table with the Arrow PyCapsule interface (pandas, polars, "
        "pyarrow, DuckDB) or a dict of numpy arrays is asked for, not "
        f"{type(x).__name__}"
    )
