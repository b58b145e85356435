#!/usr/bin/env python3
"""What compression alone takes: bytes a value, and nanoseconds a value of one core, of each column
of numbers of a part of the archive, in pages of its size, plain and as byte streams.

usage: archive_codecs.py PART
"""

import sys
import time

import numpy
import pyarrow
import pyarrow.parquet

PAGE_ROWS = 20_000
CODECS = {
    "zstd:3": pyarrow.Codec("zstd", 3),
    "zstd:1": pyarrow.Codec("zstd", 1),
    "lz4": pyarrow.Codec("lz4_raw"),
}


def plain(page):
    return page.tobytes()


def byte_streams(page):
    return numpy.ascontiguousarray(page.view(numpy.uint8).reshape(-1, 8).T).tobytes()


part = pyarrow.parquet.ParquetFile(sys.argv[1])
names = [f.name for f in part.schema_arrow if f.type == pyarrow.float64()]
groups = range(0, part.metadata.num_row_groups, 2)
ways = [(encode, codec) for encode in (plain, byte_streams) for codec in CODECS]
sums = {codec: [0.0, 0.0] for codec in CODECS}
print("column         " + "".join(f"{e.__name__ + ' ' + c:>22}" for e, c in ways))
for name in names:
    pages = []
    for group in groups:
        values = part.read_row_group(group, columns=[name])[name].combine_chunks().drop_null().to_numpy()
        pages += [values[i : i + PAGE_ROWS] for i in range(0, len(values), PAGE_ROWS)]
    rows = sum(map(len, pages))
    line = f"{name:<15}"
    best = {}
    for encode, codec in ways:
        encoded = [encode(page) for page in pages]
        begun = time.thread_time()
        size = sum(len(CODECS[codec].compress(page)) for page in encoded) / rows
        took = (time.thread_time() - begun) / rows * 1e9
        line += f"{size:>12.2f} B{took:>5.1f} ns"
        best[codec] = min(best.get(codec, (size, took)), (size, took))
    for codec, (size, took) in best.items():
        sums[codec][0] += size
        sums[codec][1] += took
    print(line)
for codec, (size, took) in sums.items():
    print(
        f"{codec}, the shorter of both for each column: {size / len(names):.2f} bytes a value, "
        f"{took:.0f} ns a row: at most {1e3 / took:.2f} M rows/s"
    )
