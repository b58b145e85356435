"""Archive from Python: what was cut from a log is still in its history, and Parquet files are ticks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from importlib.metadata import requires
from pathlib import Path

import duckdb
import numpy as np
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet
import pytest

import factorwal as fw
from conftest import DAY, FACTORS, bits, make_columns
from factorwal import _archives, _core

ROWS = 60_000
MANY = 300_000  # of several parts: none is smaller than a batch
SMALL = {"segment_bytes": 1 << 20, "keep_bytes": 1 << 20, "snapshot_every": 5_000}


def run(data: str, rows: int = ROWS, *, cut: bool = False) -> None:
    """`cut`: archives as it goes, and keeps little of the log from the first archiving on."""
    columns = make_columns(rows)
    options: dict[str, int] = {}
    for first in range(0, rows, rows // 3):
        some = {name: column[first : first + rows // 3] for name, column in columns.items()}
        with fw.open(data, FACTORS, **options) as engine:  # type: ignore[arg-type]
            engine.process_many(some)
        if cut:
            fw.archive(data)
            options = SMALL
    if cut:
        let_cut(data)


def let_cut(data: str) -> None:
    """An open cuts what is archived before the last whole generation of states."""
    for _ in range(2):
        with fw.open(data, FACTORS, **SMALL) as engine:  # type: ignore[arg-type]
            engine.checkpoint()


@pytest.fixture
def cut(data: str) -> str:
    """A log of which the beginning is in the archive alone."""
    run(data, cut=True)
    return data


def table_of(h: fw.History) -> pa.Table:
    return pa.table(h).combine_chunks().unify_dictionaries()


def test_history_of_archive_and_log_is_that_of_a_log_that_was_never_cut(cut: str) -> None:
    whole = cut + "-whole"
    run(whole)
    assert len(fw.history(cut, archive=False).to_pandas()) < ROWS
    found, expected = fw.history(cut), fw.history(whole)
    assert table_of(found).equals(table_of(expected))
    some = {"instrument": "X1", "start": DAY, "factors": ["rsi14", "dif"], "sequences": False}
    assert table_of(found.filter(**some)).equals(table_of(expected.filter(**some)))  # type: ignore[arg-type]
    arrays, others = found.to_numpy(), expected.to_numpy()
    for name in ("close", "rsi14", "hist"):
        assert np.array_equal(bits(arrays[name]), bits(others[name])), name
    assert found.to_pandas().equals(expected.to_pandas())
    h = found
    answer = duckdb.sql("select count(*) from h")
    assert answer is not None
    assert answer.fetchall() == [(ROWS,)]


def test_the_archive_is_plain_parquet(cut: str) -> None:
    report = fw.archive(cut)
    assert report.rows == 0
    frame = polars.scan_parquet(cut + "/archive/ticks").collect()
    assert frame.height == ROWS == report.archived_sequence
    with fw.open(cut, FACTORS) as engine:
        assert engine.marks.archived == ROWS


def test_an_archive_elsewhere_is_named(data: str) -> None:
    elsewhere = data + "-archive"
    run(data)
    fw.archive(data, to=elsewhere, compression={"factors": "lz4"}, trading_day="18:00 Asia/Shanghai")
    with fw.open(data, FACTORS, **SMALL) as engine:  # type: ignore[arg-type]
        engine.process_many(make_columns(5000), append=True)
    let_cut(data)
    with pytest.raises(fw.NotFound) as raised:
        fw.history(data).to_pandas()
    assert "archive=DIRECTORY" in raised.value.__notes__[0]
    assert len(fw.history(data, archive=elsewhere).to_pandas()) == ROWS + 5000
    assert fw.verify_archive(data, archive=elsewhere).intact
    (part, *_) = Path(elsewhere, "ticks").rglob("part-*.parquet")
    columns = pa.parquet.read_metadata(part).row_group(0)
    codecs = {columns.column(i).path_in_schema: columns.column(i).compression
              for i in range(columns.num_columns)}  # fmt: skip
    assert codecs["rsi14"].startswith("LZ4")
    assert codecs["close"] == "ZSTD"


def test_verification_names_a_damaged_file(cut: str) -> None:
    intact = fw.verify_archive(cut)
    assert intact.intact
    assert intact.rows == ROWS
    assert 0 < intact.compared_rows < ROWS
    assert fw.verify_archive(cut, compare=False).compared_rows == 0
    part = max(Path(cut, "archive", "ticks").rglob("*.parquet"), key=lambda path: path.stat().st_size)
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    damaged = fw.verify_archive(cut)
    assert not damaged.intact
    assert any(part.name in place for place, _ in damaged.faults)
    with pytest.raises(fw.Corruption, match=part.name):
        fw.history(cut).to_pandas()


def test_progress_is_told_and_may_stop_it(data: str) -> None:
    run(data, MANY)
    told: list[tuple[int, int]] = []

    def stop(archived: int, last: int) -> None:
        told.append((archived, last))
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        fw.archive(data, part_bytes=1, progress=stop)
    assert 0 < told[0][0] < told[0][1] == MANY
    assert len(told) == 1
    report = fw.archive(data, part_bytes=1)
    assert report.first_sequence == told[0][0] + 1
    assert report.archived_sequence == MANY
    assert fw.verify_archive(data).intact


def test_ctrl_c_is_heard_at_once_and_ends_it_after_a_part(data: str) -> None:
    run(data, MANY)
    left = threading.Event()

    def handle(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    def press(archived: int, last: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        assert left.wait(60)  # the part takes as long

    before = signal.signal(signal.SIGINT, handle)
    try:
        with pytest.raises(KeyboardInterrupt):
            fw.archive(data, part_bytes=1, progress=press)
        with pytest.raises(fw.Locked):
            fw.archive(data)
    finally:
        signal.signal(signal.SIGINT, before)
        left.set()
    assert 0 < fw.verify_archive(data).rows < MANY
    until = time.monotonic() + 60
    while True:
        try:
            report = fw.archive(data)
            break
        except fw.Locked:
            assert time.monotonic() < until
            time.sleep(0.01)
    assert report.archived_sequence == MANY
    assert report.first_sequence > 1


def test_refusals(data: str) -> None:
    with pytest.raises(fw.NotFound):
        fw.archive(data)
    with pytest.raises(fw.NotFound):
        fw.verify_archive(data)
    run(data)
    with pytest.raises(fw.InvalidArgument, match="zip"):
        fw.archive(data, compression="zip")
    with pytest.raises(ValueError, match="'volumes'"):
        fw.archive(data, compression={"volumes": "lz4"})
    with pytest.raises(fw.InvalidArgument, match="25:00"):
        fw.archive(data, trading_day="25:00 UTC")
    assert not os.path.exists(data + "/archive/MANIFEST.json")


def test_parquet_and_arrow_files_are_ticks(data: str) -> None:
    columns = make_columns(5000)
    frame = pandas.DataFrame(columns)
    os.makedirs(data)
    frame.to_parquet(data + "/a.parquet")
    frame.to_feather(data + "/a.arrow", compression="uncompressed")
    expected = fw.compute(frame, FACTORS).to_numpy()
    for name in ("a.parquet", "a.arrow"):
        found = fw.compute(f"{data}/{name}", FACTORS).to_numpy()
        for column in ("ma5", "rsi14", "flow"):
            assert np.array_equal(bits(found[column]), bits(expected[column])), (name, column)
    with fw.open(data + "/log", FACTORS) as engine:
        out = engine.process_many(data + "/a.parquet")
        assert np.array_equal(bits(out.to_numpy()["rsi14"]), bits(expected["rsi14"]))
        assert len(engine.process_many(data + "/a.parquet", resume=True)) == 0


def test_a_damaged_parquet_file_is_told(data: str) -> None:
    os.makedirs(data)
    path = data + "/a.parquet"
    pandas.DataFrame(make_columns(5000)).to_parquet(path)
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[:-2000] + bytes(1992) + content[-8:])
    with pytest.raises(fw.FactorwalError, match="a.parquet"):
        fw.compute(path, FACTORS)


WITHOUT_PYARROW = """
import sys
import factorwal as fw
data, parquet = sys.argv[1:]
assert "pyarrow" not in sys.modules and "factorwal._archive" not in sys.modules
sys.modules["pyarrow"] = None
assert len(fw.history(data, archive=False).to_numpy()["close"]) == 60_000
for call in (lambda: fw.history(data).to_numpy(), lambda: fw.archive(data), lambda: fw.verify_archive(data)):
    try:
        call()
    except fw.Unavailable as error:
        assert isinstance(error, ImportError)
        assert "pip install 'pyarrow==" in str(error), error
    else:
        raise AssertionError("not refused")
