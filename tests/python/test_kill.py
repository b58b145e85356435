"""A process that is killed and goes on leaves the history of one that was never stopped."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pyarrow as pa
import pytest

import factorwal as fw
from conftest import FACTORS, make_columns, write_csv

ROWS = 60_000
KILLS = 20

BATCH = """
    import sys, factorwal as fw
    data, ticks, factors = sys.argv[1:]
    engine = fw.open(data, factors, fields=["close", "volume"])
    print("open", flush=True)
    engine.process_many(ticks, resume=True, collect=False)
    engine.close()
"""

# The position of a live loop is its own: here, the number of the next row.
LIVE = """
    import csv, sys, factorwal as fw
    data, ticks, factors = sys.argv[1:]
    engine = fw.open(data, factors, fields=["close", "volume"])
    print("open", flush=True)
    done = int(engine.position or b"0")
    with open(ticks) as file:
        for i, row in enumerate(csv.DictReader(file)):
            if i >= done:
                engine.process(row["instrument"], int(row["timestamp"]),
                               (float(row["close"] or "nan"), float(row["volume"])), b"%d" % (i + 1))
    engine.close()
"""


def history_of(data: str) -> pa.Table:
    return pa.table(fw.history(data)).combine_chunks().unify_dictionaries()


@pytest.mark.parametrize("program", [BATCH, LIVE], ids=["batch", "live"])
def test_history_is_identical_after_kills_at_random_times(data: str, program: str) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    ticks = data + ".csv"
    write_csv(ticks, make_columns(ROWS))
    script = Path(data + ".py")
    script.write_text(textwrap.dedent(program))

    def start(place: str) -> subprocess.Popen[str]:
        child = subprocess.Popen([sys.executable, str(script), place, ticks, FACTORS],
                                 stdout=subprocess.PIPE, text=True)  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        return child

    undisturbed = start(data + "-whole")
    begun = time.monotonic()
    assert undisturbed.wait() == 0
    whole_time = time.monotonic() - begun
    killed = 0
    while killed < KILLS:
        child = start(data)
        time.sleep(chance.random() * whole_time / KILLS)
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
        killed += child.wait() == -signal.SIGKILL
        if child.returncode == 0:
            break
    last = start(data)
    assert last.wait() == 0
    assert killed >= KILLS // 2
    found, expected = history_of(data), history_of(data + "-whole")
    assert found.num_rows == ROWS
    assert found.equals(expected)
