#!/usr/bin/env python3
"""What pyarrow's defaults make of the rows of one part of the archive, in one thread.

usage: archive_pyarrow.py PART [ROUNDS]
"""

import os
import statistics
import sys
import tempfile
import time

import pyarrow
import pyarrow.parquet

part = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
pyarrow.set_cpu_count(1)
pyarrow.set_io_thread_count(1)
table = pyarrow.parquet.ParquetFile(part).read(use_threads=False)
values = table.num_rows * sum(t == pyarrow.float64() for t in table.schema.types)
times = []
with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(part))) as directory:
    path = os.path.join(directory, "pyarrow.parquet")
    for _ in range(rounds):
        begun = time.process_time()
        pyarrow.parquet.write_table(table, path)
        times.append(time.process_time() - begun)
    size = os.path.getsize(path)
took = statistics.median(times)
print(
    f"pyarrow {pyarrow.__version__}, defaults {took:6.2f} s: {table.num_rows / took / 1e6:5.2f} M rows/s; "
    f"{size / values:.3f} bytes a value; neither sorted, nor synced, nor read back"
)
