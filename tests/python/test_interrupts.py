"""Ctrl-C is answered within a moment, wherever a call waits or works."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import factorwal as fw
from conftest import DAY

ROWS = 600_000
LONG = "\n".join(f"f{i} = ts_corr(close, volume, {i + 50})" for i in range(24))


@pytest.fixture(scope="module")
def columns() -> pa.Table:
    random = np.random.default_rng(1)
    ids = pa.array([f"X{i}" for i in range(50)])
    return pa.table({
        "instrument": pa.DictionaryArray.from_arrays(np.arange(ROWS, dtype=np.int32) % 50, ids),
        "timestamp": np.arange(ROWS) * 1000 + DAY,
        "close": random.random(ROWS),
        "volume": random.random(ROWS),
    })  # fmt: skip


@pytest.fixture(scope="module")
def log(columns: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = str(tmp_path_factory.mktemp("interrupts") / "data")
    with fw.open(directory, "same = close") as engine:
        engine.process_many(columns, collect=False)
    yield directory


def interrupted(call: Callable[[], Any], after: float) -> KeyboardInterrupt:
    """What a call that is interrupted after so many seconds raises, at most 0.2 s later."""
    sent: list[float] = []

    def interrupt() -> None:
        time.sleep(after)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    # Also where whoever started this had it ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    returned = False
    try:
        with pytest.raises(KeyboardInterrupt) as raised:
            call()
            returned = True
            time.sleep(10)  # for the signal to come here, and not to the test's end
        waited = time.monotonic() - sent[0]
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)
    assert not returned
    assert waited < 0.2
    return raised.value


def again_and_again(call: Callable[[], Any]) -> Callable[[], Any]:
    """However quick the machine is."""

    def repeat() -> None:
        while True:
            call()

    return repeat


def test_compute(columns: pa.Table) -> None:
    interrupted(again_and_again(lambda: fw.compute(columns, LONG)), 0.5)


def test_verify_and_backup(log: str, data: str) -> None:
    interrupted(again_and_again(lambda: fw.verify(log, recompute=True)), 0.3)
    copies = itertools.count()
    interrupted(again_and_again(lambda: fw.backup(log, f"{data}-{next(copies)}")), 0.3)
    assert fw.verify(log).ok


def test_histories_and_records(log: str) -> None:
    interrupted(again_and_again(lambda: fw.history(log).to_pandas()), 0.3)
    interrupted(again_and_again(lambda: fw.history(log).filter(instrument="X7").to_numpy()), 0.3)
    interrupted(again_and_again(lambda: sum(1 for _ in fw.records(log))), 0.3)
    interrupted(lambda: sum(1 for _ in fw.records(log, first=ROWS, follow=True)), 0.3)


def test_waits(data: str) -> None:
    with fw.open(data, "same = close", fields=["close"]) as engine:
        interrupted(lambda: list(engine.subscribe()), 0.3)
        interrupted(lambda: engine.subscribe().run(print), 0.3)
        engine.process("X", DAY, (1.0,))
        engine.flush()
        with pytest.raises(fw.Timeout):
            engine.persister.wait_durable(5, timeout=0.05)
        interrupted(lambda: engine.persister.wait_durable(5), 0.3)


def open_and_close(log: str, i: int) -> None:
    """Another factor each time, to be computed from all ticks."""
    fw.open(log, LONG + f"\ng{i} = close + {i}").close()


def test_an_open_that_replays_ends_by_itself_and_leaves_all_as_it_was(log: str) -> None:
    """Its directory is locked until then."""
    others = itertools.count()
    interrupted(again_and_again(lambda: open_and_close(log, next(others))), 0.3)
    end = time.monotonic() + 60
    while True:
        try:
            engine = fw.open(log, "same = close")
            break
        except fw.Locked:
            assert time.monotonic() < end
            time.sleep(0.02)
    with engine:
        assert engine.marks.accepted == ROWS
        assert engine.certificate.perfect
    assert fw.verify(log).ok


def test_examine_and_recover(log: str) -> None:
    interrupted(again_and_again(lambda: fw.examine(log)), 0.3)
    consumer = fw.FactorWalConsumer(log)

    def recover() -> None:
        while True:
            consumer.recover()

    interrupted(recover, 0.3)
    consumer.recover()
    assert len(consumer.get_recovered_factors()) == 50
