"""Forks, kills, exits, and other interpreters."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import factorwal as fw
from conftest import DAY, make_columns

FACTORS = "ma2 = ts_mean(close, 2)"
FIELDS = ["close"]


def in_child(work: Callable[[], object]) -> int:
    """What a child process makes of it, within ten seconds: 0, or what it ends with."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise AssertionError("the child hangs")


def test_every_call_of_a_child_is_told_what_to_do(data: str) -> None:
    engine = fw.open(data, FACTORS, fields=FIELDS)
    ticket = engine.process("X", DAY, (1.0,)).ticket
    x = engine.instrument("X")
    sender = engine.persister
    subscription = engine.subscribe()
    wal = fw.WalManager(data + "-wal")
    persister = fw.FactorWalPersister(wal)
    stream = fw.WalStreamFactorEngine("X", persister, fields=FIELDS)
    stream.register_factor("ma2", fw.RollingMean(2))
    stream.recover()
    columns = make_columns(10)
    calls: dict[str, Callable[[], Any]] = {
        "instrument": lambda: engine.instrument("Y"),
        "process": lambda: engine.process(x, DAY, (1.0,)),
        "process_many": lambda: engine.process_many(columns),
        "wait_durable": lambda: engine.wait_durable(ticket, timeout=1),
        "flush": engine.flush,
        "checkpoint": engine.checkpoint,
        "close": engine.close,
        "get_factor": lambda: engine.get_factor(x, "ma2"),
        "quality": lambda: engine.quality(x, "ma2"),
        "restart_instrument": lambda: engine.restart_instrument(x),
        "advance_time": lambda: engine.advance_time(DAY),
        "latest": engine.latest,
        "subscribe": lambda: engine.subscribe(print),
        "marks": lambda: engine.marks,
        "data_at_risk": lambda: engine.data_at_risk,
        "certificate": lambda: engine.certificate,
        "health": lambda: engine.health,
        "check": engine.check,
        "factor_names": lambda: engine.factor_names,
        "fields": lambda: engine.fields,
        "persister": lambda: engine.persister,
        "sender.send_update": lambda: sender.send_update("X", "a", 1.0, DAY),
        "persister.send_update": lambda: persister.send_update("X", "a", 1.0, DAY),
        "persister.send_vector_update": lambda: persister.send_vector_update("X", "a", [1.0], DAY),
        "persister.send_snapshot": lambda: persister.send_snapshot("X", {"a": 1.0}),
        "persister.send_time": lambda: persister.send_time(DAY),
        "persister.send_position": lambda: persister.send_position(b"1"),
        "persister.flush": persister.flush,
        "persister.shutdown": persister.shutdown,
        "persister.marks": lambda: persister.marks,
        "persister.health": lambda: persister.health,
        "persister.stats": lambda: persister.stats,
        "persister.instrument": lambda: persister.instrument("X"),
        "wal.append": lambda: wal.append(fw.FactorWalMessage.Update("X", "a", 1.0, DAY)),
        "wal.flush_group_commit": wal.flush_group_commit,
        "wal.close": wal.close,
        "wal.durable_sequence": lambda: wal.durable_sequence,
        "consumer": lambda: fw.FactorWalConsumer(wal),
        "stream.process_tick": lambda: stream.process_tick(DAY, (1.0,)),
        "stream.get_factor": lambda: stream.get_factor("ma2"),
        "stream.snapshot": lambda: stream.create_and_persist_snapshot(1),
    }

    def work() -> None:
        for name, call in calls.items():
            begun = time.monotonic()
            try:
                call()
            except fw.Forked as error:
                assert 'set_start_method("spawn")' in str(error), name
                assert error.code == "forked", name
            else:
                raise AssertionError(f"{name} was not refused")
            assert time.monotonic() - begun < 1, name
        assert list(subscription) == []
        subscription.close()
        assert "Engine" in repr(engine) and "WalManager" in repr(wal)

    assert in_child(work) == 0
    # Nothing of the parent's was touched.
    assert engine.process("X", DAY + 1, (3.0,))["ma2"] == 2.0
    persister.send_update("X", "a", 1.0, DAY)
    persister.flush(timeout=30)
    for one in (engine, persister, wal):
        one.close()
    assert fw.verify(data).ok and fw.verify(data + "-wal").ok


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)", "del engine, view, sub; gc.collect(); sys.exit(0)"])
def test_a_childs_exit_leaves_the_parents_engine_alone(data: str, end: str) -> None:
    program = f"""
import gc, os, sys
import numpy as np
import factorwal as fw
with fw.open(sys.argv[1], "same = close", fields=["close"]) as engine:
    seen = []
    sub = engine.subscribe(seen.append)
    view = np.asarray(engine.process("X", {DAY}, (1.0,)))
    child = os.fork()
    if child == 0:
        {end}
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert fw.status(sys.argv[1]).live
    for i in range(100):
        engine.process("X", {DAY} + 1 + i, (1.0,))
    engine.wait_durable(engine.process("X", {DAY} + 200, (2.0,)).ticket, timeout=30)
print(engine.marks.accepted)
"""
    done = subprocess.run([sys.executable, "-c", program, data], capture_output=True, text=True,
                          check=False, timeout=60)  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "102\n")
    assert fw.verify(data).ok


