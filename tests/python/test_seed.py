"""The page that factorwal started from, and the C++ examples of it, in Python."""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import factorwal as fw
from conftest import DAY, SOURCE, bits


@dataclass
class Tick:
    timestamp_ns: int
    fields: tuple[float, ...]


def tick_stream(count: int) -> Iterator[Tick]:
    """The ticks of examples/tick_stream.h."""
    state, price = 7, 73_000.0
    for i in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        price += 10.0 * ((state >> 33) % 5 - 2)
        volume = 1.0 + (state >> 40) % 9
        yield Tick(
            1_735_689_600_000_000_000 + i * 500_000_000,
            (price, volume, price * volume * 5, 180_000, price - 10, 12, price + 10, 9),
        )


def basic_usage(data: str) -> dict[str, float]:
    # 1. The log.
    wal = fw.WalManager.open(data)
    # 2. The persister.
    config = fw.FactorWalConfig(batch_size=100, max_delay_ms=10, enable_group_commit=True)
    persister = fw.FactorWalPersister(wal, config)
    # 3. An engine with persistence.
    engine = fw.WalStreamFactorEngine("SHFE.cu2501", persister, True)
    # 4. Its factors; the state of an earlier run, if there was one.
    engine.register_factor("ma5", fw.RollingMean(5))
    engine.register_factor("ma20", fw.RollingMean(20))
    engine.register_factor("rsi14", fw.RSI(14))
    engine.recover()
    # 5. Market data.
    for tick in tick_stream(1000):
        factors = engine.process_tick(tick.timestamp_ns, tick.fields)
        assert factors["ma5"] == engine.get_factor("ma5") or math.isnan(factors["ma5"])
    # 6. A snapshot, and the certainty that it is on the disk.
    ticket = engine.create_and_persist_snapshot(1)
    persister.wait_durable(ticket, timeout=30)
    found = factors.to_dict()
    del engine
    persister.shutdown()
    wal.close()
    return found


def test_basic_usage_and_recovery(data: str) -> None:
    found = basic_usage(data)
    # As seed_recovery.cpp.
    wal = fw.WalManager(data)
    consumer = fw.FactorWalConsumer(wal)
    consumer.recover()
    factors = consumer.get_instrument_factors("SHFE.cu2501")
    assert factors == found
    assert consumer.get_recovered_factors() == {"SHFE.cu2501": found}
    assert consumer.get_instrument_factors("nobody") is None
    assert consumer.last_timestamp == 1_735_689_600_000_000_000 + 999 * 500_000_000
    assert consumer.findings == []
    wal.close()


def test_a_second_run_goes_on_with_the_bits_of_one_that_was_never_stopped(data: str) -> None:
    basic_usage(data)
    again = basic_usage(data)
    whole = fw.StreamFactorEngine()
    whole.register_factor("ma5", fw.RollingMean(5))
    whole.register_factor("ma20", fw.RollingMean(20))
    whole.register_factor("rsi14", fw.RSI(14))
    for tick in [*tick_stream(1000), *tick_stream(1000)]:
        values = whole.process_tick(tick.fields)
    assert np.array_equal(bits(values.copy()), bits(np.array(list(again.values()))))


def test_configurations(data: str) -> None:
    """As seed_configuration.cpp."""
    configs = {
        "high_throughput": fw.FactorWalConfig.high_throughput(),
        "low_latency": fw.FactorWalConfig.low_latency(),
        "balanced": fw.FactorWalConfig.balanced(),
        "fast_market": fw.FactorWalConfig(batch_size=500),
        "slow_market": fw.FactorWalConfig(batch_size=50),
        "short_delay": fw.FactorWalConfig(batch_size=50, max_delay_ms=5),
    }
    Path(data).mkdir()
    for name, config in configs.items():
        persister = fw.FactorWalPersister(fw.WalManager(Path(data) / name), config)
        for i in range(2000):
            persister.send_update("SHFE.cu2501", "ma5", 73_000.0 + i, i)
        persister.shutdown()
        assert persister.marks.durable >= 2000
        assert persister.stats.commits > 0
        assert persister.config == config
        assert persister.power_safe == config.enable_group_commit


