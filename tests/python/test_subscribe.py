"""Changes of an engine's factors, in a thread of the reader's choosing."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import factorwal as fw
from conftest import DAY

FACTORS = "same = close\ntwice = close * 2"


@pytest.fixture
def engine(data: str) -> Iterator[fw.Engine]:
    with fw.open(data, FACTORS, fields=["close"]) as one:
        yield one


def send(engine: fw.Engine, count: int, instrument: str = "X") -> None:
    for i in range(count):
        engine.process(instrument, DAY + i, (float(i),))


def wait_for(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_callback_gets_every_tick_in_a_thread_of_the_module(engine: fw.Engine) -> None:
    send(engine, 5)
    seen: list[fw.Change] = []
    threads: set[threading.Thread] = set()

    def note(change: fw.Change) -> None:
        seen.append(change)
        threads.add(threading.current_thread())

    subscription = engine.subscribe(note)
    send(engine, 300)
    send(engine, 2, "Y")
    wait_for(lambda: len(seen) == 302)
    assert threads != {threading.main_thread()} and len(threads) == 1
    assert [change["same"] for change in seen] == [float(i) for i in (*range(300), 0, 1)]
    last = seen[-1]
    assert (last.instrument_id, last.timestamp_ns, last.tick_count) == ("Y", DAY + 1, 2)
    assert last.update == seen[0].update + 301
    assert last.values.to_dict() == {"same": 1.0, "twice": 2.0}
    assert np.asarray(seen[1].values).tolist() == [1.0, 2.0]
    assert "Y" in repr(last)
    assert subscription.missed == 0
    engine.close()
    assert subscription.join(timeout=20)
    assert subscription.closed
    assert len(seen) == 302


def test_the_last_change_is_delivered_before_a_subscription_ends_with_its_engine(data: str) -> None:
    engine = fw.open(data, FACTORS, fields=["close"])
    seen: list[float] = []

    def slow(change: fw.Change) -> None:
        time.sleep(0.001)
        seen.append(change["same"])

    subscription = engine.subscribe(slow)
    send(engine, 200)
    engine.close()
    assert subscription.join(timeout=20)
    assert seen == [float(i) for i in range(200)]


def test_some_instruments_alone(engine: fw.Engine) -> None:
    subscription = engine.subscribe(instruments=["Y", engine.instrument("Z")])
    for name in "XYZXYZ":
        send(engine, 1, name)
    assert [change.instrument_id for change in subscription.poll()] == list("YZYZ")
    assert subscription.poll() == []


def test_a_slow_callback_slows_no_tick_and_what_it_missed_is_counted(data: str) -> None:
    begun = threading.Event()
    go_on = threading.Event()
    seen: list[int] = []

    def slow(change: fw.Change) -> None:
        seen.append(change.update)
        begun.set()
        go_on.wait(20)

    with fw.open(data, FACTORS, fields=["close"], cache_history=100) as engine:
        subscription = engine.subscribe(slow)
        send(engine, 1)
        assert begun.wait(20)
        send(engine, 10_000)  # while the callback stands still
        go_on.set()
        wait_for(lambda: seen[-1] == 10_001)
        assert subscription.missed + len(seen) == 10_001
        assert subscription.missed >= 10_001 - 2 * 100 - 1
        assert seen == sorted(seen)


def test_a_failure_under_the_interpreters_own_hook_stops_nothing(data: str) -> None:
    """pytest has a hook of its own."""
    program = """
import sys, factorwal as fw
with fw.open(sys.argv[1], "same = close", fields=["close"]) as engine:
    subscription = engine.subscribe(lambda change: 1 / 0)
    for i in range(5):
        engine.process("X", 10**18 + i, (1.0,))
subscription.join()
print(subscription.failures, flush=True)
"""
    done = subprocess.run([sys.executable, "-c", program, data], capture_output=True, text=True, check=False)
    assert done.stdout == "5\n", done.stderr
    assert done.stderr.count("ZeroDivisionError: division by zero") == 1


def test_a_subscription_that_nobody_has_ends_with_python(data: str) -> None:
    program = """
import sys, time, factorwal as fw
engine = fw.open(sys.argv[1], "same = close", fields=["close"])
subscription = engine.subscribe(lambda change: time.sleep(0.05))
for i in range(20):
    engine.process("X", 10**18 + i, (1.0,))
del subscription, engine
"""
    done = subprocess.run([sys.executable, "-c", program, data], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_failure_is_reported_once_and_counted(
    engine: fw.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    seen: list[float] = []

    def fail(change: fw.Change) -> None:
        seen.append(change["same"])
        if change["same"] < 3:
            raise ValueError(f"no {change['same']}")

    subscription = engine.subscribe(fail)
    send(engine, 5)
    wait_for(lambda: len(seen) == 5)
    assert subscription.failures == 3
    assert str(subscription.first_failure) == "no 0.0"
    assert len(reported) == 1
    assert reported[0].exc_value is subscription.first_failure
    assert engine.marks.accepted == 5


def test_a_reader_iterates_in_its_own_thread(data: str) -> None:
    engine = fw.open(data, FACTORS, fields=["close"])
    subscription = engine.subscribe()

    def feed() -> None:
        send(engine, 100)
        engine.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    assert [change["same"] for change in subscription] == [float(i) for i in range(100)]
    feeder.join()


def test_a_reader_reads_in_asyncio(data: str) -> None:
    engine = fw.open(data, FACTORS, fields=["close"])
    subscription = engine.subscribe()

    async def read() -> list[float]:
        return [change["same"] async for change in subscription]

    async def both() -> list[float]:
        reading = asyncio.create_task(read())
        for i in range(50):
            engine.process("X", DAY + i, (float(i),))
            await asyncio.sleep(0)
        engine.close()
        return await reading

    assert asyncio.run(both()) == [float(i) for i in range(50)]


def test_run_calls_back_in_the_callers_thread_until_it_is_closed(engine: fw.Engine) -> None:
    subscription = engine.subscribe()
    seen: list[threading.Thread] = []
    send(engine, 3)

    def note(change: fw.Change) -> None:
        seen.append(threading.current_thread())
        if len(seen) == 2:
            subscription.close()

    subscription.run(note)
    assert seen == [threading.current_thread()] * 2


def test_a_closed_subscription_calls_back_no_more(engine: fw.Engine) -> None:
    seen: list[float] = []
    with engine.subscribe(lambda change: seen.append(change["same"])):
        send(engine, 1)
        wait_for(lambda: seen == [0.0])
    send(engine, 5)
    time.sleep(0.1)
    assert seen == [0.0]


def test_an_engine_that_nobody_keeps_is_no_subscriptions_to_keep(data: str) -> None:
    engine = fw.open(data, FACTORS, fields=["close"])
    subscription = engine.subscribe(lambda change: None)
    send(engine, 3)
    del engine
    assert subscription.join(timeout=20)
    gc.collect()
    fw.open(data, FACTORS).close()


def test_subscriptions_that_nobody_closes_do_not_hold_up_the_exit(data: str) -> None:
    program = f"""
import sys, time
import factorwal as fw
engine = fw.open(sys.argv[1], "same = close", fields=["close"])
subscription = engine.subscribe(lambda change: time.sleep(0.01))
for i in range(1000):
    engine.process("X", {DAY} + i, (1.0,))
"""
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program, data], capture_output=True, text=True,
                          check=False, timeout=60)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - begun < 8
    with fw.open(data, "same = close") as engine:
        assert engine.certificate.facts["clean"]
