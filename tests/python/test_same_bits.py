"""Live = batch = the C++ tool, bit for bit."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pytest

import factorwal as fw
from conftest import FACTORS, SOURCE, bits, make_columns, run_tool, write_csv

OPEN_FILES = Path(os.environ.get("FACTORWAL_SHARED", SOURCE.parent / "shared")) / "data/open"


def tool_history(data: str, factors: str, ticks: str) -> pandas.DataFrame:
    """The history that `factorwal run` leaves; its CSV reads back to the same bits."""
    file = Path(data + "-factors.txt")
    file.write_text(factors)
    run_tool("run", "--data", data, "--factors", str(file), "--ticks", ticks)
    text = run_tool("query", "--data", data, "--set", "ticks", "--fields", "close,volume",
                    "--format", "csv")  # fmt: skip
    return pandas.read_csv(io.StringIO(text))


def expect_same(found: object, expected: pandas.DataFrame, names: list[str]) -> None:
    table = pa.table(found)
    assert table.num_rows == len(expected) > 0
    assert table["instrument_id"].cast(pa.string()).to_pylist() == list(expected["instrument_id"])
    stamps = table["timestamp"].cast(pa.int64()).to_numpy()
    assert np.array_equal(stamps, expected["timestamp_ns"].to_numpy())
    for name in names:
        wanted = expected[name].to_numpy(np.float64)
        values = table[name].to_numpy()
        assert not np.isnan(values).all(), name
        assert np.array_equal(bits(values), bits(wanted)), name


def live(data: str, columns: dict[str, np.ndarray], fields: list[str]) -> None:
    with fw.open(data, FACTORS, fields=fields) as engine:
        rows = np.stack([columns[name] for name in fields], axis=1)
        for name, stamp, row in zip(columns["instrument"], columns["timestamp"], rows, strict=True):
            engine.process(str(name), int(stamp), row)


def test_live_batch_compute_and_tool_agree_bit_for_bit(data: str) -> None:
    columns = make_columns(20_000)
    ticks = data + ".csv"
    write_csv(ticks, columns)
    expected = tool_history(data + "-tool", FACTORS, ticks)

    with fw.open(data, FACTORS) as engine:
        out = engine.process_many(ticks)
        names = engine.factor_names
    live(data + "-live", columns, ["close", "volume"])

    expect_same(out, expected, names)
    expect_same(fw.compute(ticks, FACTORS), expected, names)
    expect_same(fw.history(data), expected, [*names, "close", "volume"])
    expect_same(fw.history(data + "-live"), expected, [*names, "close", "volume"])


@pytest.mark.parametrize("name", [
        "bars_CN_futures_1d_multi.csv.gz",
        "bars_SHFE_rb_5m.csv.gz",
        "bars_XCME_6EH4_1m.csv.gz",
        "ticks_BINANCE_UM_BTCUSDT_20240808_trades.csv.gz",
        "ticks_BINANCE_multi_20240808_quotes_trades.csv.gz",
        "ticks_CFFEX_IF2101_20210104.csv.gz",
    ])
def test_public_market_data_gives_the_bits_of_the_tool(data: str, name: str) -> None:
    ticks = OPEN_FILES / name
    if not ticks.exists():
        pytest.skip("no shared data: set FACTORWAL_SHARED or put it at ../shared beside the sources")
    factors = "ma5 = ts_mean(close, 5)\nrsi14 = rsi(close, 14)\nsd20 = ts_std(close, 20, ddof=1)\n"
    expected = tool_history(data + "-tool", factors, str(ticks))
    with fw.open(data, factors) as engine:
        out = engine.process_many(str(ticks))
    names = ["ma5", "rsi14", "sd20"]
    expect_same(out, expected, names)
    expect_same(fw.compute(str(ticks), factors), expected, names)
    expect_same(fw.history(data), expected, names)
