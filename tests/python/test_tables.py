"""Tables in pieces, and the calls of `process` that go another way than the usual one."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import polars
import pyarrow as pa
import pytest

import factorwal as fw
from conftest import DAY, bits, make_columns

FACTORS = "ma5 = ts_mean(close, 5)\nrange = ts_max(close, 3) - ts_min(close, 3)"
ROWS = 150_000  # of several chunks, the last of them not full


@pytest.fixture(scope="module")
def columns() -> dict[str, Any]:
    return make_columns(ROWS)


def test_every_row_of_a_long_table_is_there(columns: dict[str, Any]) -> None:
    out = fw.compute(columns, FACTORS)
    arrays = out.to_numpy()
    frame = polars.DataFrame(out)
    table = pa.table(out)
    assert len(out) == len(frame) == table.num_rows == ROWS
    assert arrays["instrument_id"].tolist() == list(columns["instrument"])
    assert frame["instrument_id"].cast(str).to_list() == list(columns["instrument"])
    assert arrays["timestamp"].astype("int64").tolist() == columns["timestamp"].tolist()
    table.validate(full=True)
    for name in ("ma5", "range"):
        values = arrays[name]
        missing = int(np.isnan(values).sum())
        assert 0 < missing < ROWS
        assert frame[name].null_count() == table[name].null_count == missing
        assert frame[name].is_nan().sum() == 0
        assert np.array_equal(bits(frame[name].fill_null(np.nan).to_numpy()), bits(values))


def test_a_frame_outlives_its_table_and_those_that_follow(columns: dict[str, Any]) -> None:
    frame = polars.DataFrame(fw.compute(columns, FACTORS))
    piece = pa.table(fw.compute(columns, FACTORS))["range"].chunk(3)
    expected = [frame["ma5"].to_list(), piece.to_pylist()]
    gc.collect()
    for factor in (2.0, 3.0):  # these take the memory of tables that are gone
        fw.compute({**columns, "close": columns["close"] * factor}, FACTORS)
    assert [frame["ma5"].to_list(), piece.to_pylist()] == expected


def test_a_table_without_rows_has_its_columns() -> None:
    out = fw.compute({name: values[:0] for name, values in make_columns(10).items()}, FACTORS)
    assert pa.table(out).column_names == out.column_names
    assert len(polars.DataFrame(out)) == 0
    assert out.to_numpy()["ma5"].size == 0


def test_the_usual_call_and_all_others_agree(data: str) -> None:
    row = (3.5, 1.0)
    ways: list[Any] = [row, list(row), np.array(row), (3.5, 1), (np.float64(3.5), 1.0)]
    results = []
    for i, values in enumerate(ways):
        with fw.open(data + str(i), FACTORS, fields=["close", "volume"], tz="UTC") as engine:
            x = engine.instrument("X")
            engine.process(x, DAY, row)
            engine.process(x, DAY + 1, row)
            v = engine.process(x, np.datetime64(DAY + 2, "ns") if i == 1 else DAY + 2, values)
            assert engine.process("X", timestamp=DAY + 3, values=values, position=None) is v
            results.append((bits(np.asarray(v)).tobytes(), v.timestamp_ns, engine.marks.accepted))
    assert len(set(results)) == 1


def test_wrong_calls_are_said_and_do_nothing(data: str) -> None:
    with fw.open(data, FACTORS, fields=["close", "volume"]) as engine:
        x = engine.instrument("X")
        engine.process(x, DAY, (1.0, 2.0))
        accepted = engine.marks.accepted
        wrong: list[tuple[tuple[Any, ...], type[Exception]]] = [
            ((x, DAY, (1.0,)), ValueError),
            ((x, DAY, (1.0, 2.0, 3.0)), ValueError),
            ((x, DAY, ("1", 2.0)), TypeError),
            ((x, 1 << 70, (1.0, 2.0)), OverflowError),
            ((x, DAY // 1_000, (1.0, 2.0)), fw.InvalidArgument),
            ((7, DAY, (1.0, 2.0)), TypeError),
            ((x, DAY), TypeError),
            ((), TypeError),
        ]
        for call, error in wrong:
            with pytest.raises(error):
                engine.process(*call)
        with pytest.raises(TypeError):
            engine.process(x, DAY, (1.0, 2.0), place=b"")  # type: ignore[call-arg]
        assert engine.marks.accepted == accepted
    with pytest.raises(fw.Closed):
        engine.process(x, DAY + 1, (1.0, 2.0))
    with pytest.raises(TypeError):
        fw.Engine.process(object(), x, DAY, (1.0, 2.0))  # type: ignore[arg-type]


def test_an_engine_that_was_never_made_raises() -> None:
    made = fw.Engine.__new__(fw.Engine)
    with pytest.raises(TypeError):
        made.process("X", DAY, (1.0, 2.0))
