"""Whatever pandas, polars, pyarrow, DuckDB and numpy call a time, an id or a number goes in; what
cannot is named, with its type and what helps. What comes out has the same rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest

import factorwal as fw
from conftest import DAY

SECONDS = [DAY // 10**9 + i for i in range(4)]
IDS = ["SHFE.cu2501", "国", "SHFE.cu2501", "X"]
CLOSE = [1.5, None, -2.25, 4.0]
STAMPS = [dt.datetime.fromtimestamp(s, dt.timezone.utc) for s in SECONDS]

BASE: dict[str, pa.Array] = {
    "instrument": pa.array(IDS),
    "timestamp": pa.array([s * 10**9 for s in SECONDS]),
    "close": pa.array(CLOSE, pa.float64()),
}


def arrow(**columns: pa.Array) -> pa.Table:
    return pa.table({**BASE, **columns})


def views_of(table: Any, **feed: Any) -> tuple[list[str], list[int], list[float | None]]:
    read = pa.table(fw.compute(table, "same = close", **feed))
    ids: list[str] = read["instrument_id"].cast(pa.string()).to_pylist()
    return ids, read["timestamp"].cast(pa.int64()).to_pylist(), read["same"].to_pylist()


EXPECTED = (IDS, [s * 10**9 for s in SECONDS], CLOSE)

TIMES: dict[str, pa.Array] = {
    **{f"timestamp[{unit}, {zone}]": pa.array(STAMPS, pa.timestamp(unit, tz=zone))
       for unit in ("s", "ms", "us", "ns") for zone in ("UTC", "Asia/Shanghai", "+05:30")},
    **{f"int, {unit}": pa.array([s * factor for s in SECONDS])
       for unit, factor in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9))},
    "float, s": pa.array([float(s) for s in SECONDS]),
    "text, Z": pa.array([t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in STAMPS]),
    "text, offset": pa.array([t.astimezone(dt.timezone(dt.timedelta(hours=8))).isoformat() for t in STAMPS]),
    "dictionary of timestamps": pa.array(STAMPS, pa.timestamp("us", tz="UTC")).dictionary_encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", TIMES)
def test_times(kind: str) -> None:
    assert views_of(arrow(timestamp=TIMES[kind])) == EXPECTED


@pytest.mark.parametrize("day", [pa.date32(), pa.date64()])
def test_days_are_of_the_zone(day: pa.DataType) -> None:
    days = pa.array([dt.date(2024, 1, 2 + i) for i in range(4)], day)
    table = arrow(timestamp=days, instrument=pa.array(["X"] * 4))
    stamps = views_of(table, tz="Asia/Shanghai")[1]
    assert stamps == [DAY - 8 * 3600 * 10**9 + i * 86_400 * 10**9 for i in range(4)]


IDENTITIES: dict[str, pa.Array] = {
    "string": pa.array(IDS, pa.string()),
    "large_string": pa.array(IDS, pa.large_string()),
    "string_view": pa.array(IDS, pa.string_view()),
    "binary": pa.array([one.encode() for one in IDS], pa.binary()),
    **{f"dictionary<{index}, {text}>": pa.array(IDS, text).dictionary_encode().cast(pa.dictionary(index, text))
       for index in (pa.int8(), pa.uint16(), pa.int32(), pa.int64()) for text in (pa.string(), pa.large_string())},
}  # fmt: skip


@pytest.mark.parametrize("kind", IDENTITIES)
def test_ids(kind: str) -> None:
    assert views_of(arrow(instrument=IDENTITIES[kind])) == EXPECTED


def test_ids_that_are_numbers() -> None:
    assert views_of(arrow(instrument=pa.array([600_000, 1, 600_000, 2])))[0] == ["600000", "1", "600000", "2"]


NUMBERS: dict[str, tuple[pa.Array, list[float | None]]] = {
    **{str(kind): (pa.array([1, None, 3, 100], kind), [1.0, None, 3.0, 100.0])
       for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())},
    "halffloat": (pa.array([np.float16(1.5), None, np.float16(-2.25), np.float16(4)], pa.float16()), CLOSE),
    "float": (pa.array(CLOSE, pa.float32()), CLOSE),
    "double, NaN": (pa.array([1.5, float("nan"), -2.25, 4.0]), CLOSE),
    "bool": (pa.array([True, None, False, True]), [1.0, None, 0.0, 1.0]),
    "decimal32": (pa.array([Decimal("1.5"), None, Decimal("-2.25"), Decimal(4)], pa.decimal32(7, 2)), CLOSE),
    "decimal64": (pa.array([Decimal("1.5"), None, Decimal("-2.25"), Decimal(4)], pa.decimal64(12, 4)), CLOSE),
    "decimal128": (pa.array([Decimal("1.5"), None, Decimal("-2.25"), Decimal(4)], pa.decimal128(30, 10)), CLOSE),
    "decimal256": (pa.array([Decimal("1.5"), None, Decimal("-2.25"), Decimal(4)], pa.decimal256(50, 20)), CLOSE),
    "string": (pa.array(["1.5", None, "-2.25", "4"]), CLOSE),
    "string_view": (pa.array(["1.5", None, "-2.25", "4"], pa.string_view()), CLOSE),
    "dictionary of double": (pa.array(CLOSE).dictionary_encode(), CLOSE),
    "dictionary of string": (pa.array(["1.5", None, "-2.25", "4"]).dictionary_encode(), CLOSE),
    "int64, large": (pa.array([2**53 + 1, None, -(2**62), 0]), [2.0**53, None, -(2.0**62), 0.0]),
}  # fmt: skip


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers(kind: str) -> None:
    column, expected = NUMBERS[kind]
    assert views_of(arrow(close=column))[2] == expected


SHAPES: dict[str, Callable[[], Any]] = {
    "chunks of all sizes": lambda: pa.concat_tables(
        [arrow().slice(0, 0), arrow().slice(0, 1), arrow().slice(1, 2), arrow().slice(3, 1), arrow().slice(0, 0)]
    ),
    "slice": lambda: pa.concat_tables([arrow(), arrow(), arrow()]).combine_chunks().slice(4, 4),
    "batch": lambda: arrow().to_batches()[0],
    "reader": lambda: arrow().to_reader(max_chunksize=1),
    "further columns": lambda: arrow(
        lists=pa.array([[1], [], None, [2]]), structs=pa.array([{"a": 1}] * 4), none=pa.nulls(4)
    ),
    "other order": lambda: arrow().select(["close", "timestamp", "instrument"]),
    "pandas": lambda: arrow().to_pandas(),
    "pandas, pyarrow types": lambda: arrow().to_pandas(types_mapper=pandas.ArrowDtype),
    "pandas, nullable types": lambda: arrow().to_pandas().convert_dtypes(),
    "pandas, odd index": lambda: arrow().to_pandas().set_index(pandas.Index([7, 7, 1, 0], name="n")),
    "pandas, index of times": lambda: arrow(timestamp=pa.array(STAMPS)).to_pandas().set_index("timestamp"),
    "pandas, index of ids and times": lambda: arrow(timestamp=pa.array(STAMPS))
    .to_pandas()
    .set_index(["instrument", "timestamp"]),
    "pandas, index of ids": lambda: arrow().to_pandas().set_index("instrument"),
    "pandas, not contiguous": lambda: arrow().to_pandas().iloc[::-1].iloc[::-1],
    "polars": lambda: polars.DataFrame(arrow()),
    "polars, chunks": lambda: polars.concat(
        [polars.DataFrame(arrow().slice(0, 3)), polars.DataFrame(arrow().slice(3, 1))], rechunk=False
    ),
    "polars, categorical": lambda: polars.DataFrame(arrow()).with_columns(
        polars.col("instrument").cast(polars.Categorical)
    ),
    "polars, enum": lambda: polars.DataFrame(arrow()).with_columns(
        polars.col("instrument").cast(polars.Enum(sorted(set(IDS))))
    ),
    "polars, lazy": lambda: polars.DataFrame(arrow()).lazy(),
    "duckdb": lambda: duckdb.from_arrow(arrow()),
    "duckdb, query": lambda: duckdb.sql("select * from rows", connection=_with_rows()),
    "numpy": lambda: {name: np.array(column.to_pylist(), object if name == "instrument" else None)
                      if name != "close" else np.array([np.nan if x is None else x for x in CLOSE])
                      for name, column in BASE.items()},
    "lists": lambda: {name: [np.nan if x is None else x for x in column.to_pylist()]
                      for name, column in BASE.items()},
    "numpy, strides": lambda: {name: np.repeat(np.array([np.nan if x is None else x for x in column.to_pylist()]), 2)[::2]
                               for name, column in BASE.items()},
    "numpy, big endian": lambda: {
        "instrument": np.array(IDS),
        "timestamp": np.array(BASE["timestamp"].to_pylist(), ">i8"),
        "close": np.array([np.nan if x is None else x for x in CLOSE], ">f8"),
    },
    "numpy, read-only": lambda: {"instrument": np.array(IDS), "timestamp": np.array(BASE["timestamp"].to_pylist()),
                                 "close": _frozen([np.nan if x is None else x for x in CLOSE])},
}  # fmt: skip


def _frozen(values: list[float]) -> np.ndarray:
    array = np.array(values)
    array.flags.writeable = False
    return array


def _with_rows() -> Any:
    connection = duckdb.connect()
    connection.register("rows", arrow())
    return connection


@pytest.mark.parametrize("kind", SHAPES)
def test_shapes(kind: str) -> None:
    assert views_of(SHAPES[kind]()) == EXPECTED


def no_rows() -> pa.Table:
    return arrow().slice(0, 0)


@pytest.mark.parametrize(
    "make",
    [no_rows, lambda: no_rows().to_pandas(), lambda: polars.DataFrame(no_rows()),
     lambda: pa.table({name: pa.chunked_array([], column.type) for name, column in BASE.items()})],
)  # fmt: skip
def test_no_rows(make: Callable[[], Any], data: str) -> None:
    assert views_of(make()) == ([], [], [])
    with fw.open(data, "same = close") as engine:
        assert len(engine.process_many(make())) == 0
        assert engine.fields == ["close"]


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "no columns": (lambda: pa.table({}), "(?i)column"),
    "no columns, pandas": (lambda: pandas.DataFrame(), "(?i)column"),
    "no instrument": (lambda: arrow().drop_columns(["instrument"]), 'instrument="..."'),
    "no time": (lambda: arrow().drop_columns(["timestamp"]), "timestamp"),
    "text for a number": (lambda: arrow(close=pa.array(["a", "b", "c", "d"])), '"close" .string.*asks for numbers'),
    "a list for a number": (lambda: arrow(close=pa.array([[1.0]] * 4)), "close.*list"),
    "a time for a number": (lambda: arrow(close=pa.array(STAMPS)), '"close" .timestamp'),
    "text for a time": (lambda: arrow(timestamp=pa.array(["soon"] * 4)), '"timestamp" .string.*soon.*time_format="..."'),
    "a null time": (lambda: arrow(timestamp=pa.array([None, *STAMPS[1:]])), '"timestamp"'),
    "a null id": (lambda: arrow(instrument=pa.array([None, "a", "b", "c"])), '"instrument"'),
    "complex numbers": (lambda: {**{n: c.to_pylist() for n, c in BASE.items()}, "close": np.ones(4, complex)}, "close.*complex128"),
    "unequal lengths": (lambda: {"instrument": ["X"], "timestamp": [DAY, DAY], "close": [1.0]}, "one length"),
    "two dimensions": (lambda: {"instrument": ["X"], "timestamp": [DAY], "close": np.ones((1, 2))}, "one length"),
    "NaT": (lambda: {"instrument": ["X"], "timestamp": np.array(["NaT"], "datetime64[ns]"), "close": [1.0]}, "NaT"),
    "a Series": (lambda: pandas.Series([1.0]), "(?i)table|column|struct"),
    "a generator": (lambda: (x for x in [1]), "Arrow PyCapsule"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_tick_is_named(kind: str, data: str) -> None:
    make, told = REFUSED[kind]
    feed: Any = {"columns": ["close"]} if "number" in kind else {}
    with pytest.raises((fw.FactorwalError, ValueError, TypeError), match=told):
        fw.compute(make(), "same = close", **feed)
    with fw.open(data, "same = close", fields=["close"]) as engine:
        with pytest.raises((fw.FactorwalError, ValueError, TypeError), match=told):
            engine.process_many(make(), **feed)
        assert engine.marks.accepted == 0


def test_a_wrong_cell_is_named_with_its_column_and_type(data: str) -> None:
    texts = pa.array(["1", "2", "a", "4"])
    with fw.open(data, "same = close", fields=["close"]) as engine:
        with pytest.raises(fw.Batch, match=r'row 3: column "close" .*"a" is not a number.*string') as raised:
            engine.process_many(arrow(close=texts))
        assert raised.value.accepted == 2
        out = engine.process_many(arrow(close=texts), resume=True, on_bad_row="skip")
        assert pa.table(out)["same"].to_pylist() == [4.0]


def test_a_name_that_is_there_twice_is_refused_until_it_is_chosen_by_number() -> None:
    twice = pa.table([*BASE.values(), pa.array([9.0] * 4)], names=[*BASE, "close"])
    with pytest.raises(fw.InvalidArgument, match='columns 3 and 4 are both called "close"'):
        fw.compute(twice, "same = close")
    out = fw.compute(twice, "same = close", map={"close": "#4"})
    assert pa.table(out)["same"].to_pylist() == [9.0] * 4


def test_what_comes_out_is_null_in_arrow_and_nan_in_numpy(data: str) -> None:
    with fw.open(data, "same = close") as engine:
        tables = [engine.process_many(arrow())]
    tables += [fw.compute(arrow(), "same = close"), fw.history(data)]  # type: ignore[list-item]
    for one in tables:
        read = pa.table(one)
        assert read["same"].to_pylist() == CLOSE
        assert read["same"].null_count == 1
        frame = polars.DataFrame(one)
        assert frame["same"].to_list() == CLOSE
        assert frame["instrument_id"].cast(polars.String).to_list() == IDS
        columns = one.to_numpy()
        assert np.isnan(columns["same"][1])
        assert columns["instrument_id"].tolist() == IDS
        assert np.isnan(one.to_pandas()["same"][1])
        connection = duckdb.connect()
        connection.register("one", read)
        assert connection.sql("select same from one").fetchall() == [(x,) for x in CLOSE]


def test_what_comes_out_is_its_owners(data: str) -> None:
    out = fw.compute(arrow(), "same = close")
    columns, frame = out.to_numpy(), out.to_pandas()
    columns["same"][0] = 9.0
    frame.loc[0, "same"] = 8.0
    assert pa.table(out)["same"].to_pylist() == CLOSE
    kept = pa.table(out)
    del out
    assert kept["same"].to_pylist() == CLOSE
