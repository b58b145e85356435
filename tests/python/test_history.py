"""History as tables."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest

import factorwal as fw
from conftest import DAY, FACTORS, make_columns


@pytest.fixture
def log(data: str) -> str:
    with fw.open(data, FACTORS) as engine:
        engine.process_many(make_columns(5000))
    return data


def test_polars_pyarrow_pandas_and_duckdb_read_the_same(log: str) -> None:
    h = fw.history(log)
    table = pa.table(h)
    assert table.num_rows == 5000
    assert table.column_names[:5] == ["instrument_id", "timestamp", "sequence", "close", "volume"]
    frame = h.to_pandas()
    assert list(frame.columns) == table.column_names
    for name in table.column_names[2:]:
        assert np.array_equal(frame[name], table[name].to_numpy(), equal_nan=True), name
    assert (frame["timestamp"].astype("int64") == table["timestamp"].cast(pa.int64())).all()
    assert polars.DataFrame(h)["rsi14"].to_list() == table["rsi14"].to_pylist()
    answer = duckdb.sql("select avg(rsi14) from h")
    assert answer is not None
    ((mean,),) = answer.fetchall()
    assert mean == pytest.approx(np.nanmean(frame["rsi14"]), rel=1e-12)


def test_filter_takes_instruments_times_and_columns(log: str) -> None:
    h = fw.history(log).filter(instrument="X1", factors=["rsi14"], inputs=())
    assert h.to_pandas().columns.tolist() == ["instrument_id", "timestamp", "sequence", "rsi14"]
    assert len(h.to_pandas()) == 1667
    start = pandas.Timestamp(DAY, tz="UTC") + pandas.Timedelta(seconds=100)
    some = h.filter(start=start, end="2024-01-02T00:05").to_pandas()
    assert some["timestamp"].min() >= start
    assert some["timestamp"].max() < pandas.Timestamp("2024-01-02T00:05", tz="UTC")
    assert set(some["instrument_id"]) == {"X1"}
    assert len(h.filter(instrument=["X0", "X1"]).to_pandas()) == 3334


def test_reader_gives_batches(log: str) -> None:
    reader = fw.history(log).filter(batch_rows=1000, sequences=False).reader()
    sizes = [batch.num_rows for batch in reader]
    assert sum(sizes) == 5000
    assert max(sizes) <= 1000


def test_nothing_found_is_an_empty_frame_with_its_columns(log: str) -> None:
    frame = fw.history(log).filter(instrument="nobody").to_pandas()
    assert len(frame) == 0
    assert "rsi14" in frame.columns


def test_history_reads_beside_a_live_engine(data: str) -> None:
    with fw.open(data, "same = close", fields=["close"]) as engine:
        h = fw.history(data)
        for i in range(1, 4):
            engine.process("X", DAY + i, (float(i),))
            engine.flush()
            assert h.to_pandas()["same"].tolist() == [float(j) for j in range(1, i + 1)]


def test_no_log_is_not_found(data: str) -> None:
    with pytest.raises(fw.NotFound):
        fw.history(data).to_pandas()


@pytest.mark.parametrize(
    ("data_set", "column"),
    [("updates", "value"), ("vectors", "values"), ("snapshots", "checkpoint_id")],
)
def test_other_data_sets_have_their_columns(log: str, data_set: str, column: str) -> None:
    h = fw.history(log).filter(data_set=data_set)
    assert column in h.reader().schema.names
    assert column in h.to_pandas().columns


def test_questions_without_an_answer_are_refused(data: str) -> None:
    with fw.open(data, FACTORS, fields=["close", "volume"]) as engine:
        engine.process_many(make_columns(10))
    h = fw.history(data)
    with pytest.raises(ValueError, match="leave it out for all"):
        h.filter(instrument=[])
    with pytest.raises(ValueError, match="1 or more"):
        h.filter(batch_rows=0)
    for data_set in ("vectors", "snapshots"):
        with pytest.raises(ValueError, match="to_pandas"):
            h.filter(data_set=data_set).to_numpy()


def test_a_name_that_the_log_never_had_is_refused_with_the_nearest(log: str) -> None:
    with fw.open(log, "new = close + 1") as engine:
        engine.process("X1", DAY + 10**12, (1.0, 2.0))
    assert fw.history(log).filter(factors=["rsi14", "new"]).to_pandas()["rsi14"].notna().any()
    for names in ({"factors": ["rsi14", "rsi41"]}, {"inputs": "clos"}):
        history = fw.history(log).filter(**names)
        with pytest.raises(fw.NotFound, match=r"the log has no (factor `rsi41`|input `clos`) \(did you mean"):
            history.to_pandas()
        with pytest.raises(LookupError):
            polars.DataFrame(history)
    assert len(fw.history(log).filter(data_set="updates", factors="none").to_pandas()) == 0
