"""Kills a process that takes ticks, at random times, until it is through; then compares its history with
that of a process that nobody killed. test_kill.py does it in small, scripts/kill_python in full size."""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

import factorwal as fw
from conftest import FACTORS, SOURCE, make_columns, write_csv

BATCH = """
    import sys, factorwal as fw
    data, ticks, factors = sys.argv[1:]
    engine = fw.open(data, factors, fields=["close", "volume"])
    print("open", flush=True)
    engine.process_many(ticks, resume=True, collect=False)
    print("through", flush=True)
    engine.close()
"""

# The position of a live loop is its own: here, the number of the next row.
LIVE = """
    import csv, itertools, sys, factorwal as fw
    data, ticks, factors = sys.argv[1:]
    engine = fw.open(data, factors, fields=["close", "volume"])
    print("open", flush=True)
    done = int(engine.position or b"0")
    with open(ticks) as file:
        names = next(csv.reader(file))
        for i, row in enumerate(csv.reader(itertools.islice(file, done, None)), done + 1):
            tick = dict(zip(names, row))
            engine.process(tick["instrument"], int(tick["timestamp"]),
                           (float(tick["close"] or "nan"), float(tick["volume"])), b"%d" % i)
    print("through", flush=True)
    engine.close()
"""

PROGRAMS = {"batch": BATCH, "live": LIVE}
#: One kill in so many is timed from the start of its process: within its import or its recovery.
EARLY = 4
#: Of its part of the work a process may do so much at most before it is killed: more ends before the last kill.
SHARE = 0.6


class Outcome(NamedTuple):
    runs: int
    kills: int
    early_kills: int  #: of these: before the directory was open
    rows: int
    factors: int
    identical: bool  #: every row, every value, every sequence
    seconds: float


def history_of(data: str) -> pa.Table:
    return pa.table(fw.history(data)).combine_chunks().unify_dictionaries()


def kill_at_random(program: str, place: str, rows: int, kills: int, seed: int) -> Outcome:
    """`place`: of a directory that is not there yet; further ones are made beside it."""
    begun = time.monotonic()
    chance = random.Random(seed)
    ticks = place + ".csv"
    write_csv(ticks, make_columns(rows, seed))
    script = Path(place + ".py")
    script.write_text(textwrap.dedent(program))

    def start(data: str) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, str(script), data, ticks, FACTORS],
                                stdout=subprocess.PIPE, text=True)  # fmt: skip

    def wait_for(child: subprocess.Popen[str], word: str) -> float:
        assert child.stdout is not None
        assert child.stdout.readline() == word + "\n"
        return time.monotonic()

    started = time.monotonic()
    undisturbed = start(place + "-whole")
    opened = wait_for(undisturbed, "open")
    open_time, work_time = opened - started, wait_for(undisturbed, "through") - opened
    assert undisturbed.wait() == 0

    runs = killed = killed_early = 0
    while killed < kills:
        child = start(place)
        runs += 1
        early = chance.randrange(EARLY) == 0
        if early:
            time.sleep(chance.random() * open_time)
        else:
            wait_for(child, "open")
            time.sleep(chance.random() * work_time / kills * SHARE)
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
        ended = child.wait()
        assert ended in (0, -signal.SIGKILL), f"seed {seed}: run {runs} ended with {ended}"
        if ended == 0:
            break
        killed += 1
        killed_early += early and child.stdout is not None and child.stdout.read() == ""
    last = start(place)
    assert last.wait() == 0
    found, expected = history_of(place), history_of(place + "-whole")
    assert expected.num_rows == rows
    factors = expected.num_columns - len(("instrument_id", "timestamp", "sequence", "close", "volume"))
    return Outcome(runs + 1, killed, killed_early, found.num_rows, factors, found.equals(expected),
                   time.monotonic() - begun)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/kill_python", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100, help="of each program; default 100")
    parser.add_argument("--rows", type=int, default=1_000_000, help="ticks of each; default 1000000")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="default: any")
    parser.add_argument("program", nargs="*", help="batch (process_many of a file), live (process)")
    words = parser.parse_args()
    code = 0
    for name in words.program or PROGRAMS:
        root = SOURCE / "build" / "test-tmp"
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root) as place:
            outcome = kill_at_random(
                PROGRAMS[name], str(Path(place) / "data"), words.rows, words.kills, words.seed
            )
        print(f"{name}: {outcome.kills} kills in {outcome.runs} runs, {outcome.early_kills} of them before "
              f"the directory was open; {outcome.rows} rows of {outcome.factors} factors, history "
              f"{'identical' if outcome.identical else 'DIFFERENT'}; seed {words.seed}, "
              f"{outcome.seconds:.0f} s", flush=True)  # fmt: skip
        if outcome.kills < words.kills:
            print(f"{name}: it was through before all kills; give more --rows", flush=True)
        code |= not outcome.identical or outcome.kills < words.kills
    return code


if __name__ == "__main__":
    sys.exit(main())
