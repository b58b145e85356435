"""Records beside the ticks of an engine; records and facts of a log."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import math
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pytest

import factorwal as fw
from conftest import DAY, FACTORS, SOURCE, make_columns

FIELDS = ["close", "volume"]


@pytest.fixture
def engine(data: str) -> Iterator[fw.Engine]:
    with fw.open(data, "ma2 = ts_mean(close, 2)", fields=["close"]) as one:
        yield one


def test_sends_by_name_and_by_handle_are_the_same_records(data: str) -> None:
    with fw.open(data, "same = close", fields=["close"]) as engine:
        sender = engine.persister
        x, signal = sender.instrument("X"), sender.factor("signal")
        stamps = pandas.Timestamp(DAY, tz="UTC")
        tickets = [
            sender.send_update("X", "signal", 1.0, DAY),
            sender.send_update(x, signal, 2.0, DAY + 1),
            sender.send_update(x, "signal", 3.0, DAY + 2),
            sender.send_update("X", signal, 4.0, stamps),
            sender.send_vector_update("X", "curve", [1.0, 2.0], DAY),
            sender.send_vector_update(x, sender.factor("curve"), np.arange(3), DAY),
            sender.send_snapshot("X", {"signal": 5.0, "other": math.nan}, 7, DAY + 9),
            sender.send_time(DAY + 10),
            sender.send_position(b"line 5"),
        ]
        engine.process(engine.instrument("X"), DAY, (1.0,))
        engine.advance_time(DAY + 20)
        sender.wait_durable(tickets[-1], timeout=30)
        engine.wait_durable(tickets[0], timeout=30)
        sender.wait_durable(9, timeout=30)
        sender.flush(timeout=30)
        assert sender.marks == engine.marks
        assert sender.data_at_risk.records == 0
    found = [record for record in fw.records(data) if record.type != "operator_state"]
    assert [r.type for r in found] == [
        *["update"] * 4, *["vector_update"] * 2, "snapshot", "time", "position", "tick", "time",
    ]  # fmt: skip
    assert [r.sequence for r in found] == list(range(1, 12))
    assert [r.factors["signal"] for r in found[:4]] == [1.0, 2.0, 3.0, 4.0]
    assert [r.timestamp_ns for r in found[:4]] == [DAY, DAY + 1, DAY + 2, DAY]
    vectors = [r.vector for r in found[4:6]]
    assert [v.tolist() for v in vectors if v is not None] == [[1.0, 2.0], [0.0, 1.0, 2.0]]
    snapshot = found[6]
    assert (snapshot.factors["signal"], snapshot.checkpoint_id) == (5.0, 7)
    assert math.isnan(snapshot.factors["other"])
    assert snapshot.timestamp_ns == DAY + 9
    assert found[8].position == b"line 5"
    tick = found[9]
    assert (tick.instrument_id, tick.fields, tick.factors) == ("X", {"close": 1.0}, {"same": 1.0})
    assert tick.tick_number == 1
    assert "tick of X" in repr(tick)
    updates = fw.history(data).filter(data_set="updates").to_pandas()
    assert updates["value"].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_sends_name_what_is_wrong(engine: fw.Engine, data: str) -> None:
    sender = engine.persister
    with pytest.raises(TypeError, match="instrument: a str"):
        sender.send_update(5, "x", 1.0, DAY)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="has no zone"):
        sender.send_update("X", "x", 1.0, np.datetime64(DAY, "ns"))
    with pytest.raises(fw.InvalidArgument, match="seconds"):
        sender.send_update("X", "x", 1.0, DAY // 10**9)
    with pytest.raises(fw.InvalidArgument):
        sender.send_update("", "x", 1.0, DAY)
    with pytest.raises(fw.InvalidArgument):
        sender.send_position(b"x" * 70_000)
    with pytest.raises(TypeError, match="engine's"):
        sender.shutdown()
    with fw.open(data + "2", "same = close", fields=["close"]) as other:
        with pytest.raises(fw.InvalidArgument, match="not one of this open log"):
            sender.send_update(other.instrument("X"), sender.factor("x"), 1.0, DAY)
    assert engine.marks.accepted == 0


def test_health_and_settings_are_told(engine: fw.Engine) -> None:
    assert engine.health.state == "ok"
    assert 0 <= engine.health.seconds < 60
    engine.check()
    assert engine.persister.channel_fallback == ""
    assert engine.persister.config == fw.FactorWalConfig()
    assert engine.persister.wal is None


def test_a_persister_outlives_the_name_of_its_engine(data: str) -> None:
    sender = fw.open(data, "same = close", fields=["close"]).persister
    sender.send_update("X", "a", 1.0, DAY)
    assert sender.marks.accepted == 1


def test_options_are_all_of_the_header() -> None:
    """Whoever adds one there is reminded here."""
    text = (SOURCE / "include/factorwal/options.h").read_text()
    text += (SOURCE / "include/factorwal/engine.h").read_text().split("struct EngineOptions")[1].split("};\n\n")[0]
    members = set(re.findall(r"^  [\w:]+(?:<[^>]*>)? (\w+)(?: = [^;]*|\{[^}]*\})?;", text, re.M))
    members -= {"persist", "log", "config"}
    assert {"batch_size", "keep_age", "cache_history", "log_inputs"} <= members
    offered = inspect.signature(fw.open).parameters
    assert members <= set(offered), members - set(offered)
    for field in dataclasses.fields(fw.FactorWalConfig):
        assert offered[field.name].default == field.default


def test_a_config_is_a_mapping_for_open(data: str) -> None:
    config = fw.FactorWalConfig.low_latency()
    with fw.open(data, "same = close", fields=["close"], **config) as engine:
        assert engine.persister.config == config
        assert not engine.persister.power_safe


def test_a_full_channel_is_waited_for_or_refused_by_sends(data: str) -> None:
    with fw.WalManager(data) as wal:
        config = fw.FactorWalConfig(channel_bytes=65_536)
        with fw.FactorWalPersister(wal, config) as persister:
            x, a = persister.instrument("X"), persister.factor("a")
            for i in range(50_000):
                persister.send_update(x, a, i, DAY + i)
        refusing = fw.FactorWalPersister(wal, dataclasses.replace(config, when_full="refuse"))
        with pytest.raises(fw.Busy, match="full"):
            for i in range(500_000):
                refusing.send_update(x, a, i, DAY + i)


def test_records_follow_a_writer(data: str) -> None:
    with fw.open(data, "same = close", fields=["close"]) as engine:
        engine.process("X", DAY, (1.0,))
        engine.flush()
        found: list[float] = []

        def read() -> None:
            for record in fw.records(data, follow=True, timeout=10):
                found.extend(record.fields.values())
                if len(found) == 3:
                    return

        reader = threading.Thread(target=read)
        reader.start()
        for i in (1, 2):
            time.sleep(0.1)
            engine.process("X", DAY + i, (1.0 + i,))
        engine.flush()
        reader.join()
        assert found == [1.0, 2.0, 3.0]
        assert [r.sequence for r in fw.records(data, first=2)] == [2, 3]
        begun = time.monotonic()
        assert len(list(fw.records(data, follow=True, timeout=0.3))) == 3
        assert 0.3 <= time.monotonic() - begun < 5


def test_records_are_read_in_asyncio(data: str) -> None:
    with fw.open(data, "same = close", fields=["close"]) as engine:
        for i in range(600):
            engine.process("X", DAY + i, (float(i),))

    async def read() -> list[float]:
        return [r.factors["same"] async for r in fw.records(data) if r.type == "tick"]

    assert asyncio.run(read()) == [float(i) for i in range(600)]


def test_latest_is_a_row_an_instrument(data: str) -> None:
    columns = make_columns(1000)
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        assert len(engine.latest()) == 0
        out = engine.process_many(columns).to_pandas()
        latest = engine.latest()
        assert len(latest) == 3
        frame = latest.to_pandas()
        last = out.groupby("instrument_id", observed=True).tail(1)
        last = last.set_index("instrument_id").loc[list(frame["instrument_id"])].reset_index()
        pandas.testing.assert_frame_equal(frame, last, check_categorical=False)
        assert pa.table(latest)["instrument_id"].to_pylist() == ["X0", "X1", "X2"]
        assert engine.get_factor("X1", "ma5") == frame["ma5"][1]
    assert len(engine.latest()) == 3


def test_quality_and_restart_take_ids_too(engine: fw.Engine) -> None:
    engine.process("X", DAY, (1.0,))
    assert engine.quality("X", "ma2") == ("exact", 0)
    engine.restart_instrument("X")
    assert math.isnan(engine.process("X", DAY, (1.0,))["ma2"])


def test_status_examine_and_verify(data: str) -> None:
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        engine.process_many(make_columns(5000))
        engine.flush()
        beside = fw.status(data)
        assert beside.live
        assert beside.writer_pid > 0
    status = fw.status(data)
    assert (status.first_sequence, status.last_sequence, status.durable_sequence) == (1, 5000, 5000)
    assert status.clean and not status.live and status.archived_sequence is None
    assert status["segments"] == status.segments
    assert "last_sequence" in dir(status) and "last_sequence=5000" in repr(status)
    with pytest.raises(AttributeError, match="last_sequence"):
        status.nothing
    assert fw.examine(data).perfect
    told: list[tuple[object, ...]] = []
    checked = fw.verify(data, recompute=True)
    assert checked.ok and checked.records == 5000 and checked.findings == [] and not told
    assert checked.recomputed["values_compared"] > 30_000
    assert checked.recomputed["mismatch_count"] == 0
    with pytest.raises(fw.NotFound):
        fw.status(data + "-none")
    with pytest.raises(fw.NotFound):
        fw.verify(data + "-none")


def damage(data: str) -> None:
    segment = max((p for p in Path(data).rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    with segment.open("r+b") as file:
        file.seek(20_000)
        file.write(b"damage")


def test_damage_is_told_by_all_who_read(data: str) -> None:
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        engine.process_many(make_columns(20_000))
    damage(data)
    checked = fw.verify(data)
    assert checked.corrupt and not checked.ok
    assert checked.findings[0]["damage"] == "corrupt"
    reader = fw.records(data)
    with pytest.raises(fw.Corruption) as raised:
        for _ in reader:
            pass
    assert raised.value.findings[0]["file"]
    assert reader.findings == raised.value.findings
    with pytest.raises(fw.Corruption):
        fw.backup(data, data + "-copy")
    consumer = fw.FactorWalConsumer(data)
    with pytest.raises(fw.Corruption) as raised:
        consumer.recover()
    assert raised.value.findings
    assert set(consumer.get_recovered_factors()) == {"X0", "X1", "X2"}
    found = fw.examine(data, on_corruption="quarantine")
    assert found.facts["decision"] == "go on in quarantine"


def test_a_backup_is_a_log_of_its_own(data: str) -> None:
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        engine.process_many(make_columns(5000))
        engine.flush()
        report = fw.backup(data, data + "-copy")
        assert (report.first_sequence, report.last_sequence, report.left_out) == (1, 5000, [])
        with pytest.raises(fw.FactorwalError, match="copy"):
            fw.backup(data, data + "-copy")
        with fw.open(data + "-copy", FACTORS) as restored:
            assert restored.certificate.perfect
    found = pa.table(fw.history(data + "-copy"))
    assert found.equals(pa.table(fw.history(data)))


def test_retention_is_asked_and_done(data: str) -> None:
    settings = {"segment_bytes": 65_536, "snapshot_every": 500}
    with fw.open(data, FACTORS, fields=FIELDS, **settings) as engine:  # type: ignore[arg-type]
        # In parts, so that snapshots are complete in between, however busy the machine is.
        columns = make_columns(30_000)
        for begin in range(0, 30_000, 3_000):
            engine.process_many({name: c[begin : begin + 3_000] for name, c in columns.items()}, append=True)
            engine.flush()
        with pytest.raises(fw.Locked):
            fw.apply_retention(data, keep_bytes=200_000)
    plan = fw.survey_retention(data, keep_bytes=200_000)
    assert plan.cut > 0 and not plan.applied
    assert fw.status(data).first_sequence == 1
    done = fw.apply_retention(data, keep_bytes=200_000)
    assert (done.cut, done.applied) == (plan.cut, True)
    assert fw.status(data).first_sequence > 1
    assert fw.verify(data).ok
    with pytest.raises(ValueError, match="keep_age"):
        fw.survey_retention(data, keep_age=-1)


def test_rings_are_listed(engine: fw.Engine) -> None:
    engine.process("X", DAY, (1.0,))
    found = [ring for ring in fw.rings(engine.directory) if ring["directory"] == engine.directory]
    assert found and found[0]["use"] == "in use"


def test_records_beside_ticks_survive_a_kill(data: str) -> None:
    program = f"""
import os, signal, sys
import factorwal as fw
engine = fw.open(sys.argv[1], "same = close", fields=["close"])
engine.process("X", {DAY}, (1.0,))
for i in range(100):
    engine.persister.send_update("X", "signal", i, {DAY} + i)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program, data], check=False)
    assert done.returncode == -9
    with fw.open(data, "same = close") as engine:
        assert engine.marks.accepted == 101
    updates = fw.history(data).filter(data_set="updates").to_numpy()
    assert updates["value"].tolist() == [float(i) for i in range(100)]