def _compute_in_a_worker(factors: fw.FactorSet) -> int:
    return len(fw.compute(make_columns(100), factors))


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_workers_compute_beside_a_parents_engine(data: str, method: str) -> None:
    """Factor sets cross; engines do not."""
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        engine.process("X", DAY, (1.0,))
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map(_compute_in_a_worker, [fw.FactorSet(FACTORS)] * 4) == [100] * 4
        engine.process("X", DAY + 1, (1.0,))


def test_what_is_open_does_not_pickle(data: str) -> None:
    with fw.open(data, FACTORS, fields=FIELDS) as engine, fw.WalManager(data + "-wal") as wal:
        for one in (engine, engine.persister, wal, fw.FactorWalPersister(wal)):
            with pytest.raises(TypeError, match="cannot be pickled"):
                pickle.dumps(one)


@pytest.mark.parametrize("how", ["kill", "exit", "collect"])
def test_an_engine_that_is_not_closed_loses_nothing(data: str, how: str) -> None:
    ends = {"kill": "os.kill(os.getpid(), 9)", "exit": "os._exit(0)", "collect": "del engine; gc.collect()"}
    program = f"""
import gc, os, sys
import factorwal as fw
engine = fw.open(sys.argv[1], "{FACTORS}", fields=["close"])
for i in range(5000):
    engine.process("X", {DAY} + i, (i * 1.5,), b"%d" % i)
{ends[how]}
"""
    done = subprocess.run([sys.executable, "-c", program, data], check=False, timeout=60)
    assert done.returncode == (-9 if how == "kill" else 0)
    with fw.open(data, FACTORS) as engine:
        assert engine.marks.accepted == 5000
        assert engine.position == b"4999"
        assert engine.certificate.perfect
        assert engine.certificate.facts["clean"] or how != "collect"
        assert engine.process("X", DAY + 5000, (5000 * 1.5,))["ma2"] == 4999.5 * 1.5
    gc.collect()


def test_fields_are_known_where_a_killed_process_had_only_its_channel(data: str) -> None:
    """A log without a tick, and ticks in the channel: open waited for a first table, as of a new
    directory, because it looked at the log alone."""
    program = f"""
import os, signal, sys
import factorwal as fw
engine = fw.open(sys.argv[1], "{FACTORS}", fields=["close"], batch_size=10**6, max_delay_ms=10**6,
                 adaptive=False)
engine.process("X", {DAY}, (1.0,), b"1")
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program, data], check=False, timeout=60)
    assert done.returncode == -9
    assert fw.status(data).last_sequence == 0
    with fw.open(data, FACTORS) as engine:
        assert engine.fields == ["close"]
        assert engine.position == b"1"
        assert engine.certificate.perfect
        assert engine.process("X", DAY + 1, (3.0,))["ma2"] == 2.0


def test_another_interpreter_of_the_process_is_refused() -> None:
    """By numpy, before anything of this package runs there."""
    program = """
import sys
import factorwal
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
other = interpreters.create()
try:
    failed = interpreters.run_string(other, "import factorwal")
    print("failed" if failed is not None else "imported")
except Exception as error:
    print("failed", str(error)[:200])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=False, timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("failed"), done.stdout


def test_a_directory_of_a_dead_child_opens_in_the_parent(data: str) -> None:
    """The way out that the message names: the child opens its own directory."""

    def work() -> None:
        with fw.open(data + "-child", FACTORS, fields=FIELDS) as engine:
            engine.process("X", DAY, (1.0,))

    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        engine.process("X", DAY, (1.0,))
        assert in_child(work) == 0
        assert len(fw.history(data + "-child").to_numpy()["ma2"]) == 1
    assert Path(data).exists()


@pytest.mark.parametrize("call", ["fw.compute(t, F)", "fw.open(D, F).process_many(t)", "fw.verify(D)"])
def test_daemon_threads_within_calls_let_the_process_end(data: str, call: str) -> None:
    code = f"""
import sys, threading, time
import factorwal as fw
F, D = "m = ts_mean(close, 9)", sys.argv[1]
t = fw.sample_ticks(1_000_000)
if "verify" in "{call}":
    fw.open(D, F).process_many(t, collect=False)
def use():
    while True:
        {call}
threading.Thread(target=use, daemon=True).start()
time.sleep(0.1)
"""
    ended = subprocess.run([sys.executable, "-c", code, data], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
