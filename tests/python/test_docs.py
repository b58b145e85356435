"""The programs of docs/python.md run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SOURCE

PROGRAMS = re.findall(r"```python\n(.*?)```", (SOURCE / "docs/python.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_a_program_of_the_page_runs(program: str, data: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(data).parent,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "rsi14" in done.stdout
    assert "True Marks(accepted=101" in done.stdout


def test_the_page_has_a_program() -> None:
    assert len(PROGRAMS) == 1
