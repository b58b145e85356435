"""What an engine is to its user."""

from __future__ import annotations

import array
import asyncio
import gc
import math
import pickle
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pytest

import factorwal as fw
from conftest import DAY, FACTORS, make_columns
from factorwal import _core

FIELDS = ["close", "volume"]


def test_values_are_read_by_name_by_place_and_without_a_copy(data: str) -> None:
    with fw.open(data, "twice = close * 2\nsame = volume", fields=FIELDS) as engine:
        v = engine.process(engine.instrument("X"), DAY, (3.0, math.nan))
        assert v["twice"] == v[0] == v[-2] == 6.0
        assert math.isnan(v[1])
        assert list(v)[0] == 6.0
        assert len(v) == 2
        assert v.names == engine.factor_names == ["twice", "same"]
        view = np.asarray(v)
        assert view.dtype == np.float64
        assert not view.flags.writeable
        kept = v.copy()
        assert engine.process("X", DAY + 1, (4.0, 5.0)) is v
        assert view.tolist() == [8.0, 5.0]
        assert kept[0] == 6.0
        assert v.to_dict() == {"twice": 8.0, "same": 5.0}
        assert array.array("d", v).tolist() == [8.0, 5.0]
        with pytest.raises(KeyError, match="none"):
            v["none"]
        with pytest.raises(IndexError):
            v[2]


def test_values_outlive_their_engine(data: str) -> None:
    engine = fw.open(data, "same = close", fields=FIELDS)
    view = np.asarray(engine.process("X", DAY, (3.0, 1.0)))
    engine.close()
    del engine
    gc.collect()
    assert view.tolist() == [3.0]


def test_a_new_directory_takes_the_fields_of_its_first_table(data: str) -> None:
    columns = make_columns(50)
    with fw.open(data, FACTORS) as engine:
        assert engine.fields is None
        with pytest.raises(fw.Closed, match="fields="):
            engine.process("X0", DAY, (1.0, 2.0))
        assert len(engine.process_many(columns)) == 50
        assert engine.fields == FIELDS
        engine.process("X0", DAY + 10**15, (1.0, 2.0))
    with fw.open(data, FACTORS) as engine:
        assert engine.fields == FIELDS
        assert engine.marks.accepted == 51


def test_options_have_the_defaults_of_the_library() -> None:
    defaults = _core.EngineOptions()
    for name, value in (fw.open.__kwdefaults__ or {}).items():
        if name not in ("fields", "missing_operators", "progress", "tz"):
            assert getattr(defaults, name) == value, name


def test_marks_durability_and_certificate(data: str) -> None:
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        assert engine.certificate.facts["decision"] == "create"
        v = engine.process("X", DAY, (1.0, 2.0))
        engine.wait_durable(v.ticket, timeout=30)
        assert engine.marks == fw.Marks(1, 1, 1, 0)
        v = engine.process("X", DAY + 1, (1.0, 2.0))
        asyncio.run(engine.durable(v.ticket))
        engine.process("X", DAY + 2, (1.0, 2.0))
        engine.flush(timeout=30)
        assert engine.data_at_risk == fw.DataAtRisk(0, 0, 0.0)
        engine.checkpoint()
    # So that nothing becomes durable by itself meanwhile.
    with fw.open(data, FACTORS, batch_size=100_000, max_delay_ms=60_000, adaptive=False) as engine:
        assert engine.certificate.perfect
        assert "clean" in str(engine.certificate) or "go on" in str(engine.certificate)
        with pytest.raises(fw.Timeout):
            engine.wait_durable(engine.process("X", DAY + 100, (1.0, 2.0)).ticket, timeout=0)


def test_position_commits_with_the_tick(data: str) -> None:
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        engine.process("X", DAY, (1.0, 2.0), position=b"line 1")
        engine.process("X", DAY + 1, (1.0, 2.0), b"line 2")
        assert engine.position == b"line 2"
    with fw.open(data, FACTORS) as engine:
        assert engine.position == b"line 2"


def test_the_same_table_is_not_taken_twice_by_mistake(data: str) -> None:
    columns = make_columns(100)
    with fw.open(data, FACTORS) as engine:
        engine.process_many(columns)
        with pytest.raises(fw.FactorwalError, match="resume=True") as raised:
            engine.process_many(columns)
        assert raised.value.code == "already exists"
        assert engine.marks.accepted == 100
        assert len(engine.process_many(columns, resume=True)) == 0
        longer = make_columns(150)
        out = engine.process_many({name: np.concatenate([columns[name], longer[name][100:]])
                                   for name in columns}, resume=True)  # fmt: skip
        assert (len(out), out.rows_resumed) == (50, 100)
        assert len(engine.process_many(columns, append=True)) == 100


def test_a_field_that_a_factor_reads_must_be_in_the_table(data: str) -> None:
    with fw.open(data, "middle = (bid + ask) / 2", fields="quotes") as engine:
        with pytest.raises(fw.InvalidArgument, match="bid") as raised:
            engine.process_many(make_columns(10))
        assert 'map={"' in str(raised.value)
        assert engine.marks.accepted == 0


