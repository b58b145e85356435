"""What is taken is given back: no object is left at the exit, and no count grows with the calls."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import polars
import pyarrow as pa
import pytest

import factorwal as fw
from soak import Soak
from conftest import DAY, FACTORS, make_columns

# nanobind says on stderr, at the exit, which of its objects, types and functions are left.
EVERY_PART = """
import asyncio, contextlib, sys
import numpy as np, pandas, polars, pyarrow
import factorwal as fw
from factorwal import _archives, _core
_core.set_leak_warnings(True)
_archives.load().set_leak_warnings(True)
data, day, factors = sys.argv[1], int(sys.argv[2]), sys.argv[3]

columns = {"instrument": np.array(["X", "Y"] * 50), "timestamp": day + np.arange(100), "close": np.arange(100.0),
           "volume": np.ones(100)}
factor_set = fw.FactorSet.parse(factors, fields=["close", "volume"])
engine = fw.open(data, factor_set)
out = engine.process_many(columns)
frame, arrow, other = out.to_pandas(), pyarrow.table(out), polars.DataFrame(out)
arrays = out.to_numpy()
capsule = out.__arrow_c_stream__()                       # that nobody takes
stream = pyarrow.RecordBatchReader.from_stream(out)      # that nobody reads to its end
x = engine.instrument("X")
v = engine.process(x, day + 1000, (1.0, None), b"place")
v = engine.process("X", day + 1001, np.array([1.0, 2.0]))
view, values, named = np.asarray(v), memoryview(v), v.to_dict()
certificate, marks, risk = engine.certificate, engine.marks, engine.data_at_risk
engine.wait_durable(v.ticket)
asyncio.run(engine.durable(v.ticket))
engine.get_factor(x, "ma5"), engine.quality(x, "ma5"), repr(engine), repr(v), list(v), len(v)
engine.checkpoint()
engine.restart_instrument(x)

history = fw.history(data)
some = history.filter(instrument="X", start=day, factors=["ma5"])
reader, batch = history.reader(), next(iter(history.reader()))
held = (history.to_pandas(), polars.DataFrame(some), some.to_numpy(), history.__arrow_c_stream__())
half = history._open()
first = half.next()
computed = fw.compute(columns, factor_set)
report = fw.archive(data, progress=lambda archived, last: None)
verified = fw.verify_archive(data)
whole, whole_half = fw.history(data).to_pandas(), fw.history(data)._open()
whole_half.next()
pandas.DataFrame(columns).to_parquet(data + ".parquet")
of_file = fw.compute(data + ".parquet", factors)

errors = []
for call in (lambda: fw.FactorSet.parse("ma5 = ts_mean(close,"), lambda: fw.open(data, factors),
             lambda: engine.process(x, day, ("a", 2.0)), lambda: engine.process(x, day + 2000, (1.0,)),
             lambda: fw.compute({"close": [1.0]}, factors),
             lambda: fw.history(data + "-none").to_pandas(), lambda: v["none"], lambda: fw.compute(3, factors)):
    try:
        call()
    except Exception as error:
        errors.append(error)
assert len(errors) == 8, errors
if sys.argv[4] == "close":
    engine.close()
