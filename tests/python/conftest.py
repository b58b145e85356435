"""What the tests share: directories on a real disk, the tool, the optional market data."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

SOURCE = Path(__file__).resolve().parents[2]
DAY = 1_704_153_600_000_000_000  # 2024-01-02, nanoseconds

FACTORS = """\
ma5 = ts_mean(close, 5)
sd20 = ts_std(close, 20, ddof=1)
rsi14 = rsi(close, 14)
factor (dif, dea, hist) = macd(close, 12, 26, 9)
flow = ts_sum(volume, 50)
"""


@pytest.fixture
def data() -> Iterator[str]:
    """A place for a data directory that is not there yet; not in memory."""
    root = SOURCE / "build" / "test-tmp"
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as place:
        yield str(Path(place) / "data")


def make_columns(rows: int, seed: int = 7, instruments: int = 3) -> dict[str, np.ndarray]:
    """Ticks of some instruments in turn, with holes."""
    random = np.random.default_rng(seed)
    close = np.round(100 + np.cumsum(random.normal(0, 0.1, rows)), 2)
    close[random.random(rows) < 0.01] = np.nan
    return {
        "instrument": np.array([f"X{i % instruments}" for i in range(rows)]),
        "timestamp": np.arange(rows) * 250_000_000 + DAY,
        "close": close,
        "volume": random.integers(1, 500, rows).astype(np.float64),
    }


def write_csv(path: str, columns: dict[str, np.ndarray]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(columns) + "\n")
        for row in zip(*columns.values(), strict=True):
            file.write(",".join("" if cell != cell else str(cell) for cell in row) + "\n")


def bits(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.float64).view(np.int64)


def run_tool(*words: str) -> str:
    """What the C++ tool prints."""
    tool = os.environ.get("FACTORWAL_TOOL", str(SOURCE / "build/release/bin/factorwal"))
    done = subprocess.run([tool, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
