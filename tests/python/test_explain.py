"""How a value came about, as data."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import factorwal as fw
from conftest import FACTORS, bits, make_columns
from factorwal import f


@pytest.fixture
def logged(data: str) -> str:
    with fw.open(data, FACTORS) as engine:
        engine.process_many(make_columns(900))
    return data


def test_it_is_the_logged_value_with_its_window(logged: str) -> None:
    columns = make_columns(900)
    rows = fw.history(logged).to_numpy()
    found = fw.explain(logged, "X1", "ma5", at=800)
    place = max(i for i in range(800) if columns["instrument"][i] == "X1")
    assert found.sequence == place + 1
    assert found.tick_number == place // 3 + 1
    assert found.timestamp_ns == columns["timestamp"][place]
    assert bits(np.array([found.value])) == bits(rows["ma5"][place : place + 1])
    assert found.exact and not found.may_lack_ticks and found.findings == [] and found.notes == []
    assert found.definition == "factor ma5 = ts_mean(close, d=5, minp=5)"
    assert found.fields == ["close"] and found.memory == 5
    assert [t.sequence for t in found.ticks] == [place + 1 - 3 * i for i in (4, 3, 2, 1, 0)]
    np.testing.assert_array_equal(
        found.to_numpy()["close"], columns["close"][[place - 3 * i for i in (4, 3, 2, 1, 0)]]
    )
    assert [s.expression for s in found.steps] == ["ts_mean(close, d=5, minp=5)", "close"]
    assert found.steps[0].inputs == [1]
    assert any("last" in state.expression and state.exact for state in found.states)


def test_defaults_are_the_last_tick_and_the_window(logged: str) -> None:
    found = fw.explain(logged, "X2", "hist")
    assert found.sequence == 900 and found.memory is None and len(found.ticks) == 64
    assert found.definition.startswith("factor (dif, dea, hist) = macd(close")
    assert len(fw.explain(logged, "X2", "flow").ticks) == 50
    assert len(fw.explain(logged, "X2", "ma5", ticks=2).ticks) == 2
    longer = fw.explain(logged, "X2", "m", factors={"m": f.close.ts_mean(200)})
    assert longer.memory == 200 and len(longer.ticks) == 200


def test_other_factors_over_the_same_ticks(logged: str) -> None:
    columns = make_columns(900)
    want = fw.compute(columns, "z = close / ts_mean(close, 7)").to_numpy()["z"]
    for factors in ("z = close / ts_mean(close, 7)", {"z": f.close / f.close.ts_mean(7)}):
        found = fw.explain(logged, "X2", "z", factors=factors)
        assert bits(np.array([found.value])) == bits(want[-1:])


def test_what_is_not_there_is_told(logged: str) -> None:
    with pytest.raises(fw.NotFound, match=r"no factor `ma4` there \(did you mean `ma5`\?\)"):
        fw.explain(logged, "X1", "ma4")
    with pytest.raises(fw.NotFound, match="the log holds no tick of it"):
        fw.explain(logged, "Y", "ma5")
    with pytest.raises(fw.NotFound, match="is not reached: the log holds 1 to 900"):
        fw.explain(logged, "X1", "ma5", at=4400)
    with pytest.raises(ValueError, match="a sequence from 1 on"):
        fw.explain(logged, "X1", "ma5", at=0)


def test_it_reads_beside_the_engine(data: str) -> None:
    with fw.open(data, FACTORS) as engine:
        engine.process_many(make_columns(90))
        engine.flush()
        assert fw.explain(data, "X1", "ma5").exact


def test_it_shows_itself(logged: str) -> None:
    pandas = pytest.importorskip("pandas")
    found = fw.explain(logged, "X1", "rsi14", at=800)
    assert "X1 rsi14 = " in repr(found)
    text = str(found)
    assert "factor rsi14 = rsi(close, n=14, flat=0)" in text and "depends on all of its ticks" in text
    assert "... 54 earlier ticks" in text
    page = found._repr_html_()
    assert "<table>" in page and "rsi(close, n=14, flat=0)" in page
    frame = found.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and list(frame) == ["sequence", "timestamp", "close"]


def test_names_are_escaped_in_html(data: str) -> None:
    with fw.open(data, {"x": f["<b>"] + 1}, fields=["<b>"]) as engine:
        engine.process("<i>", 1_700_000_000_000_000_000, (1.0,))
    page = fw.explain(data, "<i>", "x")._repr_html_()
    assert "<b>" not in page.replace("<div><b>x = 2.0</b></div>", "") and "<i>" not in page


def test_it_is_plotted(logged: str, monkeypatch: pytest.MonkeyPatch) -> None:
    figure_module = pytest.importorskip("matplotlib.figure")
    found = fw.explain(logged, "X1", "flow")
    figure = found.plot()
    assert isinstance(figure, figure_module.Figure)
    assert [axis.get_ylabel() for axis in figure.axes] == ["volume"]
    assert len(figure.axes[0].lines[0].get_xdata()) == 50
    assert figure._repr_png_().startswith(b"\x89PNG")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "plotly.subplots", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        found.plot()


def test_operators_of_ones_own(data: str) -> None:
    pytest.importorskip("numba")

    def summed(x: Any, p: Any, s: Any, out: Any) -> None:
        s[0] += x[0]
        out[0] = s[0]

    fw.operator(name="summed", version=1, state=1)(summed)
    with fw.open(data, "t = summed(volume)") as engine:
        last = engine.process_many(make_columns(100)).to_numpy()["t"][-1]
    found = fw.explain(data, "X0", "t")
    assert found.value == last and found.memory is None and found.notes == []
    fw.operator(name="summed", version=2, state=1)(summed)
    assert fw.explain(data, "X0", "t").notes == [
        "the log has used version 1 of the operator summed; these are values of 2"
    ]
