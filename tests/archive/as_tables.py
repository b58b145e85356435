"""Writes a file of ticks as Parquet and Arrow, by pyarrow, polars and pandas; prints the files.

usage: as_tables.py TICKS.csv.gz FOLDER
"""

import sys

import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet as pq

source, folder = sys.argv[1:]
table = pa.csv.read_csv(source)
at = table.schema.get_field_index("timestamp_ns")
times = table["timestamp_ns"].cast(pa.timestamp("ns", "UTC"))
table = table.set_column(at, "timestamp_ns", times)
at = table.schema.get_field_index("instrument_id")
coded = table.set_column(at, "instrument_id", table["instrument_id"].dictionary_encode())


def place(name):
    path = f"{folder}/{name}"
    print(path)
    return path


pq.write_table(coded, place("pyarrow.parquet"), row_group_size=10_000, compression="zstd")
with pa.ipc.new_file(place("pyarrow.arrow"), coded.schema) as writer:
    writer.write_table(coded, max_chunksize=10_000)
lz4 = pa.ipc.IpcWriteOptions(compression="lz4")
with pa.ipc.new_stream(place("pyarrow.arrows"), coded.schema, options=lz4) as writer:
    writer.write_table(coded, max_chunksize=7_000)

frame = pl.from_arrow(table)
frame.with_columns(pl.col("instrument_id").cast(pl.Categorical)).write_parquet(
    place("polars.parquet"))
frame.write_ipc(place("polars.arrow"), compression="zstd")
frame.write_ipc_stream(place("polars.arrows"))

table.to_pandas().to_parquet(place("pandas.parquet"))