def test_fields_that_nobody_reads_may_be_missing_and_other_columns_are_told(data: str) -> None:
    columns = {**make_columns(10), "mood": np.arange(10.0)}
    with fw.open(data, "same = close", fields="quotes") as engine:
        notes = engine.process_many(columns).notes
    assert any("no column for the fields turnover" in note for note in notes)
    assert any("mood" in note and "left out" in note for note in notes)
    frame = fw.history(data).to_pandas()
    assert frame["bid"].isna().all()
    assert frame["close"].equals(frame["same"].rename("close"))


def test_a_table_is_read_as_often_as_one_likes(data: str) -> None:
    out = fw.compute(make_columns(70_000), FACTORS)
    first, second = pa.table(out), pa.table(out)
    assert first.equals(second)
    assert first.num_rows == len(out) == 70_000
    frame = out.to_pandas()
    assert list(frame.columns) == out.column_names == first.column_names
    assert frame["ma5"].isna().sum() == first["ma5"].null_count > 0
    assert np.isnan(first["ma5"].to_numpy()).sum() == first["ma5"].null_count
    assert str(frame["timestamp"].dtype) == "datetime64[ns, UTC]"


def test_collect_false_keeps_no_rows(data: str) -> None:
    with fw.open(data, FACTORS) as engine:
        out = engine.process_many(make_columns(1000), collect=False)
        assert (len(out), out.rows_read) == (0, 1000)
        assert pa.table(out).column_names == out.column_names
        assert engine.marks.accepted == 1000


def test_an_empty_table_gives_an_empty_table(data: str) -> None:
    empty = pandas.DataFrame({name: values[:0] for name, values in make_columns(1).items()})
    out = fw.compute(empty, "same = close")
    assert len(out.to_pandas()) == len(pa.table(out)) == 0


def test_factor_sets_compare_and_pickle() -> None:
    factors = fw.FactorSet(FACTORS)
    assert factors.names == ["ma5", "sd20", "rsi14", "dif", "dea", "hist", "flow"]
    assert factors == fw.FactorSet.parse(factors.text)
    assert pickle.loads(pickle.dumps(factors)) == factors
    assert factors != fw.FactorSet("ma5 = ts_mean(close, 5)")


def test_an_engine_takes_a_factor_set(data: str) -> None:
    factors = fw.FactorSet("mood5 = ts_mean(mood, 5)", fields=["mood"])
    with fw.open(data, factors) as engine:
        assert engine.fields == ["mood"]


def test_an_engine_does_not_pickle(data: str) -> None:
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        with pytest.raises(TypeError, match="FactorSet"):
            pickle.dumps(engine)


def test_get_factor_is_of_the_latest_tick(data: str) -> None:
    with fw.open(data, "same = close", fields=FIELDS) as engine:
        cu = engine.instrument("SHFE.cu2501")
        assert engine.get_factor(cu, "same") is None
        engine.process(cu, DAY, (3.0, 1.0))
        assert engine.get_factor(cu, "same") == 3.0
        assert engine.get_factor(cu, "other") is None


def test_an_instrument_begins_anew(data: str) -> None:
    with fw.open(data, "ma2 = ts_mean(close, 2)", fields=["close"]) as engine:
        x = engine.instrument("X")
        assert engine.quality(x, "ma2") is None
        engine.process(x, DAY, (1.0,))
        assert engine.process(x, DAY + 1, (3.0,))["ma2"] == 2.0
        assert engine.quality(x, "ma2") == ("exact", 0)
        engine.restart_instrument(x)
        assert math.isnan(engine.process(x, DAY + 2, (5.0,))["ma2"])


def test_a_directory_stays_where_it_was_when_the_program_moves(
    data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Path(data).parent
    monkeypatch.chdir(place)
    with fw.open("data", "same = close", fields=["close"], segment_bytes=65_536) as engine:
        history = fw.history("data")
        monkeypatch.chdir("/")
        for i in range(20_000):
            engine.process("X", DAY + i, (i * 1.1,))
    assert len(history.to_pandas()) == 20_000
    assert not Path("/data").exists()


class Slow:
    """A number whose own code runs another tick of the engine."""

    def __init__(self, engine: fw.Engine) -> None:
        self.engine = engine

    def __float__(self) -> float:
        self.engine.process("other", DAY, (7.0, 7.0))
        return 2.0


def test_a_tick_within_a_number_of_a_tick_changes_neither(data: str) -> None:
    with fw.open(data, "c = close\nv = volume", fields=FIELDS) as engine:
        assert list(engine.process("X", DAY, (1.0, Slow(engine)))) == [1.0, 2.0]
        assert engine.get_factor(engine.instrument("other"), "c") == 7.0


def test_a_full_channel_is_waited_for_or_refused(data: str) -> None:
    small = {"channel_bytes": 65_536, "fields": FIELDS}
    columns = make_columns(50_000)
    with fw.open(data, FACTORS, when_full="wait", **small) as engine:  # type: ignore[arg-type]
        assert len(engine.process_many(columns)) == 50_000
    with fw.open(data + "2", FACTORS, when_full="refuse", **small) as engine:  # type: ignore[arg-type]
        with pytest.raises(fw.Busy, match="channel is full"):
            for i in range(200_000):
                engine.process("X", DAY + i, (1.0, 2.0))
