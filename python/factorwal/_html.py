"""How objects look in a notebook. Plain tables, in the colours of the page; every name is escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ._directory import Verification
    from ._engine import Engine
    from ._facts import Certificate, FactorQuality
    from ._history import History
    from ._table import Table

_HEAD_ROWS = 5
_COLUMNS = 12
_CELL = "padding:2px 10px 2px 0;text-align:left;vertical-align:top;border:none"
_NUMBER = "padding:2px 10px;text-align:right;border:none;font-variant-numeric:tabular-nums"
_GOOD, _WARN, _BAD = "#1a7f37", "#9a6700", "#cf222e"


def badge(text: str, colour: str) -> str:
    return (
        f'<span style="color:{colour};border:1px solid {colour};border-radius:9px;padding:0 8px;'
        f'font-size:85%">{escape(text)}</span>'
    )


def block(title: str, mark: str, *parts: str) -> str:
    inside = "".join(parts)
    return (
        f'<div style="margin:4px 0"><div style="margin-bottom:4px"><b>{escape(title)}</b> {mark}</div>'
        f"{inside}</div>"
    )


def pairs(facts: Iterable[tuple[str, Any]]) -> str:
    """Name and value, a line each."""
    lines = "".join(
        f'<tr><td style="{_CELL};opacity:.65">{escape(name)}</td>'
        f'<td style="{_CELL}">{escape(text_of(value))}</td></tr>'
        for name, value in facts
    )
    return f'<table style="border-collapse:collapse">{lines}</table>'


def grid(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table of values; None is a row of dots."""
    head = "".join(f'<th style="{_NUMBER}">{escape(name)}</th>' for name in columns)
    lines = "".join(
        "<tr>" + "".join(f'<td style="{_NUMBER}">{escape(text_of(cell))}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse">'
        f'<thead style="border-bottom:1px solid currentColor">{head}</thead><tbody>{lines}</tbody>'
        "</table></div>"
    )


def folded(title: str, inside: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{inside}</details>"


def note(text: str) -> str:
    return f'<div style="opacity:.65;font-size:90%">{escape(text)}</div>'


def text_of(value: Any) -> str:
    """
    >>> [text_of(x) for x in (1234567, 0.1, float("nan"), None, ["a", "b"], True)]
    ['1,234,567', '0.1', '', '', 'a, b', 'yes']
    """
    if value is None:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return f"{value:,}"
    if isinstance(value, (float, np.floating)):
        return "" if math.isnan(value) else f"{value:.6g}"
    if isinstance(value, np.datetime64):
        return str(value).replace("T", " ")
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text_of(one)}" for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(text_of(one) for one in value)
    return str(value)


def _rows_of(columns: Mapping[str, Any], places: Iterable[int]) -> list[list[Any]]:
    rows = []
    for place in places:
        row = []
        for values in columns.values():
            # Ids are places in a list of texts.
            row.append(values[1][values[0][place]] if isinstance(values, tuple) else values[place])
        rows.append(row)
    return rows


def _shown(columns: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The first columns, times as such, and how many are left out."""
    kept = dict(list(columns.items())[:_COLUMNS])
    if "timestamp" in kept:
        kept["timestamp"] = np.asarray(kept["timestamp"]).view("datetime64[ns]")
    return kept, len(columns) - len(kept)


def table(one: Table) -> str:
    batches = one._base.arrays()
    columns, left_out = _shown(batches[0])
    last, _ = _shown(batches[-1])
    first_rows, last_rows = (len(batch["timestamp"]) for batch in (columns, last))
    if len(one) <= 2 * _HEAD_ROWS and len(batches) == 1:
        rows = _rows_of(columns, range(first_rows))
    else:
        rows = _rows_of(columns, range(min(_HEAD_ROWS, first_rows)))
        rows.append(["…"] * len(columns))
        rows += _rows_of(last, range(max(0, last_rows - _HEAD_ROWS), last_rows))
    more = [f"{len(one):,} rows, {len(one.column_names)} columns; missing values are blank"]
    if left_out > 0:
        more.append(f"{left_out} columns are not shown")
    if one.bad_rows:
        more.append("left out: " + ", ".join(f"{n:,} × {kind}" for kind, (n, _) in one.bad_rows.items()))
    notes = "".join(f"<li>{escape(text)}</li>" for text in one.notes)
    return block(
        "factorwal table",
        "",
        grid(list(columns), rows),
        note("; ".join(more)),
        folded(f"{len(one.notes)} notes about the input", f"<ul>{notes}</ul>") if notes else "",
    )


def history(one: History) -> str:
    asked = [("directory", one._directory), *one._query.items()]
    try:
        if one._query.get("data_set", "ticks") in ("vectors", "snapshots"):
            return block("factorwal history", "", pairs(asked))
        pass_ = one.filter(batch_rows=2 * _HEAD_ROWS)._open()
        batch = pass_.next()
        columns, left_out = _shown(pass_.no_rows() if batch is None else batch)
    except Exception as error:
        # A notebook shows an object also where its log is gone.
        return block("factorwal history", badge(type(error).__name__, _BAD), pairs(asked), note(str(error)))
    rows = _rows_of(columns, range(len(columns["timestamp"])))
    left = f"; {left_out} columns are not shown" if left_out > 0 else ""
    return block(
        "factorwal history", "", pairs(asked), grid(list(columns), rows), note("the first rows" + left)
    )


def certificate(one: Certificate) -> str:
    facts = one.facts
    mark = badge("perfect", _GOOD) if one.perfect else badge("not perfect", _BAD)
    sequences = {name: facts[name] for name in ("accepted", "written", "durable")}
    told: list[tuple[str, Any]] = [
        ("decision", facts["decision"]),
        ("directory", facts["directory"]),
        ("closed in order", facts["clean"]),
        ("as found", sequences),
        ("instruments", facts["instruments"]),
        ("ticks replayed", facts["snapshots"]["ticks_replayed"]),
        ("time", f"{facts['total_time']:.3f} s"),
    ]
    if facts["refusal"]:
        told.append(("refused", facts["refusal"]))
    if facts["lost_records"] or facts["corrupt"]:
        told.append(("lost records", facts["lost_records"]))
    parts = [pairs(told)]
    if facts["hit"]:
        hit = [[x["instrument_id"], x["lost_ticks"], x["evidence"], x["since"]] for x in facts["hit"]]
        parts.append(grid(["instrument", "lost ticks", "evidence", "since"], hit))
    if facts["missing"]:
        missing = [[x["instrument_id"], x["factors"], x["since"]] for x in facts["missing"]]
        parts.append(grid(["instrument", "missing factors", "since"], missing))
    parts.append(folded("all of it", f"<pre>{escape(one.text)}</pre>"))
    return block("Recovery certificate", mark, *parts)


def engine(one: Engine) -> str:
    if not one._here:
        return block("factorwal engine", badge("of the parent process", _BAD), pairs([("directory", one.directory)]))
    if one.fields is None:
        return block(
            "factorwal engine",
            badge("waits for its first table", _WARN),
            pairs([("directory", one.directory)]),
        )
    health = one.health
    if one.closed:
        mark = badge("closed", _WARN)
    else:
        mark = badge("storage " + health.state, _GOOD if health.state == "ok" else _BAD)
    risk = one.data_at_risk
    told: list[tuple[str, Any]] = [
        ("directory", one.directory),
        ("fields", one.fields),
        ("factors", one.factor_names),
        ("marks", one.marks._asdict()),
        ("at risk now", f"{risk.records:,} records, {risk.bytes:,} bytes"),
        ("recovery", "perfect" if one.certificate.perfect else "not perfect: see its certificate"),
    ]
    if health.reason:
        told.append(("storage", health.reason))
    return block("factorwal engine", mark, pairs(told))


def quality(one: FactorQuality) -> str:
    colour = {"exact": _GOOD, "approximate": _WARN}.get(one.quality, _BAD)
    since = note(f"in doubt since sequence {one.since:,}") if one.since else ""
    return block("Quality", badge(one.quality, colour), since)


def facts(title: str, all_facts: Mapping[str, Any]) -> str:
    lists = {name: x for name, x in all_facts.items() if isinstance(x, list) and x and isinstance(x[0], dict)}
    told = [(name.replace("_", " "), x) for name, x in all_facts.items()
            if name not in lists and x not in ([], "")]  # fmt: skip
    return block(title, "", pairs(told), *(_list(name, rows) for name, rows in lists.items()))


def _list(name: str, rows: list[dict[str, Any]]) -> str:
    inside = grid([key.replace("_", " ") for key in rows[0]], [list(row.values()) for row in rows])
    return folded(f"{len(rows):,} {name.replace('_', ' ')}", inside)


def verification(one: Verification) -> str:
    if one.corrupt or one.differs or one.gaps:
        mark = badge("damaged" if one.corrupt else "differs" if one.differs else "ticks are missing", _BAD)
    elif one.refusal:
        mark = badge("the next open is refused", _BAD)
    else:
        mark = badge("holds what was written", _GOOD)
    told: list[tuple[str, Any]] = [
        ("directory", one.directory),
        ("checked", f"{one.segments:,} segments, {one.records:,} records, {one.bytes:,} bytes"),
        ("time", f"{one.seconds:.3f} s"),
    ]
    if one.refusal:
        told.append(("refused", one.refusal))
    if one.recomputed is not None:
        again = one.recomputed
        told.append(("computed again", f"{again['values_compared']:,} values, {again['states_compared']:,} "
                     f"states: {again['mismatch_count']:,} differ"))  # fmt: skip
    lists = {"findings": one.findings, "gaps": one.gaps}
    if one.recomputed is not None:
        lists["mismatches"] = one.recomputed["mismatches"]
    return block("Verification", mark, pairs(told), *(_list(n, rows) for n, rows in lists.items() if rows))
