"""Made-up ticks are those of the tool."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import factorwal as fw
from conftest import run_tool


def test_the_tool_makes_the_same(tmp_path: Path) -> None:
    path = tmp_path / "ticks.csv"
    path.write_text(run_tool("generate", "--rows", "3000", "--seed", "9"))
    told = pd.read_csv(path)
    made = fw.sample_ticks(3_000, seed=9).to_pandas()
    assert made.instrument_id.astype(str).tolist() == told.instrument_id.tolist()
    assert made.timestamp.astype("int64").tolist() == told.timestamp_ns.tolist()
    for here, there in zip(made.columns[2:], told.columns[2:], strict=True):
        assert np.array_equal(made[here].to_numpy(), told[there].to_numpy(), equal_nan=True), here


def test_bounds_are_told() -> None:
    assert len(fw.sample_ticks(0)) == 0
    with pytest.raises(fw.InvalidArgument, match="10,000|10000"):
        fw.sample_ticks(1, instruments=10_001)
    with pytest.raises(TypeError):
        fw.sample_ticks(-1)
