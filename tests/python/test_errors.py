"""Each failure is an exception of the tree, and says what helps."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import pytest

import factorwal as fw
from conftest import DAY, FACTORS, make_columns, write_csv

FIELDS = ["close", "volume"]


def test_a_second_engine_is_locked_out(data: str) -> None:
    with fw.open(data, FACTORS, fields=FIELDS):
        with pytest.raises(fw.Locked) as raised:
            fw.open(data, FACTORS, fields=FIELDS)
    assert raised.value.code == "locked"


def test_syntax_errors_show_the_place(data: str) -> None:
    with pytest.raises(fw.FactorSyntax, match=r"\^") as raised:
        fw.open(data, "ma5 = ts_mean(close, 5)\nbad = ts_mean(close,, 5)", fields=FIELDS)
    assert (raised.value.line, raised.value.column) == (2, 21)
    assert isinstance(raised.value, ValueError)
    assert not os.path.exists(data)


def test_an_unknown_field_is_told_before_anything_is_made(data: str) -> None:
    with fw.open(data, "x = ts_mean(mood, 5)") as engine:
        with pytest.raises(fw.FactorSyntax, match="mood"):
            engine.process_many(make_columns(10))
    assert not os.path.exists(data)


def test_a_bad_row_stops_a_batch_and_says_how_many_were_accepted(data: str) -> None:
    ticks = data + ".csv"
    write_csv(ticks, make_columns(1000))
    lines = Path(ticks).read_text().splitlines()
    lines[701] = lines[701].replace(",", ",oops", 2)
    Path(ticks).write_text("\n".join(lines) + "\n")
    with fw.open(data, FACTORS) as engine:
        with pytest.raises(fw.Batch, match="oops") as raised:
            engine.process_many(ticks)
        assert raised.value.accepted == engine.marks.accepted == 700
        assert isinstance(raised.value.__cause__, fw.FactorwalError)
        out = engine.process_many(ticks, resume=True, on_bad_row="skip")
        assert len(out) == 299
        ((count, first),) = out.bad_rows.values()
        assert count == 1
        assert "oops" in first


def test_stamps_of_another_unit_are_refused(data: str) -> None:
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        with pytest.raises(fw.InvalidArgument, match="milliseconds"):
            engine.process("X", DAY // 1_000_000, (1.0, 2.0))
        assert engine.marks.accepted == 0


@pytest.mark.parametrize("words", [{"channel": "tape"}, {"when_full": "maybe"}, {"keep_age": -1.0}])
def test_options_are_checked_by_name(data: str, words: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(words))):
        fw.open(data, FACTORS, fields=FIELDS, **words)  # type: ignore[arg-type]


def test_an_unknown_feed_option_is_named(data: str) -> None:
    with pytest.raises(TypeError, match="time_zone"):
        fw.compute(make_columns(5), FACTORS, time_zone="UTC")  # type: ignore[call-arg]


def test_something_that_is_no_table_is_named() -> None:
    with pytest.raises(TypeError, match="Arrow PyCapsule"):
        fw.compute(5, FACTORS)


def test_a_wrong_column_is_named_with_its_type() -> None:
    columns = {**make_columns(5), "close": np.array([f"n{i}" for i in range(5)])}
    with pytest.raises(fw.FactorwalError, match="close"):
        fw.compute(columns, "same = close", columns=["close"])


def test_a_closed_engine_says_so(data: str) -> None:
    engine = fw.open(data, FACTORS, fields=FIELDS)
    engine.close()
    engine.close()
    with pytest.raises(fw.Closed):
        engine.process("X", DAY, (1.0, 2.0))


def test_damage_is_refused_with_its_places(data: str) -> None:
    with fw.open(data, FACTORS) as engine:
        engine.process_many(make_columns(20_000))
    segment = max(Path(data).rglob("wal-*.seg"), key=lambda path: path.stat().st_size, default=None)
    if segment is None:
        segment = max((p for p in Path(data).rglob("*") if p.is_file()),
                      key=lambda path: path.stat().st_size)  # fmt: skip
    with segment.open("r+b") as file:
        file.seek(20_000)
        file.write(b"damage")
    with pytest.raises(fw.Corruption):
        fw.history(data).to_pandas()
    with pytest.raises(fw.Corruption) as raised:
        fw.history(data).to_pandas()
    assert raised.value.findings[0]["file"]


def test_a_child_of_a_fork_is_told(data: str) -> None:
    engine = fw.open(data, FACTORS, fields=FIELDS)
    engine.process("X", DAY, (1.0, 2.0))
    child = os.fork()
    if child == 0:
        try:
            engine.process("X", DAY + 1, (1.0, 2.0))
        except fw.Forked:
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    engine.process("X", DAY + 2, (1.0, 2.0))
    engine.close()


def test_a_second_thread_is_busy(data: str) -> None:
    """Once a batch has begun, all that come are told until its end, also between its pieces: before,
    some ticks got in between, and then it was the batch that was told."""
    columns = make_columns(300_000)
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        batch = threading.Thread(target=lambda: engine.process_many(columns, collect=False))
        batch.start()
        while engine.marks.accepted == 0:
            time.sleep(0.001)
        told, over = 0, False
        while not over:
            # `close` not, which would be the last call on a machine that lets the batch end meanwhile.
            for call in (lambda: engine.process("late", DAY, (1.0, 2.0)), engine.checkpoint,
                         lambda: engine.process_many(make_columns(10))):  # fmt: skip
                try:
                    call()
                except fw.Busy:
                    told += 1
                else:
                    over = True
                    break
            else:
                if engine.marks.accepted < 150_000:
                    with pytest.raises(fw.Busy):
                        engine.close()
        batch.join()
        assert told > 0
        # The whole batch, then the call that was not told.
        rows = engine.process_many(make_columns(10), collect=False, append=True).rows_read
        assert rows == 10 and engine.marks.accepted >= 300_010
        engine.flush()
    ids = fw.history(data).to_numpy()["instrument_id"]
    assert (ids[:300_000] == columns["instrument"]).all()


def test_an_interrupt_ends_a_batch_within_a_moment_and_says_how_far(data: str) -> None:
    sent: list[float] = []

    def interrupt() -> None:
        while engine.marks.accepted < 10_000:
            time.sleep(0.001)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    # Also where whoever started this had it ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    columns = make_columns(1_000_000, instruments=1)
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt) as raised:
            engine.process_many(columns, collect=False)
        waited = time.monotonic() - sent[0]
        signal.signal(signal.SIGINT, before)
        accepted = raised.value.accepted  # type: ignore[attr-defined]
        assert 0 < accepted == engine.marks.accepted < 1_000_000
        assert f"{accepted} ticks" in raised.value.__notes__[0]
        assert waited < 0.2
        out = engine.process_many(columns, resume=True, collect=False)
        assert out.rows_resumed == accepted
        assert engine.marks.accepted == 1_000_000


def test_exceptions_pickle() -> None:
    error = fw.Batch("stopped")
    error.accepted = 3
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.accepted) == ("stopped", 3)


def test_text_that_is_no_unicode_is_refused(data: str) -> None:
    """As os.fsdecode makes it of a GBK feed's bytes."""
    odd = "\ud800"
    with fw.open(data, "m = close", fields=["close"]) as engine:
        calls: list[Callable[[], object]] = [
            lambda: engine.process(odd, DAY, (1.0,)),
            lambda: engine.get_factor(odd, "m"),
            lambda: engine.quality(odd, "m"),
            lambda: engine.restart_instrument(odd),
            lambda: engine.persister.send_update(odd, "m", 1.0, DAY),
            lambda: engine.persister.send_update("X", odd, 1.0, DAY),
            lambda: engine.process("X", DAY, (1.0,))[odd],
        ]
        for i, call in enumerate(calls):
            with pytest.raises((UnicodeEncodeError, KeyError)):
                call()
                raise AssertionError(i)


