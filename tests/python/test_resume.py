"""The tool and the module go on where the other has stopped, in one log."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import factorwal as fw
from conftest import FACTORS, bits, make_columns, run_tool, write_csv

ROWS = 900


@pytest.fixture
def ticks(data: str) -> Path:
    path = Path(data + ".csv")
    write_csv(str(path), make_columns(ROWS))
    return path


def values_of(data: str) -> dict[str, list[int]]:
    table = pa.table(fw.history(data).filter(sequences=False))
    return {name: bits(table[name].to_numpy()).tolist()
            for name in table.column_names[2:]}  # fmt: skip


def test_a_file_that_grows_is_read_by_tool_and_module_in_turn(data: str, ticks: Path) -> None:
    lines = ticks.read_text().splitlines(keepends=True)
    factors = Path(data + ".factors")
    factors.write_text(FACTORS)
    live = Path(data + "-live.csv")
    run = ["run", "--data", data, "--factors", str(factors), "--ticks", str(live)]
    for step, end in enumerate(range(100, ROWS + 1, 100)):
        live.write_text("".join(lines[: end + 1]))
        if step % 2 == 0:
            run_tool(*run, *(["--resume"] if step > 0 else []))
        else:
            with fw.open(data, FACTORS) as engine:
                out = engine.process_many(str(live), resume=True)
            assert (len(out), out.rows_resumed) == (100, end - 100)
    with fw.open(data + "-whole", FACTORS, fields=["close", "volume"]) as engine:
        engine.process_many(str(ticks), collect=False)
    assert values_of(data) == values_of(data + "-whole")
    assert len(next(iter(values_of(data).values()))) == ROWS


def test_rows_that_would_be_read_otherwise_are_refused(data: str, ticks: Path) -> None:
    with fw.open(data, FACTORS, fields=["close", "volume"]) as engine:
        engine.process_many(str(ticks))
        for resumed in ({"volume": "cumulative"}, {"scale": {"close": 0.01}}):
            with pytest.raises(fw.InvalidArgument, match="say what a row means"):
                engine.process_many(str(ticks), resume=True, **resumed)
        assert len(engine.process_many(str(ticks), resume=True, on_bad_row="skip")) == 0
