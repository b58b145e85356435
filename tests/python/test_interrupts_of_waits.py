"""Ctrl-C where a call waits for work that goes on: it is answered at once, the work ends by itself, and
nothing that was accepted is lost."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import factorwal as fw
from conftest import DAY
from test_interrupts import ROWS, again_and_again, columns, interrupted, log

WIDE = "\n".join(f"f{i} = ts_corr(close, volume, {i + 50})" for i in range(24))
MANY = 30_000


@pytest.fixture(scope="module")
def instruments() -> pa.Table:
    """One tick each of very many, whose states take long to write."""
    random = np.random.default_rng(2)
    return pa.table({
        "instrument": [f"I{i}" for i in range(MANY)],
        "timestamp": np.arange(MANY) + DAY,
        "close": random.random(MANY),
        "volume": random.random(MANY),
    })  # fmt: skip


def until_done(call: Callable[[], Any], *not_yet: type[Exception]) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            call()
            return
        except not_yet:
            assert time.monotonic() < end
            time.sleep(0.02)


def test_a_checkpoint_goes_on_and_ticks_are_busy_until_it_has_ended(
    data: str, instruments: pa.Table
) -> None:
    with fw.open(data, WIDE) as engine:
        engine.process_many(instruments, collect=False)
        interrupted(again_and_again(engine.checkpoint), 0.3)
        until_done(lambda: engine.process("I0", DAY + MANY, (1.0, 2.0)), fw.Busy)
        assert engine.marks.accepted == MANY + 1
    assert fw.verify(data).ok
    with fw.open(data, WIDE) as engine:
        assert engine.certificate.perfect
        assert engine.marks.accepted == MANY + 1


def test_a_close_goes_on_and_the_next_waits_for_it(data: str, instruments: pa.Table) -> None:
    engine = fw.open(data, WIDE, fields=["close", "volume"])
    engine.process_many(instruments, collect=False)

    def close_and_wait() -> None:
        engine.close()
        time.sleep(10)

    interrupted(close_and_wait, 0.02)
    assert engine.closed or engine.marks.accepted == MANY
    engine.close()
    with pytest.raises(fw.Closed):
        engine.process("I0", DAY + MANY, (1.0, 2.0))
    assert fw.status(data).clean
    with fw.open(data, WIDE) as engine:
        assert engine.marks.accepted == MANY
    assert fw.verify(data).ok


def test_shutdown_flush_and_close_of_a_log(data: str) -> None:
    values = np.random.default_rng(3).random(100_000)
    wal = fw.WalManager(data)
    persister = fw.FactorWalPersister(wal)

    def send_and_flush() -> None:
        wal.append(fw.FactorWalMessage.VectorUpdate("X", "curve", values, DAY))
        wal.flush_group_commit()

    interrupted(again_and_again(send_and_flush), 0.3)
    sent = 0
    for sent in range(1, 200):
        persister.send_vector_update("X", "sent", values + sent, DAY)

    def end_and_wait(end: Callable[[], None]) -> Callable[[], None]:
        def call() -> None:
            end()
            time.sleep(10)

        return call

    interrupted(end_and_wait(persister.shutdown), 0.02)
    persister.shutdown()
    interrupted(end_and_wait(wal.close), 0.02)
    wal.close()
    consumer = fw.FactorWalConsumer(data)
    consumer.recover()
    vectors = consumer.get_instrument_vectors("X")
    assert vectors is not None and np.array_equal(vectors["sent"], values + sent)
    assert fw.verify(data).ok


def test_recovery_of_one_instruments_engine(data: str) -> None:
    with fw.WalManager(data) as wal, fw.FactorWalPersister(wal) as persister:
        engine = fw.WalStreamFactorEngine("X", persister, fields=["close"])
        engine.register_factor("mean", fw.RollingMean(50))
        for i, price in enumerate(np.random.default_rng(4).random(300_000).tolist()):
            engine.process_tick(DAY + i, (price,))
        last = engine.get_factor("mean")
    with fw.WalManager(data) as wal, fw.FactorWalPersister(wal) as persister:
        engine = fw.WalStreamFactorEngine("X", persister, fields=["close"])
        engine.register_factor("mean", fw.RollingMean(50))
        interrupted(again_and_again(engine.recover), 0.3)
        engine.recover()
        assert engine.get_factor("mean") == last


def drained(call: Callable[[], Any]) -> Callable[[], None]:
    """The reader's own exception may come first; Python's follows as soon as Python runs."""

    def drain() -> None:
        while True:
            try:
                call()
            except Exception as error:
                # DuckDB has heard it by itself, or tells what our Python part raised.
                if "Query interrupted" in str(error) or "KeyboardInterrupt" in str(error):
                    raise KeyboardInterrupt from error
                assert "interrupted by a signal" in str(error)
                for _ in range(1000):
                    pass
                raise AssertionError("no KeyboardInterrupt came") from error

    return drain


def ask_duckdb(h: Any) -> Any:
    relation = duckdb.sql("select avg(same), count(*) from h")
    assert relation is not None
    return relation.fetchall()


READERS: dict[str, Callable[[Any], Any]] = {
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "duckdb": ask_duckdb,
}


@pytest.mark.parametrize("reader", READERS)
def test_a_history_that_others_drain(log: str, reader: str) -> None:
    history = fw.history(log)
    # DuckDB looks between its tasks, of so many batches each.
    # pyarrow gives back one by one what it has read.
    rows = {"polars": 4, "pyarrow": 128, "duckdb": 65_536}[reader]
    slow = history.filter(batch_rows=rows)
    interrupted(drained(lambda: READERS[reader](slow)), 0.3)
    assert len(pl.DataFrame(history)) == ROWS


def test_a_history_in_small_batches(log: str) -> None:
    history = fw.history(log).filter(batch_rows=1)
    interrupted(history.to_numpy, 0.3)
    interrupted(lambda: sum(len(rows) for rows in history.reader()), 0.3)


def test_a_handler_that_raises_nothing_ends_no_stream(log: str) -> None:
    code = f"""
        import os, signal, threading, time, polars
        import factorwal as fw
        heard = []
        signal.signal(signal.SIGINT, lambda *_: heard.append(1))
        def kill():
            for _ in range(20):
                time.sleep(0.01)
                os.kill(os.getpid(), signal.SIGINT)
        thread = threading.Thread(target=kill)
        thread.start()
        while thread.is_alive():
            assert len(polars.DataFrame(fw.history({log!r}))) == {ROWS}
        assert heard
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=60)


def test_an_exit_waits_for_what_was_left(data: str, instruments: pa.Table) -> None:
    path = Path(data + ".arrow")
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, instruments.schema) as writer:
        writer.write_table(instruments)
    code = f"""
        import os, signal, threading, time
        import pyarrow as pa
        import factorwal as fw
        signal.signal(signal.SIGINT, signal.default_int_handler)
        table = pa.ipc.open_file({str(path)!r}).read_all()
        engine = fw.open({data!r}, {WIDE!r})
        engine.process_many(table, collect=False)
        threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            while True:
                engine.checkpoint()
        except KeyboardInterrupt:
            print("interrupted")
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=60,
                           capture_output=True, text=True)  # fmt: skip
    assert ended.stdout == "interrupted\n"
    assert ended.stderr == ""
    assert fw.status(data).clean
    assert fw.status(data).last_sequence >= MANY