def test_a_ticket_of_another_open_is_refused(data: str) -> None:
    with fw.open(data, "m = close", fields=["close"]) as engine:
        ticket = engine.process("X", DAY, (1.0,)).ticket
        engine.wait_durable(ticket, timeout=20)
    with fw.open(data, "m = close") as engine, fw.open(data + "2", "m = close", fields=["close"]) as other:
        for one in (engine, other):
            one.process("X", DAY + 1, (1.0,))
            with pytest.raises(fw.InvalidArgument, match="earlier open"):
                one.wait_durable(ticket, timeout=20)


def test_an_engine_that_waits_for_its_table_can_be_closed(data: str) -> None:
    engine = fw.open(data, "m = close")
    engine.close()
    assert engine.closed
    with pytest.raises(fw.Closed):
        engine.process_many(make_columns(5))


def test_a_wait_in_asyncio_can_be_cancelled(data: str) -> None:
    """Also while the disk takes its time: here, for a record that does not come."""
    program = """
import asyncio, sys, factorwal as fw

class Never(fw.Engine):
    def wait_durable(self, ticket, timeout=None):
        import time
        time.sleep(timeout)
        raise fw.Timeout("not yet")

async def main(engine):
    try:
        await asyncio.wait_for(Never.durable(engine, None), 0.2)
    except TimeoutError:
        print("cancelled")

engine = fw.open(sys.argv[1], "m = close", fields=["close"])
engine.__class__ = Never
asyncio.run(main(engine))
"""
    done = subprocess.run([sys.executable, "-c", program, data], capture_output=True, text=True, timeout=20, check=False)  # fmt: skip
    assert done.stdout == "cancelled\n", done.stderr


