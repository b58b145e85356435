"""The programs of the pages run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SOURCE

PAGES = ["docs/python.md", "README.md"]


def programs_of(page: str) -> list[str]:
    """Those that use the package."""
    blocks = re.findall(r"```python\n(.*?)```", (SOURCE / page).read_text(), re.DOTALL)
    return [block for block in blocks if "import factorwal" in block]


@pytest.mark.parametrize("page", PAGES)
def test_the_program_of_a_page_runs(page: str, data: str) -> None:
    shown = []
    for program in programs_of(page):
        done = subprocess.run([sys.executable, "-c", program], cwd=Path(data).parent,
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        shown.append(done.stdout)
    assert "rsi14" in shown[0]
    assert "Marks(accepted=10" in shown[0]
