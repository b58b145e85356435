"""How things look in a notebook, and what long calls say meanwhile."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import factorwal as fw
from conftest import DAY, FACTORS, make_columns

EVIL = '<img src=x onerror="alert(1)">&'


class _Checked(HTMLParser):
    """Every tag is closed in its turn, and none is of a name that somebody gave."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag in {"div", "b", "span", "table", "thead", "tbody", "tr", "td", "th", "details",
                       "summary", "pre", "ul", "li"}, tag  # fmt: skip
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + "|"


def shown(one: Any) -> str:
    """The text of what a notebook shows."""
    page = _Checked()
    page.feed(one._repr_html_())
    page.close()
    assert page.open == []
    return page.text


def test_tables_show_their_ends(data: str) -> None:
    columns = {**make_columns(70_000), "mood": ["x"] * 70_000}
    out = fw.compute(columns, "same = close\nma2 = ts_mean(close, 2)")
    text = shown(out)
    assert "70,000 rows, 4 columns" in text
    assert "2024-01-02 00:00:00.000000000" in text
    assert "…" in text
    assert f"{out.to_pandas()['same'].iloc[-1]:.6g}" in text
    assert "mood" in text
    assert "0 rows" in shown(fw.compute({name: x[:0] for name, x in make_columns(1).items()}, "same = close"))
    wide = fw.compute(make_columns(3), "\n".join(f"f{i} = close + {i}" for i in range(30)))
    assert "20 columns are not shown" in shown(wide)


def test_names_are_escaped(data: str) -> None:
    columns = {"instrument": [EVIL] * 3, "timestamp": DAY + np.arange(3), "close": [1.0, 2.0, 3.0]}
    with fw.open(data + EVIL.replace("/", ""), "same = close") as engine:
        out = engine.process_many(columns)
        engine.flush()
        for one in (engine, out, engine.certificate, fw.history(engine.directory),
                    fw.status(engine.directory)):  # fmt: skip
            assert "onerror" in shown(one)
    graph = fw.Graph((fw.GraphNode(0, EVIL, (), "field"),), {EVIL: 0})._repr_svg_()
    assert "<img" not in graph
    assert EVIL in "".join(ElementTree.fromstring(graph).itertext())


def test_engines_and_certificates_say_how_they_are(data: str) -> None:
    with fw.open(data, FACTORS) as engine:
        assert "waits for its first table" in shown(engine)
        engine.process_many(make_columns(100))
        assert "accepted 100" in shown(engine)
        assert "storage ok" in shown(engine)
        assert "perfect" in shown(engine.certificate)
        quality = engine.quality("X0", "ma5")
        assert quality == ("exact", 0)
        assert "exact" in shown(quality)
    assert "closed" in shown(engine)
    with fw.open(data, FACTORS) as engine:
        assert "go on" in shown(engine.certificate)


