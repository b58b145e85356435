"""A process that is killed and goes on leaves the history of one that was never stopped."""

from __future__ import annotations

import random

import pytest

from kills import PROGRAMS, kill_at_random

ROWS = 60_000
KILLS = 20


@pytest.mark.parametrize("program", PROGRAMS)
def test_history_is_identical_after_kills_at_random_times(data: str, program: str) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    outcome = kill_at_random(PROGRAMS[program], data, ROWS, KILLS, seed)
    assert outcome.kills >= KILLS // 2
    assert outcome.rows == ROWS
    assert outcome.identical
