"""The package as it is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import factorwal as fw
from conftest import DAY, SOURCE
from factorwal import _core


def test_the_installed_package_is_under_test() -> None:
    assert not Path(fw.__file__).is_relative_to(SOURCE / "python")
    assert (Path(fw.__file__).parent / "py.typed").exists()


def test_stubs_are_those_of_the_module(tmp_path: Path) -> None:
    """scripts/python_stubs makes them anew."""
    made = tmp_path / "_core.pyi"
    subprocess.run([sys.executable, "-m", "nanobind.stubgen", "-q", "-P", "-m", "factorwal._core",
                    "-o", str(made)], check=True)  # fmt: skip
    assert made.read_text() == (SOURCE / "python/factorwal/_core.pyi").read_text()


def test_what_is_public_has_a_docstring() -> None:
    for name in fw.__all__:
        assert getattr(fw, name).__doc__, name


def run_to_the_end(program: str, data: str) -> str:
    """stderr."""
    done = subprocess.run([sys.executable, "-c", program, data], capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_an_engine_that_nobody_closes_is_closed_at_the_exit_and_leaks_nothing(data: str) -> None:
    program = f"""
import sys
import numpy as np
import factorwal as fw
fw._core.set_leak_warnings(True)
engine = fw.open(sys.argv[1], "same = close", fields=["close"])
v = engine.process("X", {DAY}, (1.0,))
view = np.asarray(v)
history = fw.history(sys.argv[1])
table = engine.process_many({{"instrument": ["X"], "timestamp": [{DAY + 1}], "close": [2.0]}})
"""
    assert run_to_the_end(program, data) == ""
    with fw.open(data, "same = close") as engine:
        assert engine.certificate.facts["clean"]
        assert fw.history(data).to_pandas()["same"].tolist() == [1.0, 2.0]


def test_memory_stays_flat(data: str) -> None:
    program = f"""
import gc, sys
import numpy as np
import factorwal as fw

def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

rows = 20_000
columns = {{"instrument": np.array(["X"] * rows), "close": np.arange(rows) * 1.0}}
engine = fw.open(sys.argv[1], "ma5 = ts_mean(close, 5)", fields=["close"])
x = engine.instrument("X")
for round in range(30):
    first = {DAY} + round * rows
    columns["timestamp"] = np.arange(rows) + first
    engine.process_many(columns).to_pandas()
    fw.compute(columns, "ma5 = ts_mean(close, 5)").to_pandas()
    for i in range(rows):
        engine.process(x, first + i, (1.0,)).copy()
    if round == 9:
        begun = resident()
grown = resident() - begun
engine.close()
assert grown < 8 << 20, grown
"""
    run_to_the_end(program, data)


def test_numpy_is_all_that_it_needs(data: str) -> None:
    program = f"""
import sys
for name in ("pandas", "polars", "pyarrow", "duckdb"):
    sys.modules[name] = None
import numpy as np
import factorwal as fw
columns = {{"instrument": np.array(["X", "Y", "X"]), "timestamp": {DAY} + np.arange(3), "close": [1.0, 2.0, 3.0]}}
with fw.open(sys.argv[1], "ma2 = ts_mean(close, 2)") as engine:
    out = engine.process_many(columns).to_numpy()
for table in (out, fw.compute(columns, "ma2 = ts_mean(close, 2)").to_numpy(), fw.history(sys.argv[1]).to_numpy()):
    assert table["instrument_id"].tolist() == ["X", "Y", "X"]
    assert table["timestamp"][2] == np.datetime64({DAY} + 2, "ns")
    assert table["ma2"][2] == 2.0
    assert np.isnan(table["ma2"][:2]).all()
"""
    assert run_to_the_end(program, data) == ""


def test_arrows_library_is_not_linked() -> None:
    linked = subprocess.run(["ldd", _core.__file__], capture_output=True, text=True, check=True)
    assert "libc.so" in linked.stdout
    assert "arrow" not in linked.stdout
    assert "parquet" not in linked.stdout
