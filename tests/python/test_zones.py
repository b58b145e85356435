"""A time without a zone is of the zone that somebody names, and of none otherwise."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest

import factorwal as fw
from conftest import DAY

FIELDS = ["close"]
EIGHT_HOURS = 8 * 3600 * 10**9

NAIVE_STAMPS: dict[str, Any] = {
    "datetime": dt.datetime(2024, 1, 2),
    "date": dt.date(2024, 1, 2),
    "numpy, days": np.datetime64("2024-01-02"),
    "numpy, nanoseconds": np.datetime64(DAY, "ns"),
    "pandas": pandas.Timestamp("2024-01-02"),
    "text": "2024-01-02T00:00",
}


def numpy_table(unit: str) -> dict[str, Any]:
    return {"instrument": ["X"], "timestamp": np.array([DAY], "datetime64[ns]").astype(f"datetime64[{unit}]"),
            "close": [1.0]}  # fmt: skip


def arrow_table(stamp: pa.DataType) -> pa.Table:
    stamps = pa.array([dt.datetime(2024, 1, 2)], pa.timestamp("us")).cast(stamp)
    return pa.table({"instrument": ["X"], "timestamp": stamps, "close": [1.0]})


NAIVE_TABLES: dict[str, Any] = {
    **{f"numpy, {unit}": lambda unit=unit: numpy_table(unit) for unit in ("s", "ms", "us", "ns", "D")},
    **{
        f"pyarrow, {stamp}": lambda stamp=stamp: arrow_table(stamp)
        for stamp in (*(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")), pa.date32(), pa.date64())
    },
    "pyarrow, text": lambda: arrow_table(pa.timestamp("ns")).set_column(
        1, "timestamp", pa.array(["2024-01-02 00:00:00"])
    ),
    "pandas": lambda: pandas.DataFrame(numpy_table("ns")),
    "pandas, index": lambda: pandas.DataFrame(numpy_table("us")).set_index("timestamp"),
    "polars": lambda: polars.DataFrame(numpy_table("us")),
}  # fmt: skip


@pytest.mark.parametrize("kind", NAIVE_STAMPS)
def test_a_tick_without_a_zone_is_refused_or_of_the_engines_zone(kind: str, data: str) -> None:
    stamp = NAIVE_STAMPS[kind]
    with fw.open(data, "same = close", fields=FIELDS) as engine:
        with pytest.raises(ValueError, match='tz="..."'):
            engine.process("X", stamp, (1.0,))
        assert engine.marks.accepted == 0
    with fw.open(data, "same = close", fields=FIELDS, tz="UTC") as engine:
        assert engine.process("X", stamp, (1.0,)).timestamp_ns == DAY
    with fw.open(data, "same = close", fields=FIELDS, tz="Asia/Shanghai") as engine:
        assert engine.process("X", stamp, (1.0,)).timestamp_ns == DAY - EIGHT_HOURS


@pytest.mark.parametrize("kind", NAIVE_TABLES)
def test_a_table_without_a_zone_is_refused_or_of_the_zone_that_is_given(kind: str, data: str) -> None:
    make = NAIVE_TABLES[kind]
    with pytest.raises(fw.InvalidArgument, match='"timestamp" .* tz="..."'):
        fw.compute(make(), "same = close")
    for zone, shift in (("UTC", 0), ("Asia/Shanghai", EIGHT_HOURS)):
        out = fw.compute(make(), "same = close", tz=zone).to_numpy()
        assert out["timestamp"].astype(np.int64).tolist() == [DAY - shift]
    with fw.open(data, "same = close", fields=FIELDS) as engine:
        with pytest.raises(fw.FactorwalError, match='tz="..."'):
            engine.process_many(make())
    with fw.open(data, "same = close", fields=FIELDS, tz="Asia/Shanghai") as engine:
        assert engine.marks.accepted == 0
        engine.process_many(make())
        engine.process_many(make(), tz="UTC", append=True)
    stamps = fw.history(data).to_numpy()["timestamp"].astype(np.int64)
    assert stamps.tolist() == [DAY - EIGHT_HOURS, DAY]


def test_a_file_without_a_zone_is_refused_at_the_first_such_row(data: str) -> None:
    ticks = Path(data + ".csv")
    ticks.write_text("instrument,timestamp,close\nX,2024-01-02T00:00:00Z,1\nX,2024-01-02T00:00:01,2\n")
    with fw.open(data, "same = close", fields=FIELDS) as engine:
        with pytest.raises(fw.Batch, match='tz="..."') as raised:
            engine.process_many(ticks, on_bad_row="skip")
        assert raised.value.accepted == 1
    out = fw.compute(ticks, "same = close", tz="UTC")
    assert len(out) == 2


def test_a_table_of_texts_is_refused_at_the_first_such_row(data: str) -> None:
    stamps = [f"2024-01-02T00:00:{i:02d}{'' if i == 40 else 'Z'}" for i in range(60)]
    table = pa.table({"instrument": ["X"] * 60, "timestamp": stamps, "close": [1.0] * 60})
    with fw.open(data, "same = close", fields=FIELDS) as engine:
        with pytest.raises(fw.Batch, match='tz="..."') as raised:
            engine.process_many(table)
        assert raised.value.accepted == engine.marks.accepted == 40


def test_epochs_need_no_zone(data: str) -> None:
    for stamp in (DAY, DAY // 1000, DAY // 10**6, DAY // 10**9):
        table = {"instrument": ["X"], "timestamp": [stamp], "close": [1.0]}
        assert fw.compute(table, "same = close").to_numpy()["timestamp"].astype(int).tolist() == [DAY]


def test_zones_have_names_and_gaps(data: str) -> None:
    with pytest.raises(ValueError, match="Mars"):
        fw.open(data, "same = close", tz="Mars/Olympus")
    assert not Path(data).exists()
    with fw.open(data, "same = close", fields=FIELDS, tz="America/New_York") as engine:
        with pytest.raises(ValueError, match="never was"):
            engine.process("X", dt.datetime(2024, 3, 10, 2, 30), (1.0,))
        # Clocks showed it twice: the first passage.
        twice = engine.process("X", dt.datetime(2024, 11, 3, 1, 30), (1.0,))
        assert twice.timestamp_ns == int(pandas.Timestamp("2024-11-03T05:30", tz="UTC").value)


def test_a_history_takes_times_of_a_zone(data: str) -> None:
    with fw.open(data, "same = close", fields=FIELDS) as engine:
        for hour in range(24):
            engine.process("X", DAY + hour * 3600 * 10**9, (float(hour),))
    h = fw.history(data)
    assert len(h.filter(start="2024-01-02T12:00").to_numpy()["same"]) == 12
    assert len(h.filter(start="2024-01-02T12:00", tz="Asia/Shanghai").to_numpy()["same"]) == 20
