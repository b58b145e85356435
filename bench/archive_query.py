#!/usr/bin/env python3
"""Asks DuckDB, polars and pyarrow of an archive what bench_full_history asks.

usage: archive_query.py ARCHIVE INSTRUMENT FROM_NS [ROUNDS]
"""

import statistics
import sys
import time

import duckdb
import polars
import pyarrow
import pyarrow.compute as pc
import pyarrow.dataset

archive, instrument, begin = sys.argv[1], sys.argv[2], int(sys.argv[3])
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 21
hour = 3_600_000_000_000
folder = f"{archive}/ticks"
inputs = {"last", "close", "volume", "turnover", "open_interest", "bid", "bid_volume", "ask", "ask_volume"}
columns = [
    name
    for name in pyarrow.dataset.dataset(folder, partitioning="hive").schema.names
    if name not in inputs | {"ordinal", "counted", "day"}
]


duckdb.sql("set TimeZone = 'UTC'")


def ask_duckdb(end, names):
    chosen = ", ".join(f'"{name}"' for name in names)
    return duckdb.sql(
        f"select {chosen} from '{folder}/*/*.parquet' where instrument_id = '{instrument}' "
        f"and timestamp >= make_timestamp_ns({begin})::TIMESTAMPTZ_NS "
        f"and timestamp < make_timestamp_ns({end})::TIMESTAMPTZ_NS"
    ).to_arrow_table()


def ask_polars(end, names):
    time_of = lambda ns: polars.lit(ns).cast(polars.Datetime("ns", "UTC"))
    return (
        polars.scan_parquet(folder)
        .filter(
            (polars.col("instrument_id") == instrument)
            & (polars.col("timestamp") >= time_of(begin))
            & (polars.col("timestamp") < time_of(end))
        )
        .select(names)
        .collect()
    )


def ask_pyarrow(end, names):
    stamp = lambda ns: pyarrow.scalar(ns, pyarrow.timestamp("ns", "UTC"))
    chosen = (
        (pc.field("instrument_id") == instrument)
        & (pc.field("timestamp") >= stamp(begin))
        & (pc.field("timestamp") < stamp(end))
    )
    return pyarrow.dataset.dataset(folder, partitioning="hive").to_table(columns=names, filter=chosen)


def measure(reader, ask, name, end, names):
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        table = ask(end, names)
        times.append((time.perf_counter() - started) * 1000)
    rows = table.height if hasattr(table, "height") else table.num_rows
    print(
        f"{reader:9} {name:28} {rows:8} rows x {len(names) - 3:2}  {statistics.median(times):8.2f} ms "
        f"({min(times):.2f} to {max(times):.2f})"
    )


for reader, ask in (("duckdb", ask_duckdb), ("polars", ask_polars), ("pyarrow", ask_pyarrow)):
    measure(reader, ask, "one instrument's hour", begin + hour, columns)
    measure(reader, ask, "one instrument's day", begin + 24 * hour, columns)
    measure(reader, ask, "one factor of that", begin + 24 * hour, columns[:3] + ["rsi14"])
