#!/usr/bin/env python3
"""What a CSV costs other parsers on one core: pyarrow, polars, DuckDB.

usage: feed_parsers.py FILE [ROUNDS]

Each reads all columns into memory, the first as text and all others as numbers, the second a 64-bit
integer; the processor's time of the process counts, as in bench_feed.
"""
import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import duckdb  # noqa: E402
import polars  # noqa: E402
import pyarrow  # noqa: E402
import pyarrow.csv  # noqa: E402

path = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
with open(path) as file:
    names = file.readline().strip().split(",")


def read_pyarrow():
    types = {name: pyarrow.float64() for name in names[2:]}
    types |= {names[0]: pyarrow.string(), names[1]: pyarrow.int64()}
    table = pyarrow.csv.read_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(use_threads=False),
        convert_options=pyarrow.csv.ConvertOptions(column_types=types),
    )
    return table.num_rows


def read_polars():
    types = {name: polars.Float64 for name in names[2:]}
    types |= {names[0]: polars.String, names[1]: polars.Int64}
    return polars.read_csv(path, schema=types).height


def read_duckdb():
    types = ", ".join(
        f"'{name}': '{'VARCHAR' if i == 0 else 'BIGINT' if i == 1 else 'DOUBLE'}'"
        for i, name in enumerate(names)
    )
    database = duckdb.connect(config={"threads": 1})
    database.execute(f"create table t as from read_csv('{path}', header=true, columns={{{types}}})")
    return database.execute("select count(*) from t").fetchone()[0]


print(f"pyarrow {pyarrow.__version__}, polars {polars.__version__}, duckdb {duckdb.__version__}")
bytes_ = os.path.getsize(path)
for name, read in (("pyarrow", read_pyarrow), ("polars", read_polars), ("duckdb", read_duckdb)):
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        rows = read()
        times.append(time.process_time() - begun)
    best = min(times)
    print(
        f"{name:10} {best:7.3f} s best, {sorted(times)[len(times) // 2]:7.3f} s median, "
        f"{bytes_ / best / 1e6:6.0f} MB/s, {best / rows * 1e9:6.0f} ns a row, {rows} rows"
    )