def test_what_is_wrong_is_shown(data: str) -> None:
    with fw.open(data, FACTORS) as engine:
        engine.process_many(make_columns(20_000))
    assert "holds what was written" in shown(fw.verify(data, recompute=True))
    segment = max((p for p in Path(data).rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    with segment.open("r+b") as file:
        file.seek(20_000)
        file.write(b"damage")
    text = shown(fw.verify(data))
    assert "damaged" in text and "findings" in text and "corrupt" in text
    text = shown(fw.examine(data, on_corruption="quarantine"))
    assert "not perfect" in text and "lost records" in text
    assert "refused" in shown(fw.examine(data))


def test_a_history_shows_its_first_rows(data: str) -> None:
    h = fw.history(data)
    assert "NotFound" in shown(h)
    with fw.open(data, "same = close") as engine:
        engine.process_many(make_columns(1000))
        engine.persister.send_update("X", "signal", 4.25, DAY)
        engine.persister.send_vector_update("X", "curve", [1.0], DAY)
    assert "the first rows" in shown(h)
    assert "X1" in shown(h.filter(instrument="X1"))
    assert "4.25" in shown(h.filter(data_set="updates"))
    assert "vectors" in shown(h.filter(data_set="vectors"))
    assert "nobody" in shown(h.filter(instrument="nobody"))


def boxes(picture: str) -> dict[str, tuple[float, float, float, float]]:
    """Label to left, top, right, bottom."""
    space = "{http://www.w3.org/2000/svg}"
    found = {}
    for group in ElementTree.fromstring(picture).iter(f"{space}g"):
        rect, text = group.find(f"{space}rect"), group.find(f"{space}text")
        assert rect is not None and text is not None
        x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        found[str(text.text)] = (x, y, x + width, y + height)
    return found


def test_a_factor_graph_is_a_picture_whose_boxes_do_not_touch() -> None:
    factors = fw.FactorSet(FACTORS + "z = (close - ts_mean(close, 9)) / ts_std(close, 9) * 100")
    picture = factors._repr_html_()
    assert picture == factors.graph()._repr_svg_()
    found = boxes(picture)
    assert {"close", "volume", "ma5", "dif", "dea", "hist", "z", "100"} <= set(found)
    assert any(label.startswith("macd(") for label in found)
    places = list(found.values())
    for i, (left, top, right, bottom) in enumerate(places):
        assert left >= 0 and top >= 0
        for other in places[:i]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart
    # What is read stands before what reads it.
    assert found["close"][2] < found["close - ·"][0] < found["z"][0]


def test_large_graphs_are_drawn_or_told() -> None:
    chain = fw.FactorSet("\n".join(["f0 = close", *(f"f{i} = f{i - 1} + {i}.5" for i in range(1, 70))]))
    assert len(boxes(chain._repr_html_())) > 130
    many = fw.FactorSet("\n".join(f"f{i} = ts_mean(close, {i + 2})" for i in range(400)))
    assert "401 nodes" in many._repr_html_()
    assert "<svg" in fw.FactorSet("")._repr_html_()


def test_plots_are_of_the_columns_and_instruments_asked_for(data: str) -> None:
    with fw.open(data, FACTORS) as engine:
        out = engine.process_many(make_columns(300))
    figure = out.plot("ma5", instrument="X1")
    assert figure._repr_png_().startswith(b"\x89PNG")
    (axes,) = figure.axes
    (line,) = axes.get_lines()
    frame = out.to_pandas()
    expected = frame[frame["instrument_id"] == "X1"]["ma5"].to_numpy()
    assert np.array_equal(line.get_ydata(), expected, equal_nan=True)
    assert axes.get_title() == "X1"
    assert len(fw.history(data).plot(["ma5", "close"]).axes[0].get_lines()) == 6
    with pytest.raises(ValueError, match="ma5"):
        out.plot("ma6")
    with pytest.raises(ValueError, match="nobody"):
        out.plot("ma5", instrument="nobody")
    with pytest.raises(ValueError, match="instrument="):
        out.plot()


def test_plots_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("matplotlib.figure", "matplotlib", "plotly", "plotly.graph_objects"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        fw.compute(make_columns(3), "same = close").plot()


PROGRAM = """
import sys, time
if "--no-tqdm" in sys.argv:
    sys.modules["tqdm"] = None
import factorwal._progress as progress
progress._AFTER = float(sys.argv[2])
import factorwal as fw
sys.path.insert(0, sys.argv[1])
from conftest import FACTORS, make_columns
columns = make_columns(300_000)
wanted = {"None": None, "True": True, "False": False}[sys.argv[3]]
with fw.open(sys.argv[4], FACTORS) as engine:
    engine.process_many(columns, progress=wanted)
fw.compute(columns, FACTORS, progress=wanted)
fw.history(sys.argv[4]).to_pandas(progress=wanted)
fw.verify(sys.argv[4], recompute=True, progress=wanted)
fw.backup(sys.argv[4], sys.argv[4] + "-copy", progress=wanted)
with fw.open(sys.argv[4], FACTORS, progress=False) as engine:  # more to replay than takes a moment
    for _ in range(4):
        engine.process_many(columns, append=True, collect=False, progress=False)
fw.open(sys.argv[4], "other = ts_mean(close, 9)", progress=wanted).close()
fw.FactorWalConsumer(sys.argv[4]).recover(progress=wanted)
"""


def on_terminal(data: str, after: float, wanted: str, *more: str, terminal: bool = True) -> str:
    """stderr."""
    command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), str(after), wanted, data, *more]
    if not terminal:
        return subprocess.run(command, capture_output=True, text=True, check=True).stderr
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal is to be had here: {error}")
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    child = subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL)
    os.close(theirs)
    text = b""
    while True:
        try:
            piece = os.read(ours, 65_536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    os.close(ours)
    assert child.wait() == 0, text
    return text.decode()


def test_a_bar_is_shown_on_a_terminal_when_it_takes_long(data: str) -> None:
    text = on_terminal(data, 0.0, "None")
    for name in ("process_many", "compute", "verify data, re", "open data, replay", "recover, replay"):
        assert name in text, name
    assert re.search(r"process_many: +\d+%", text)


def test_without_tqdm_it_is_a_line_of_text(data: str) -> None:
    text = on_terminal(data, 0.0, "None", "--no-tqdm")
    assert re.search(r"process_many: \d+% [\d.]+ [kM]ticks in \d s", text)
    assert text.endswith(" \r") and "\n" not in text


@pytest.mark.parametrize(
    ("after", "wanted", "terminal", "seen"),
    [(60.0, "None", True, False), (0.0, "False", True, False), (0.0, "None", False, False),
     (60.0, "True", False, True)],
)  # fmt: skip
def test_it_is_silent_where_nobody_looks_and_as_it_is_told(
    data: str, after: float, wanted: str, terminal: bool, seen: bool
) -> None:
    assert bool(on_terminal(data, after, wanted, terminal=terminal)) == seen


def test_without_stderr_or_with_a_closed_one_calls_go_on(data: str) -> None:
    code = """
import sys
import factorwal as fw
import factorwal._progress as progress
progress._AFTER = 0.0
ticks = fw.sample_ticks(200_000)
factors = "a = ts_mean(close, 5)\\nb = ts_std(close, 50)\\nc = ts_corr(close, volume, 60)"
for stderr in (None, open("/dev/full", "w", buffering=1)):
    sys.stderr = stderr
    for wanted in (None, True):
        assert len(fw.compute(ticks, factors, progress=wanted)) == 200_000
sys.stderr = None
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
