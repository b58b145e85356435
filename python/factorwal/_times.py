"""Times as nanoseconds since 1970, UTC."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_ZONE = re.compile(r"(?<=[T ]).*?(Z|[+-]\d\d(?::?\d\d)?)$")


def nanoseconds(time: Any) -> int:
    """Of an int (nanoseconds already), a datetime or date, a numpy.datetime64, a pandas.Timestamp or
    an ISO 8601 text. What has no zone is UTC.

    >>> nanoseconds("2024-01-02")
    1704153600000000000
    >>> nanoseconds("2024-01-02T09:30:00+08:00") - nanoseconds("2024-01-02T01:30")
    0
    """
    if isinstance(time, (bool, float)):
        raise TypeError(f"a time is asked for (nanoseconds as int, or a date), not {time!r}")
    if isinstance(time, (int, np.integer)):
        return int(time)
    if isinstance(time, np.datetime64):
        return _of_numpy(time)
    if isinstance(time, str):
        return _of_text(time)
    # A pandas.Timestamp is a datetime with nanoseconds.
    if isinstance(time, dt.datetime):
        aware = time if time.tzinfo else time.replace(tzinfo=dt.timezone.utc)
        whole = aware.astimezone(dt.timezone.utc) - _EPOCH
        seconds = whole.days * 86_400 + whole.seconds
        return (seconds * 1_000_000 + whole.microseconds) * 1000 + int(getattr(time, "nanosecond", 0))
    if isinstance(time, dt.date):
        return (time - _EPOCH.date()).days * 86_400_000_000_000
    raise TypeError(f"a time is asked for, not {type(time).__name__}")


def _of_numpy(time: np.datetime64) -> int:
    if np.isnat(time):
        raise ValueError("a time is asked for, not NaT")
    return int(time.astype("datetime64[ns]").astype(np.int64))


def _of_text(text: str) -> int:
    # By numpy, which has nanoseconds; datetime stops at microseconds.
    zone = _ZONE.search(text)
    if not zone:
        return _of_numpy(np.datetime64(text, "ns"))
    offset = dt.datetime.fromisoformat("2000-01-01T00:00" + zone[1]).utcoffset() or dt.timedelta()
    local = _of_numpy(np.datetime64(text[: zone.start(1)], "ns"))
    return local - offset // dt.timedelta(microseconds=1) * 1000