def test_damage_is_told_also_where_no_fields_are_given(data: str) -> None:
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        engine.process_many(make_columns(500))
    manifest = Path(data, "MANIFEST")
    whole = manifest.read_bytes()
    for damaged in (whole[:20] + bytes([whole[20] ^ 1]) + whole[21:], None):
        manifest.unlink()
        if damaged is not None:
            manifest.write_bytes(damaged)
        with pytest.raises(fw.Corruption):
            fw.open(data, FACTORS)
        if damaged is None:
            manifest.write_bytes(whole)
    with fw.open(data, FACTORS) as engine:
        assert engine.marks.accepted == 500
    (segment,) = Path(data).glob("wal-*.seg")
    os.truncate(segment, 100)
    with pytest.raises(fw.Corruption):
        fw.open(data, FACTORS)


def test_a_file_is_no_directory(data: str) -> None:
    Path(data).write_text("no log")
    with pytest.raises(fw.FactorwalError, match="data"):
        fw.open(data, FACTORS)
    with pytest.raises(ValueError, match="a path is asked for"):
        fw.open("", FACTORS)


def test_a_wrong_setting_is_named(data: str) -> None:
    with pytest.raises(TypeError, match="batch_size: a whole number, 0 or more, is asked for, not -1"):
        fw.open(data, FACTORS, batch_size=-1)
    with pytest.raises(TypeError, match="another type"):
        fw.RSI(3).update("1")  # type: ignore[arg-type]
    with fw.open(data, "m = close", fields=["close"]) as engine:
        with pytest.raises(ValueError, match="NaT"):
            engine.process("X", pandas.NaT, (1.0,))
        with pytest.raises(ValueError, match="leave it out for all"):
            engine.subscribe(instruments=[])


def test_a_state_of_another_operator_is_refused() -> None:
    one = fw.RollingMax(5)
    one.update(1.0)
    other = fw.RollingMax(5)
    other.load_state(one.save_state())
    assert other.save_state() == one.save_state()
    for wrong in (fw.RollingMin(5), fw.RollingMax(6)):
        with pytest.raises(fw.InvalidArgument, match="the state is not one of"):
            wrong.load_state(one.save_state())
    with pytest.raises(fw.InvalidArgument):
        other.load_state(b"")


def test_an_archive_that_is_not_there_is_told(data: str) -> None:
    with fw.open(data, FACTORS, fields=FIELDS) as engine:
        engine.process_many(make_columns(10))
    with pytest.raises(fw.NotFound, match="there is no archive"):
        fw.history(data, archive=data + "-nowhere").to_pandas()
