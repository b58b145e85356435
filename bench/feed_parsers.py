#!/usr/bin/env python3
"""What a CSV costs on one core: bench_feed and other parsers, pyarrow, polars and DuckDB, in turn.

usage: feed_parsers.py BENCH_FEED FILE [ROUNDS]
       feed_parsers.py --texts FILE OUT    FILE with text for its times, in nanoseconds before
       feed_parsers.py --parquet FILE OUT  FILE as Parquet, as pyarrow writes it

Each reads all columns into memory: the first as text, the second as time (or a 64-bit integer where
it is one), all others as numbers. The processor's time of the process counts, as in bench_feed, and the median of the rounds. Of the
other parsers the second of two readings counts, as memory that is touched first takes them longer.
"""
import os
import re
import statistics
import subprocess
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"

import duckdb  # noqa: E402
import polars  # noqa: E402
import pyarrow  # noqa: E402
import pyarrow.csv  # noqa: E402
import pyarrow.parquet  # noqa: E402


def write_texts(path, out):
    text = polars.from_epoch("timestamp_ns", time_unit="ns").dt.strftime("%Y-%m-%d %H:%M:%S%.3f")
    polars.read_csv(path).with_columns(text).write_csv(out)


def write_parquet(path, out):
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(path), out)


def read_pyarrow(path, names, is_text):
    types = {name: pyarrow.float64() for name in names[2:]}
    types |= {names[0]: pyarrow.string()}
    types |= {names[1]: pyarrow.timestamp("ns") if is_text else pyarrow.int64()}
    table = pyarrow.csv.read_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(use_threads=False),
        convert_options=pyarrow.csv.ConvertOptions(column_types=types),
    )
    return table.num_rows


def read_polars(path, names, is_text):
    types = {name: polars.Float64 for name in names[2:]}
    types |= {names[0]: polars.String}
    types |= {names[1]: polars.Datetime("ns") if is_text else polars.Int64}
    schema = {name: types[name] for name in names}
    return polars.read_csv(path, schema=schema).height


def read_duckdb(path, names, is_text):
    types = ["VARCHAR", "TIMESTAMP_NS" if is_text else "BIGINT"] + ["DOUBLE"] * (len(names) - 2)
    columns = ", ".join(f"'{name}': '{type_}'" for name, type_ in zip(names, types))
    database = duckdb.connect(config={"threads": 1})
    database.execute(f"create table t as from read_csv('{path}', header=true, columns={{{columns}}})")
    return database.execute("select count(*) from t").fetchone()[0]


def timed(read):
    def read_timed(path, names, is_text):
        read(path, names, is_text)  # what allocators keep from it, they have when it counts
        begun = time.process_time()
        rows = read(path, names, is_text)
        return time.process_time() - begun, rows

    return read_timed


def factorwal(program):
    def read(path, names, is_text):
        run = [program, f"path={path}", "rounds=1"]
        said = subprocess.run(run, check=True, capture_output=True, text=True).stdout
        found = re.search(r"([0-9.]+) s best.* ([0-9]+) rows", said)
        return float(found[1]), int(found[2])

    return read


def main():
    if sys.argv[1] == "--texts":
        write_texts(*sys.argv[2:])
        return
    if sys.argv[1] == "--parquet":
        write_parquet(*sys.argv[2:])
        return
    program, path = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with open(path) as file:
        names = file.readline().strip().split(",")
        is_text = not file.readline().split(",")[1].isdigit()
    parsers = {
        "factorwal": factorwal(program),
        f"pyarrow {pyarrow.__version__}": timed(read_pyarrow),
        f"polars {polars.__version__}": timed(read_polars),
        f"duckdb {duckdb.__version__}": timed(read_duckdb),
    }
    times = {name: [] for name in parsers}
    rows = {}
    for _ in range(rounds):
        for name, read in parsers.items():
            seconds, rows[name] = read(path, names, is_text)
            times[name].append(seconds)
    for name, taken in times.items():
        median = statistics.median(taken)
        print(
            f"{name:14} {median:7.3f} s median, {min(taken):7.3f} to {max(taken):7.3f} s, "
            f"{os.path.getsize(path) / median / 1e6:6.0f} MB/s, "
            f"{median / rows[name] * 1e9:6.0f} ns a row, {rows[name]} rows"
        )


main()
