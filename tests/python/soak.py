"""Does a Python process stay as it is for hours? Rounds of all that a program does with an engine (open, tables,
ticks one by one, history, compute without a log, refusals, close, archive), until the time is up. Prints the memory of
the process meanwhile, and fails where that is not flat."""

from __future__ import annotations

import argparse
import contextlib
import gc
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars
import pyarrow as pa
import pyarrow.parquet

import factorwal as fw
from conftest import DAY, FACTORS, SOURCE, make_columns

ROWS = 20_000
TICKS = 5_000
#: Of the run is warm-up; what is compared is the rest's first and last quarter.
WARM_UP = 0.2
GROWTH_BYTES_MAX = 8 << 20
#: The log is kept at about this, so that its history takes the same time throughout.
KEEP_BYTES = 64 << 20


class Memory(NamedTuple):
    """Bytes of the process in memory."""

    anonymous: int
    file: int
    shared: int

    @property
    def resident(self) -> int:
        return self.anonymous + self.file + self.shared

    @classmethod
    def now(cls) -> Memory:
        gc.collect()
        kinds = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
        return cls(*(int(kinds[name].split()[0]) << 10 for name in ("RssAnon", "RssFile", "RssShmem")))


class Soak:
    def __init__(self, data: str) -> None:
        self.data = data
        self.columns = make_columns(ROWS, instruments=50)
        self.next_time = DAY
        self.ticks = 0
        self.csv = data + ".csv"
        Path(self.csv).write_text("instrument,timestamp,close\nX,2024-01-02T00:00:00,1.0\nX,2024-01-02T00:00:01,2.0\n")

    def advance(self, rows: int) -> int:
        first = self.next_time
        self.next_time += rows * 1_000_000
        self.ticks += rows
        return first

    def round(self) -> None:
        first = self.advance(ROWS)
        columns = {**self.columns, "timestamp": first + np.arange(ROWS) * 1_000_000}
        with fw.open(self.data, FACTORS, fields=["close", "volume"], keep_bytes=KEEP_BYTES,
                     segment_bytes=8 << 20) as engine:  # fmt: skip
            out = engine.process_many(columns)
            assert len(out.to_pandas()) == polars.DataFrame(out).height == pa.table(out).num_rows == ROWS
            out.to_numpy()
            self.one_by_one(engine)
            self.refusals(engine, columns)
            str(engine.certificate), engine.data_at_risk, engine.marks
            engine.flush()
            self.read(first)
        same = fw.compute(columns, fw.FactorSet.parse(FACTORS)).to_numpy()
        assert len(same["rsi14"]) == ROWS
        assert len(fw.compute(self.csv, "ma2 = ts_mean(close, 2)", tz="UTC").to_pandas()) == 2

        self.archive(columns)

    def archive(self, columns: dict[str, np.ndarray]) -> None:
        """Of a directory of its own: an archive only grows."""
        with tempfile.TemporaryDirectory(dir=Path(self.data).parent) as place:
            with fw.open(place + "/data", FACTORS) as engine:
                engine.process_many(columns, collect=False)
            assert fw.archive(place + "/data", progress=lambda *_: None).rows == ROWS
            assert fw.verify_archive(place + "/data").intact
            h = fw.history(place + "/data")
            assert len(h.to_pandas()) == pa.table(h).num_rows == ROWS
            pa.parquet.write_table(pa.table(h), place + "/ticks.parquet")
            assert len(fw.compute(place + "/ticks.parquet", "ma2 = ts_mean(close, 2)")) == ROWS

    def one_by_one(self, engine: fw.Engine) -> None:
        first = self.advance(TICKS)
        x = engine.instrument("X1")
        buffer = np.array([1.0, 2.0])
        v = None
        for i in range(TICKS):
            v = engine.process(x, first + i * 1_000_000, buffer if i % 2 else (float(i), None), b"%d" % i)
            v["rsi14"], v[0], np.asarray(v)
            if i % 100 == 0:
                v.copy(), dict(zip(v.names, v.copy(), strict=True))
        assert v is not None and v.ticket is not None
        engine.wait_durable(v.ticket)

    def refusals(self, engine: fw.Engine, columns: dict[str, np.ndarray]) -> None:
        """Exceptions hold frames, and these the arguments."""
        x = engine.instrument("X1")
        for _ in range(20):
            with contextlib.suppress(fw.FactorSyntax):
                fw.FactorSet.parse("ma5 = ts_mean(close,")
            with contextlib.suppress(fw.FactorwalError, TypeError, ValueError):
                engine.process(x, DAY, (1.0,))
            with contextlib.suppress(fw.Locked):
                fw.open(self.data, FACTORS)
            with contextlib.suppress(fw.FactorwalError):
                fw.compute({"instrument": columns["instrument"], "close": columns["close"]}, FACTORS)
            with contextlib.suppress(fw.NotFound):
                fw.history(self.data + "-none").to_pandas()

    def read(self, first: int) -> None:
        h = fw.history(self.data)
        assert len(h.filter(instrument="X1", start=first, factors=["rsi14"]).to_pandas()) >= TICKS
        assert polars.DataFrame(h.filter(start=first)).height >= ROWS
        assert sum(batch.num_rows for batch in h.reader()) >= ROWS + TICKS
        next(iter(h.reader()))  # a pass that is not gone through


def soak(minutes: float, report_seconds: float, data: str) -> bool:
    work = Soak(data)
    begun = time.monotonic()
    seconds: list[float] = []
    memory: list[Memory] = []
    print("seconds  rounds      ticks  resident_MiB  anonymous  file  shared", flush=True)
    for rounds in itertools.count(1):
        work.round()
        memory.append(Memory.now())
        seconds.append(time.monotonic() - begun)
        ends = seconds[-1] >= minutes * 60
        if ends or rounds == 1 or seconds[-1] // report_seconds > seconds[-2] // report_seconds:
            now = memory[-1]
            print(f"{seconds[-1]:7.0f}  {rounds:6}  {work.ticks:9}  {now.resident / 2**20:12.1f}  "
                  f"{now.anonymous / 2**20:9.1f}  {now.file / 2**20:4.0f}  {now.shared / 2**20:6.1f}",
                  flush=True)  # fmt: skip
        if ends:
            break
    kept = memory[int(len(memory) * WARM_UP) :]
    quarter = max(1, len(kept) // 4)
    early = statistics.median(one.resident for one in kept[:quarter])
    late = statistics.median(one.resident for one in kept[-quarter:])
    print(f"after warm-up: {early / 2**20:.2f} MiB in the first quarter, {late / 2**20:.2f} MiB in the last, "
          f"{(late - early) / 2**10:+.0f} KiB over {len(kept)} rounds (medians); "
          f"at most {max(one.resident for one in kept) / 2**20:.2f} MiB")  # fmt: skip
    flat = late - early <= GROWTH_BYTES_MAX
    print("flat" if flat else f"NOT FLAT: more than {GROWTH_BYTES_MAX >> 20} MiB")
    return flat


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/soak_python", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="default 10")
    parser.add_argument("--report", type=float, default=20, help="a line every so many seconds; default 20")
    words = parser.parse_args()
    root = SOURCE / "build" / "test-tmp"
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as place:
        return 0 if soak(words.minutes, words.report, str(Path(place) / "data")) else 1


if __name__ == "__main__":
    sys.exit(main())
