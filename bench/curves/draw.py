#!/usr/bin/python3
"""draw.py FOLDER PICTURES: draws each curve of FOLDER (NAME.csv) as PICTURES/curve_NAME.svg.

The same figures give the same bytes. A picture holds the figures that it was drawn from, so that a
test can tell whether they are still those of its folder.
"""
# Debian's Python, since python3-matplotlib is of Debian; another in the PATH does not see it.

import csv
import math
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402  (behind the choice of what it draws with)

COLOURS = ["#0b62a4", "#c2410c", "#3f7d20"]

# Per curve: the label of x, then panels of (title, logarithmic y, {column: label}).
CURVES = {
    "batch": ("updates a commit", [
        ("durable a second", True,
         {"durable_updates_per_second": "updates", "raw_records_per_second": "bare records"}),
        ("bytes an update", True, {"bytes_an_update": ""}),
    ]),
    "rate": ("updates a second, asked for", [
        ("send to durable, us", True, {"durable_p50_us": "p50", "durable_p99_us": "p99",
          "write_and_sync_p50_us": "of it: write and sync, p50"}),
        ("updates a commit", True, {"records_a_commit": ""}),
    ]),
    "instruments": ("instruments in turn", [
        ("ns a tick", True,
         {"process_tick_p50_ns": "process_tick, p50", "process_tick_p99_ns": "process_tick, p99",
          "process_ticks_ns": "process_ticks"}),
        ("bytes of memory an instrument", False, {"memory_bytes": ""}),
    ]),
    "factors": ("factors", [
        ("process_tick, ns", True, {"process_tick_ns": ""}),
        ("ns a factor", True, {"ns_a_factor": ""}),
    ]),
    "window": ("window, ticks", [
        ("process_tick with four factors, ns", False,
         {"four_factors_ns": "1 instrument",
          "four_factors_100_instruments_ns": "100 instruments in turn"}),
        ("process_tick with a rank, ns", True, {"rank_ns": ""}),
    ]),
    "producers": ("sending threads", [
        ("durable updates a second, all threads", False, {"durable_updates_per_second": ""}),
        ("send_update, ns", False, {"send_p50_ns": ""}),
    ]),
    "log_size": ("updates in the log", [
        ("seconds", True, {"read_seconds": "read", "verify_seconds": "verify"}),
        ("open, ms", True,
         {"reopen_killed_ms": "behind a kill", "reopen_closed_ms": "closed in order"}),
    ]),
}

STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "factorwal",
    "font.size": 9,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}


def short(value, _position=None):
    """1000000 as "1M"."""
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{letter}"
    return f"{value:g}"


def draw_panel(axes, rows, x_column, x_label, panel):
    title, logarithmic, columns = panel
    highest = 0
    for colour, (column, label) in zip(COLOURS, columns.items()):
        points = [[float(row[name]) for name in (x_column, column, column + "_low", column + "_high")]
                  for row in rows if row[column]]
        if not points:
            continue
        x, median, low, high = zip(*points)
        highest = max(highest, *high)
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(x, median, color=colour, marker="o", markersize=3, linewidth=1.4,
                  label=label or None)
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel(x_label)
    axes.set_xscale("log")
    if len(rows) <= 4:  # too few for decades
        axes.set_xticks([float(row[x_column]) for row in rows])
    axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    axes.xaxis.set_major_formatter(short)
    if logarithmic:
        axes.set_yscale("log")
        bottom, top = axes.get_ylim()
        if math.log10(top / bottom) < 1.5:  # decades alone would leave it with one number
            axes.yaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    else:
        axes.set_ylim(0, highest * 1.15 or 1)
    axes.yaxis.set_major_formatter(short)
    if any(columns.values()):
        axes.legend(fontsize=8)


def draw(path, pictures):
    text = path.read_text()
    rows = list(csv.DictReader(text.splitlines()))
    x_label, panels = CURVES[path.stem]
    figure, all_axes = pyplot.subplots(1, len(panels), figsize=(8.4, 2.9))
    for axes, panel in zip(all_axes, panels):
        draw_panel(axes, rows, text.split(",", 1)[0], x_label, panel)
    figure.tight_layout()
    target = pictures / f"curve_{path.stem}.svg"
    figure.savefig(target, facecolor="white",
                   metadata={"Date": None, "Creator": None, "Description": "\n" + text})
    pyplot.close(figure)
    print(f"{target}: {target.stat().st_size} bytes")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, pictures = map(pathlib.Path, sys.argv[1:])
    paths = [folder / f"{name}.csv" for name in CURVES if (folder / f"{name}.csv").exists()]
    if not paths:
        sys.exit(f"draw.py: no curve in {folder}; there could be: {', '.join(CURVES)}")
    pictures.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(STYLE):
        for path in paths:
            draw(path, pictures)


main()
