"""pyarrow takes a history's streams through the Arrow C stream interface.

arrow_import.py PROBE DIRECTORY; ends with 77 where there is no pyarrow.
"""

import ctypes
import os
import shutil
import sys

try:
    import pyarrow as pa
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

probe = ctypes.CDLL(sys.argv[1])
directory = sys.argv[2]
shutil.rmtree(directory, ignore_errors=True)
os.makedirs(directory)
assert probe.probe_write(directory.encode()) == 0


def read(log, data_set):
    stream = (ctypes.c_void_p * 5)()
    path = os.path.join(directory, log).encode()
    assert probe.probe_open(path, data_set, ctypes.byref(stream)) == 0
    table = pa.RecordBatchReader._import_from_c(ctypes.addressof(stream)).read_all()
    table.validate(full=True)
    assert table.num_rows == 1000, table.num_rows
    assert table.schema.field("timestamp").type == pa.timestamp("ns", "UTC")
    assert table.schema.field("sequence").type == pa.uint64()
    assert table.schema.field("instrument_id").type == pa.dictionary(pa.int32(), pa.string())
    return table


ticks = read("ticks", 0)
assert ticks.column_names[:3] == ["instrument_id", "timestamp", "sequence"]
assert ticks.column_names[-1] == "ma3"
assert ticks["instrument_id"].to_pylist()[:3] == ["IF2412", "IC2412", "IF2412"]
# Of each of both instruments two ticks came before its window was full.
assert ticks["ma3"].null_count == 4
assert ticks["ma3"].to_pylist()[4] == 5002.0
assert ticks["sequence"].to_pylist() == list(range(1, 1001))

updates = read("others", 1)
assert updates["factor_id"].to_pylist()[0] == "f"
assert updates["value"].to_pylist() == [float(i) for i in range(1, 1001)]

vectors = read("others", 2)
assert vectors["values"].to_pylist()[999] == [1000.0, 1001.0]
assert vectors["values"].type == pa.large_list(pa.float64())

snapshots = read("others", 3)
assert dict(snapshots["values"].to_pylist()[4]) == {"a": 5.0, "b": -5.0}
assert snapshots["checkpoint_id"].to_pylist()[4] == 5
print("pyarrow", pa.__version__, "took all four data sets")
