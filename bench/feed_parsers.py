#!/usr/bin/env python3
"""What a CSV costs other parsers on one core: pyarrow, polars, DuckDB.

usage: feed_parsers.py FILE [ROUNDS]
       feed_parsers.py --texts FILE OUT    FILE with text for its times, in nanoseconds before

Each reads all columns into memory: the first as text, the second as time (or a 64-bit integer where
it is one), all others as numbers. The processor's time of the process counts, as in bench_feed.
"""
import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"

import duckdb  # noqa: E402
import polars  # noqa: E402
import pyarrow  # noqa: E402
import pyarrow.csv  # noqa: E402


def write_texts(path, out):
    text = polars.from_epoch("timestamp_ns", time_unit="ns").dt.strftime("%Y-%m-%d %H:%M:%S%.3f")
    polars.read_csv(path).with_columns(text).write_csv(out)


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


def main():
    if sys.argv[1] == "--texts":
        write_texts(*sys.argv[2:])
        return
    path = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with open(path) as file:
        names = file.readline().strip().split(",")
        is_text = not file.readline().split(",")[1].isdigit()
    size = os.path.getsize(path)
    parsers = (
        (f"pyarrow {pyarrow.__version__}", read_pyarrow),
        (f"polars {polars.__version__}", read_polars),
        (f"duckdb {duckdb.__version__}", read_duckdb),
    )
    for name, read in parsers:
        times = []
        for _ in range(rounds):
            begun = time.process_time()
            rows = read(path, names, is_text)
            times.append(time.process_time() - begun)
        best = min(times)
        print(
            f"{name:14} {best:7.3f} s best, {sorted(times)[len(times) // 2]:7.3f} s median, "
            f"{size / best / 1e6:6.0f} MB/s, {best / rows * 1e9:6.0f} ns a row, {rows} rows"
        )


main()