"""


@pytest.mark.parametrize("end", ["close", "leave open"])
def test_nanobind_finds_nothing_left_at_the_exit(data: str, end: str) -> None:
    done = subprocess.run([sys.executable, "-c", EVERY_PART, data, str(DAY), FACTORS, end],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_the_check_finds_what_is_left() -> None:
    """An object that nothing frees is told; else the test above could not fail."""
    program = "import ctypes, factorwal as fw; fw._core.set_leak_warnings(True); s = fw.FactorSet.parse('x = close'); ctypes.pythonapi.Py_IncRef(ctypes.py_object(s._compiled))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "nanobind: leaked" in done.stderr


@pytest.fixture
def engine(data: str) -> Any:
    with fw.open(data, FACTORS, fields=["close", "volume"]) as one:
        yield one


def table_calls(engine: fw.Engine) -> dict[str, Callable[[], object]]:
    columns = make_columns(100)
    arrow = pa.table(columns)
    frame = polars.DataFrame(columns)
    times = [f"2024-01-02T00:00:{i % 60:02}" for i in range(2000)]
    later_bad = {"instrument": ["X"] * 2000, "timestamp": [*times[:-1], "?"], "close": [1.0] * 2000, "volume": [1.0] * 2000}
    x = engine.instrument("X")
    row = (1.0, 2.0)
    buffer = np.array([1.0, 2.0])
    engine.process(x, DAY, row)
    engine.flush()
    h = fw.history(engine.directory)

    def refused() -> None:
        with pytest.raises(fw.FactorSyntax):
            fw.FactorSet.parse("ma5 = ts_mean(close,")
        with pytest.raises(fw.Batch):
            engine.process_many(later_bad, append=True)
        with pytest.raises(fw.InvalidArgument):
            fw.compute({**columns, "timestamp": ["?"] * 100}, FACTORS)

    return {
        "process of a tuple": lambda: engine.process(x, DAY, row),
        "process of a buffer": lambda: engine.process(x, DAY, buffer)["rsi14"],
        "process with a position": lambda: np.asarray(engine.process("X", DAY, row, b"here")),
        "process_many": lambda: engine.process_many(columns, append=True).to_pandas(),
        "compute of arrow": lambda: pa.table(fw.compute(arrow, FACTORS)),
        "compute of polars": lambda: polars.DataFrame(fw.compute(frame, FACTORS)),
        "compute of numpy": lambda: fw.compute(columns, FACTORS).to_numpy(),
        "history": lambda: h.filter(factors=["rsi14"]).to_numpy(),
        "a stream not taken": lambda: h.__arrow_c_stream__(),
        "facts": lambda: (engine.marks, engine.data_at_risk, engine.certificate, engine.fields, repr(engine)),
        "factor set": lambda: fw.FactorSet.parse(FACTORS).text,
        "refusals": refused,
    }


NAMES = ["process of a tuple", "process of a buffer", "process with a position", "process_many", "compute of arrow",
         "compute of polars", "compute of numpy", "history", "a stream not taken", "facts", "factor set",
         "refusals"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_counts_stay_flat_over_many_calls(engine: fw.Engine, name: str) -> None:
    """Of blocks that Python has allocated, and of the references to what every call is given."""
    calls = table_calls(engine)
    assert list(calls) == NAMES
    call = calls[name]
    rounds = 60

    def blocks_after(times: int) -> int:
        for _ in range(times):
            call()
        gc.collect()
        return sys.getallocatedblocks()

    blocks_after(6 * rounds)  # until what numpy and pandas keep for the next call is there
    # A test runner allocates, too: one quiet pass of several is enough, a leak has none.
    grown = []
    for _ in range(5):
        before = blocks_after(1)
        grown.append(blocks_after(rounds) - before)
    assert min(grown) < rounds / 2, grown


def test_references_to_what_is_given_do_not_grow(engine: fw.Engine) -> None:
    x = engine.instrument("X")
    price, row, position = 123.456, (123.456, 2.0), b"a position of its own"
    buffer = np.array([1.0, 2.0])
    columns = make_columns(50)
    kept = (x, price, row, position, buffer, columns, *columns.values(), None, True)
    before = [sys.getrefcount(one) for one in kept]
    for i in range(1000):
        engine.process(x, DAY + i, row, position)
        engine.process(x, DAY + i, buffer)
    for _ in range(20):
        fw.compute(columns, FACTORS)
        engine.process_many(columns, append=True)
    after = [sys.getrefcount(one) for one in kept]
    for one, count, begun in zip(kept, after, before, strict=True):
        assert abs(count - begun) < 20, type(one)


def test_a_view_keeps_its_owner_and_nothing_else_does(data: str) -> None:
    engine = fw.open(data, FACTORS, fields=["close", "volume"])
    gone = weakref.ref(engine)
    v = engine.process("X", DAY, (1.0, 2.0))
    view = np.asarray(v)
    engine.close()
    del engine, v
    gc.collect()
    assert gone() is None or view is not None
    assert len(view) == 7
    del view
    gc.collect()
    assert gone() is None


def test_python_itself_allocates_nothing_per_tick(engine: fw.Engine) -> None:
    x = engine.instrument("X")
    row = (1.0, 2.0)
    tracemalloc.start()
    try:
        for i in range(200):
            engine.process(x, DAY + i, row)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for i in range(5000):
            engine.process(x, DAY + i, row)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 2000
    finally:
        tracemalloc.stop()


def test_a_round_of_the_soak_runs(data: str) -> None:
    Soak(data).round()
