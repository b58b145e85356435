"""Reads a data set of an archive with DuckDB, polars, pandas and pyarrow, with no option beyond its
path, and prints for each a line: rows, and of every column a sum of bits. Equal lines are equal rows.

usage: readers.py FOLDER
"""

import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.dataset as ds


def digest(columns):
    """Rows in order of sequence; a missing number is one pattern, apart from every number."""
    order = np.argsort(columns["sequence"].astype(np.uint64), kind="stable")
    parts = []
    for name in sorted(columns):
        if name == "day":
            continue
        values = columns[name][order]
        if values.dtype.kind == "f":
            bits = values.astype(np.float64).view(np.uint64).copy()
            bits[np.isnan(values)] = 0x7FF8000000000000
        elif values.dtype.kind == "O":
            bits = np.array([int.from_bytes(str(v).encode()[-8:], "big") for v in values], np.uint64)
        else:
            bits = values.astype(np.int64).view(np.uint64)
        weights = np.arange(1, len(bits) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        with np.errstate(over="ignore"):
            parts.append(f"{name}={int(np.sum(bits * weights, dtype=np.uint64)):x}")
    return f"{len(order)} " + " ".join(parts)


def from_pandas(frame):
    columns = {}
    for name in frame.columns:
        series = frame[name]
        if name == "timestamp":
            series = series.astype("int64")
        if isinstance(series.dtype, pd.CategoricalDtype) or series.dtype.kind not in "fiu":
            columns[name] = series.astype(object).to_numpy()
        else:
            columns[name] = series.to_numpy()
    return columns


def main():
    folder = sys.argv[1]
    frames = {
        "pandas": pd.read_parquet(folder),
        "pyarrow": ds.dataset(folder, partitioning="hive").to_table().to_pandas(),
    }
    for name, frame in frames.items():
        print(name, digest(from_pandas(frame)))
    frame = pl.scan_parquet(folder).collect()
    columns = {}
    for name in frame.columns:
        column = frame[name]
        if name == "timestamp":
            column = column.to_physical()
        columns[name] = column.to_numpy()
    print("polars", digest(columns))
    query = f"SELECT * REPLACE (epoch_ns(timestamp) AS timestamp) FROM '{folder}/**/*.parquet'"
    found = duckdb.sql(query).fetchnumpy()
    columns = {}
    for name, values in found.items():
        if isinstance(values, np.ma.MaskedArray):
            values = values.filled(np.nan) if values.dtype.kind == "f" else values.data
        columns[name] = np.asarray(values)
    print("duckdb", digest(columns))


main()
