"""Fails where DuckDB or pyarrow finds a tick of an archive twice; prints how many there are.

usage: rows_once.py ARCHIVE
"""

import sys

import duckdb
import pyarrow.compute as pc
import pyarrow.dataset as ds

folder = sys.argv[1] + "/ticks"
found = duckdb.sql(
    f"SELECT count(*), count(DISTINCT sequence) FROM read_parquet('{folder}/**/*.parquet')")
((rows, distinct),) = found.fetchall()
assert rows == distinct, f"DuckDB: {rows} rows of {distinct} sequences"
sequences = ds.dataset(folder, partitioning="hive").to_table(["sequence"])["sequence"]
assert len(sequences) == len(pc.unique(sequences)) == rows, f"pyarrow: {len(sequences)} rows"
print(rows)
