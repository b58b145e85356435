"""The examples run, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SOURCE

EXAMPLES = sorted((SOURCE / "examples/python").glob("*.py"))


def test_all_are_in_their_list() -> None:
    listed = (SOURCE / "examples/python/README.md").read_text()
    assert len(EXAMPLES) >= 5
    assert [path.name for path in EXAMPLES if f"]({path.name})" not in listed] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(path: Path, data: str) -> None:
    done = subprocess.run([sys.executable, str(path)], cwd=Path(data).parent, env=None,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout
