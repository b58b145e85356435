"""Every table that a Python user has gives the same ticks."""

from __future__ import annotations

import array
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas
import polars
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import factorwal as fw
from conftest import DAY, bits, make_columns, write_csv

FACTORS = "ma5 = ts_mean(close, 5)\nflow = ts_sum(volume, 3)"
COLUMNS = make_columns(600)
STAMPS = COLUMNS["timestamp"].astype("datetime64[ns]")


def frame() -> pandas.DataFrame:
    return pandas.DataFrame({**COLUMNS, "timestamp": pandas.to_datetime(STAMPS).tz_localize("UTC")})


def table(**columns: Any) -> pa.Table:
    return pa.table({**{name: pa.array(values) for name, values in COLUMNS.items()}, **columns})


def batch_with_an_offset() -> pa.RecordBatch:
    doubled = pa.concat_tables([table(), table()]).combine_chunks().to_batches()[0]
    return doubled.slice(600, 600)


INPUTS: dict[str, Callable[[], Any]] = {
    "pandas": frame,
    "pandas, time as index": lambda: frame().set_index("timestamp"),
    "pandas, categorical": lambda: frame().astype({"instrument": "category"}),
    "pandas, microseconds": lambda: frame().astype({"timestamp": "datetime64[us, UTC]"}),
    "pandas, other zone": lambda: frame().assign(
        timestamp=frame()["timestamp"].dt.tz_convert("Asia/Shanghai")
    ),
    "polars": lambda: polars.DataFrame(COLUMNS),
    "polars, categorical": lambda: polars.DataFrame(COLUMNS).with_columns(
        polars.col("instrument").cast(polars.Categorical),
        polars.from_epoch("timestamp", time_unit="ns").dt.replace_time_zone("UTC"),
    ),
    "pyarrow table": table,
    "pyarrow, chunks": lambda: pa.concat_tables([table().slice(0, 251), table().slice(251)]),
    "pyarrow batch": batch_with_an_offset,
    "pyarrow reader": lambda: table().to_reader(max_chunksize=97),
    "pyarrow, large and view strings": lambda: table(
        instrument=pa.array(COLUMNS["instrument"]).cast(pa.string_view())
    ),
    "pyarrow, dictionary": lambda: table(
        instrument=pa.array(COLUMNS["instrument"]).dictionary_encode()
    ),
    "pyarrow, integers and decimals": lambda: table(
        volume=pa.array(COLUMNS["volume"].astype(np.int32)),
        close=pa.array([None if x != x else Decimal(str(x)) for x in COLUMNS["close"]]),
    ),
    "pyarrow, nulls": lambda: table(close=pa.array(COLUMNS["close"], from_pandas=True)),
    "duckdb": lambda: duckdb.from_arrow(table()),
    "numpy": lambda: COLUMNS,
    "numpy, small integers": lambda: {
        **COLUMNS,
        "volume": COLUMNS["volume"].astype(np.int16),
    },
    "numpy, objects": lambda: {**COLUMNS, "instrument": COLUMNS["instrument"].astype(object)},
    "numpy, structured": lambda: frame()
    .assign(timestamp=COLUMNS["timestamp"])
    .to_records(index=False, column_dtypes={"instrument": "U8"}),
}


def factors_of(out: fw.Table) -> tuple[list[str], np.ndarray, np.ndarray]:
    read = pa.table(out)
    values = np.stack([bits(read[name].to_numpy()) for name in ("ma5", "flow")])
    ids: list[str] = read["instrument_id"].cast(pa.string()).to_pylist()
    return ids, read["timestamp"].cast(pa.int64()).to_numpy(), values


@pytest.mark.parametrize("kind", INPUTS)
def test_every_kind_of_table_gives_the_same_ticks(kind: str, data: str) -> None:
    ticks = data + ".csv"
    write_csv(ticks, COLUMNS)
    expected = factors_of(fw.compute(ticks, FACTORS))
    computed = factors_of(fw.compute(INPUTS[kind](), FACTORS))
    with fw.open(data, FACTORS) as engine:
        processed = factors_of(engine.process_many(INPUTS[kind]()))
    for found in (computed, processed):
        assert found[0] == expected[0]
        assert np.array_equal(found[1], expected[1])
        assert np.array_equal(found[2], expected[2])


def test_naive_stamps_are_of_the_zone_that_is_given() -> None:
    naive = frame().assign(timestamp=frame()["timestamp"].dt.tz_localize(None))
    out = fw.compute(naive, FACTORS, tz="Asia/Shanghai").to_pandas()
    assert out["timestamp"].iloc[0] == pandas.Timestamp(DAY, tz="UTC") - pandas.Timedelta(hours=8)


@pytest.mark.parametrize(
    "stamp",
    [
        DAY,
        np.int64(DAY),
        dt.datetime(2024, 1, 2, 8, tzinfo=dt.timezone(dt.timedelta(hours=8))),
        pandas.Timestamp("2024-01-02", tz="UTC"),
        "2024-01-02T00:00Z",
    ],
)
def test_a_tick_takes_every_kind_of_time(stamp: Any, data: str) -> None:
    with fw.open(data, FACTORS, fields=["close", "volume"]) as engine:
        assert engine.process("X", stamp, (1.0, 2.0)).timestamp_ns == DAY


def test_nanoseconds_of_a_timestamp_are_kept(data: str) -> None:
    with fw.open(data, FACTORS, fields=["close", "volume"]) as engine:
        stamp = pandas.Timestamp(DAY + 123_456_789, tz="UTC")
        assert engine.process("X", stamp, (1.0, 2.0)).timestamp_ns == DAY + 123_456_789


@pytest.mark.parametrize(
    "values",
    [
        (5.0, 2),
        [5, 2.0],
        np.array([5.0, 2.0]),
        array.array("d", [5.0, 2.0]),
        (np.float32(5), None),
    ],
)
def test_a_tick_takes_tuples_lists_and_buffers(values: Any, data: str) -> None:
    with fw.open(data, "same = close", fields=["close", "volume"]) as engine:
        assert engine.process("X", DAY, values)["same"] == 5.0


@pytest.mark.parametrize(
    ("values", "error", "told"),
    [
        ((1.0,), ValueError, "close, volume"),
        ((1.0, "x"), TypeError, "real number"),
        (np.array([1, 2]), TypeError, "float64"),
        (np.array([1.0, 2.0], np.float32), TypeError, 'astype("float64")'),
        (np.arange(4.0)[::2], TypeError, "contiguous"),
        ({"close": 1.0}, TypeError, "dict"),
    ],
)
def test_other_values_are_refused_with_what_helps(
    values: Any, error: type[Exception], told: str, data: str
) -> None:
    with fw.open(data, "same = close", fields=["close", "volume"]) as engine:
        with pytest.raises(error) as raised:
            engine.process("X", DAY, values)
        assert told in str(raised.value)
        assert engine.marks.accepted == 0


def test_columns_of_other_names_are_mapped_and_one_instrument_is_named() -> None:
    odd = {"when": COLUMNS["timestamp"], "px": COLUMNS["close"]}
    out = fw.compute(odd, "same = close", instrument="SHFE.cu2501",
                     map={"close": "px", "timestamp_ns": "when"}).to_pandas()  # fmt: skip
    assert set(out["instrument_id"]) == {"SHFE.cu2501"}
    assert np.array_equal(bits(out["same"].to_numpy()), bits(COLUMNS["close"]))


def test_scales_and_missing_values_are_applied() -> None:
    columns = {"instrument": ["X"] * 3, "timestamp": DAY + np.arange(3), "close": [5, -1, 7]}
    out = fw.compute(columns, "same = close", scale={"close": 0.5}, missing={"close": -1})
    assert pa.table(out)["same"].to_pylist() == [2.5, None, 3.5]


def test_a_stream_that_fails_midway_says_how_many_ticks_were_accepted(data: str) -> None:
    def batches() -> Any:
        yield table().to_batches()[0]
        raise RuntimeError("the line went dead")

    reader = pa.RecordBatchReader.from_batches(table().schema, batches())
    with fw.open(data, FACTORS) as engine:
        with pytest.raises(fw.Batch, match="the line went dead") as raised:
            engine.process_many(reader)
        assert raised.value.accepted == engine.marks.accepted == 600


def test_a_small_live_frame_after_another_is_new_ticks(data: str) -> None:
    with fw.open(data, FACTORS) as engine:
        for begin in range(0, 600, 50):
            engine.process_many(frame().iloc[begin : begin + 50])
    whole = fw.compute(frame(), FACTORS).to_pandas()
    logged = fw.history(data).to_pandas()
    assert np.array_equal(bits(logged["ma5"].to_numpy()), bits(whole["ma5"].to_numpy()))


def test_paths_are_read_in_their_order(data: str) -> None:
    names = [data + "-2.csv", data + "-1.csv"]
    write_csv(names[0], {name: values[:300] for name, values in COLUMNS.items()})
    write_csv(names[1], {name: values[300:] for name, values in COLUMNS.items()})
    found, expected = fw.compute(names, FACTORS), fw.compute(frame(), FACTORS)
    assert np.array_equal(factors_of(found)[2], factors_of(expected)[2])


def test_a_last_line_without_its_end_waits_but_where_nothing_becomes_durable(data: str) -> None:
    ticks = Path(data + ".csv")
    ticks.write_text("instrument,timestamp,close\nX,2024-01-02T00:00:00Z,1\nX,2024-01-02T00:00:01Z,2")
    assert len(fw.compute(ticks, "same = close")) == 2
    assert len(fw.compute(ticks, "same = close", take_last_line=False)) == 1
    with fw.open(data, "same = close") as engine:
        out = engine.process_many(ticks)
        assert len(out) == 1
        assert any("take_last_line=True" in note for note in out.notes)
        ticks.write_text(ticks.read_text() + "5\n")
        assert pa.table(engine.process_many(ticks, resume=True))["same"].to_pylist() == [25.0]


def test_a_table_that_names_two_columns_alike_is_refused_with_both_places() -> None:
    numbers = pa.array([1.0, 2.0, 3.0])
    base = {"instrument": pa.array(["X"] * 3), "timestamp": pa.array([DAY, DAY + 1, DAY + 2])}
    for names, factors in ((["x", "y", "x"], "f = x + y"), (["x", "timestamp"], "f = x"),
                           (["x", "note", "note"], "f = x")):  # fmt: skip
        columns = [*base.values(), *(pc.add(numbers, i) for i in range(len(names)))]
        table = pa.Table.from_arrays(columns, names=[*base, *names])
        twice = names[-1]
        places = [i + 1 for i, name in enumerate(table.column_names) if name == twice]
        told = f'columns {places[0]} and {places[1]} are both called "{twice}"'
        with pytest.raises(fw.InvalidArgument, match=told):
            fw.compute(table, factors)
    assert fw.compute(table, "f = x", drop=["note"]).to_pandas()["f"].tolist() == [1, 2, 3]
