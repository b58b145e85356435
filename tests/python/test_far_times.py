"""Times that 64 bits of nanoseconds do not have, which numpy turns into others."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

import factorwal as fw
from conftest import make_columns

FAR = ["2500-01-01", "1600-01-01", "0001-01-01", "2500-01-01T00:00:00Z", np.datetime64("2500-01-01", "s"),
       dt.datetime(2400, 1, 1), dt.date(1, 1, 1), dt.datetime.max, 2**70]  # fmt: skip


@pytest.mark.parametrize("time", FAR, ids=repr)
def test_a_tick_of_one_is_refused(data: str, time: Any) -> None:
    with fw.open(data, "same = close", fields=["close"], tz="UTC") as engine:
        with pytest.raises((ValueError, OverflowError)):
            engine.process("X", time, (1.0,))
        assert engine.marks.accepted == 0


def test_bounds_of_a_history_reach_as_far_as_times_do(data: str) -> None:
    with fw.open(data, "same = close", tz="UTC") as engine:
        engine.process_many(make_columns(50))
    history = fw.history(data)
    for late in ("3000-01-01", "2263-01-01", dt.datetime.max, np.datetime64("2500-01-01", "s")):
        assert len(history.filter(end=late).to_pandas()) == 50
        assert len(history.filter(start=late).to_pandas()) == 0
    for early in ("1600-01-01", dt.datetime.min, dt.date(1, 1, 1)):
        assert len(history.filter(start=early).to_pandas()) == 50
        assert len(history.filter(end=early).to_pandas()) == 0


def test_the_zone_of_a_filter_stays_and_names_are_read_once(data: str) -> None:
    with fw.open(data, "same = close", tz="UTC") as engine:
        engine.process_many(make_columns(50))
    first = fw.history(data).to_pandas()
    half = first["timestamp"].iloc[25]
    shown = half.tz_convert("Asia/Shanghai").tz_localize(None)
    zoned = fw.history(data).filter(tz="Asia/Shanghai")
    assert len(zoned.filter(start=shown).to_pandas()) == (first["timestamp"] >= half).sum()
    ids = sorted(set(first["instrument_id"]))[:1]
    some = fw.history(data).filter(instrument=(one for one in ids)).to_pandas()  # type: ignore[arg-type]
    assert 0 < len(some) < 50
    with pytest.raises(ValueError, match="no zone"):
        fw.history(data).filter(tz="Mars/X")