def test_graceful_shutdown(data: str) -> None:
    """As seed_graceful_shutdown.cpp."""
    with fw.WalManager(data) as wal:
        with fw.FactorWalPersister(wal) as persister:
            for i in range(1, 1001):
                persister.send_update("SHFE.cu2501", "ma5", i, i)
        with pytest.raises(fw.Closed):
            persister.send_update("SHFE.cu2501", "ma5", 0, 0)
        bounded = fw.FactorWalPersister(wal, fw.FactorWalConfig(when_full="refuse"))
        for i in range(1001, 2001):
            bounded.send_update("SHFE.cu2501", "ma5", i, i)
        del bounded  # no shutdown: its end waits for everything that was accepted
        consumer = fw.FactorWalConsumer(wal)
        consumer.recover()
        assert consumer.get_instrument_factors("SHFE.cu2501") == {"ma5": 2000.0}


def test_message_types(data: str) -> None:
    """As seed_message_types.cpp."""
    with fw.WalManager(data) as wal:
        with fw.FactorWalPersister(wal) as persister:
            persister.send(fw.FactorWalMessage.Update("SHFE.cu2501", "ma5", 73_012.0, 1))
            persister.send(
                fw.FactorWalMessage.Snapshot("SHFE.cu2501", {"ma5": 73_013.0, "rsi14": 55.5}, 1)
            )
            persister.send(fw.FactorWalMessage.VectorUpdate("SHFE.cu2501", "curve", [1, 2.5, 3], 2))
            persister.send_update("SHFE.cu2501", "ma5", 73_014.0, 3)  # after the snapshot: it wins
            with pytest.raises(TypeError, match="FactorWalMessage"):
                persister.send("ma5")  # type: ignore[arg-type]
        consumer = fw.FactorWalConsumer(wal)
        consumer.recover()
        assert consumer.get_instrument_factors("SHFE.cu2501") == {"ma5": 73_014.0, "rsi14": 55.5}
        vectors = consumer.get_instrument_vectors("SHFE.cu2501")
        assert vectors is not None
        assert vectors["curve"].tolist() == [1.0, 2.5, 3.0]
    kinds = [record.type for record in fw.records(data)]
    assert kinds == ["update", "snapshot", "vector_update", "update"]