try:
    fw.compute(parquet, "ma2 = ts_mean(close, 2)")
except fw.FactorwalError as error:
    assert "pip install 'pyarrow==" in str(error), error
else:
    raise AssertionError("not refused")
"""


def test_without_pyarrow_it_says_what_to_install(data: str) -> None:
    run(data)
    fw.archive(data)
    parquet = data + ".parquet"
    pandas.DataFrame(make_columns(10)).to_parquet(parquet)
    done = subprocess.run([sys.executable, "-c", WITHOUT_PYARROW, data, parquet], capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_another_pyarrow_is_refused_by_its_version(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pa, "__version__", "25.0.0")
    with pytest.raises(fw.Unavailable, match=r"25\.0\.0"):
        fw.archive(data)


def test_the_extra_asks_for_the_pyarrow_that_it_was_built_with() -> None:
    built = _core.arrow_version()
    assert built is not None
    (pin,) = [one for one in requires("factorwal") or [] if one.startswith("pyarrow")]
    assert pin.split(";")[0].strip() == f"pyarrow=={'.'.join(built.split('.')[:2])}.*"


def test_it_finds_arrow_by_name_alone() -> None:
    module = _archives.load().__file__
    dynamic = subprocess.run(["readelf", "-d", module], capture_output=True, text=True, check=True).stdout
    assert "libarrow.so" in dynamic
    assert "RPATH" not in dynamic
    assert "RUNPATH" not in dynamic