def test_periodic_snapshots(data: str) -> None:
    """As seed_periodic_snapshots.cpp."""
    wal = fw.WalManager(data)
    persister = fw.FactorWalPersister(wal)
    engine = fw.WalStreamFactorEngine("SHFE.cu2501", persister)
    engine.register_factor("ma20", fw.RollingMean(20))
    engine.register_factor(("dif", "dea", "hist"), fw.MACD(12, 26, 9))
    assert engine.names == ["ma20", "dif", "dea", "hist"]
    for counter, tick in enumerate(tick_stream(25_000), 1):
        engine.process_tick(tick.timestamp_ns, tick.fields)
        if counter % 10_000 == 0:
            engine.create_and_persist_snapshot(counter // 10_000)
    persister.flush(timeout=30)
    assert persister.marks.durable >= 25_002
    snapshots = [r for r in fw.records(data) if r.type == "snapshot"]
    assert [r.checkpoint_id for r in snapshots] == [1, 2]
    assert set(snapshots[0].factors) == {"ma20", "dif", "dea", "hist"}


def test_the_log_takes_messages_without_a_persister(data: str) -> None:
    with fw.WalManager(data) as wal:
        assert wal.append(fw.FactorWalMessage.Update("X", "a", 1.5, DAY)) == 1
        assert wal.append(fw.FactorWalMessage.VectorUpdate("X", "v", (1.0, 2.0), DAY)) == 2
        assert wal.append(fw.FactorWalMessage.Snapshot("Y", {"a": 2.0})) == 3
        wal.flush_group_commit()
        assert wal.durable_sequence == wal.written_sequence == 3
        assert wal.recovery["created"]
        with pytest.raises(fw.Locked):
            fw.WalManager(data)
        with pytest.raises(TypeError):
            pickle.dumps(wal)
    consumer = fw.FactorWalConsumer(data)
    consumer.recover()
    assert consumer.get_recovered_factors() == {"X": {"a": 1.5}, "Y": {"a": 2.0}}
    assert consumer.last_sequence == 3


def test_an_engine_by_hand_is_the_operators_by_themselves() -> None:
    engine = fw.StreamFactorEngine(["close", "volume"])
    engine.register_factor("ma3", fw.RollingMean(3))
    engine.register_factor("together", fw.RollingCorr(3), inputs=["close", "volume"])
    engine.register_factor(("upper", "_", "lower"), fw.BollingerBands(3))
    mean, bands = fw.RollingMean(3), fw.BollingerBands(3)
    for i, close in enumerate([1.0, 2.0, 4.0, 3.0]):
        values = engine.process_tick((close, float(i * i)))
        one, several = mean.update(close), bands.update(close)
    assert values.names == ["ma3", "together", "upper", "lower"]
    assert values["ma3"] == one == 3.0
    assert (values["upper"], values["lower"]) == (several[0], several[2])
    assert engine.get_all_factors() == values.to_dict()
    state = engine.save_state()
    engine.restart()
    assert math.isnan(engine.process_tick((9.0, 9.0))["ma3"])
    assert engine.load_state(state)[0] > 0
    assert engine.process_tick((2.0, 0.0))["ma3"] == 3.0
    with pytest.raises(fw.FactorwalError, match="ma3"):
        engine.register_factor("ma3", fw.EMA(3))
    with pytest.raises(fw.NotFound, match="mood"):
        engine.register_factor("x", fw.EMA(3), inputs=["mood"])


def test_every_operator_class_of_the_headers_is_there() -> None:
    names = set()
    for header in (SOURCE / "include/factorwal/operators").glob("*.h"):
        for line in header.read_text().splitlines():
            if line.startswith("class FACTORWAL_EXPORT") and ": public BuiltInOperator" in line:
                names.add(line.split()[2])
    assert len(names) == 19
    for name in names:
        made = getattr(fw, name)
        needs = {"EMA": [3], "DEMA": [3], "Delay": [1], "Delta": [1]}.get(name, [])
        operator = made(*([5] if name.startswith("Rolling") else needs))
        assert isinstance(operator, fw.BuiltInOperator)
        outputs = operator.update(*[1.0] * len(operator.default_inputs))
        assert operator.output_count == (len(outputs) if isinstance(outputs, tuple) else 1)
        assert operator.identity in repr(operator)
        operator.load_state(operator.save_state())


def test_operators_refuse_what_they_cannot_be() -> None:
    with pytest.raises(fw.InvalidArgument, match="d"):
        fw.RollingMean(0)
    with pytest.raises(fw.InvalidArgument):
        fw.MACD(26, 12, 9)
    with pytest.raises(TypeError, match="3 numbers"):
        fw.ATR(14).update(1.0)
    with pytest.raises(fw.InvalidArgument, match="not one of ema"):
        fw.EMA(3).load_state(b"odd")
    with pytest.raises(fw.Corruption):
        fw.EMA(3).load_state(fw.EMA(3).save_state()[:-1])


def test_one_engine_an_instrument(data: str) -> None:
    with fw.WalManager(data) as wal:
        persister = fw.FactorWalPersister(wal)
        engine = fw.WalStreamFactorEngine("X", persister)
        with pytest.raises(fw.Locked):
            fw.WalStreamFactorEngine("X", persister)
        other = fw.WalStreamFactorEngine("Y", persister, fields=["close"])
        for one in (engine, other):
            one.register_factor("ma2", fw.RollingMean(2))
        fw.WalStreamFactorEngine.recover_all([engine, other])
        assert math.isnan(other.process_tick(DAY, (1.0,))["ma2"])
        assert other.process_tick(DAY, np.array([3.0]))["ma2"] == 2.0
        with pytest.raises(ValueError, match="close"):
            other.process_tick(DAY, (3.0, 4.0))
        with pytest.raises(TypeError):
            pickle.dumps(engine)


def test_the_catalogue_is_that_of_the_language() -> None:
    known = {one.name: one for one in fw.operators()}
    assert known["ts_mean"].signature.startswith("ts_mean(")
    assert "sma" in known["ts_mean"].aliases
    assert len(known["macd"].outputs) == 3
