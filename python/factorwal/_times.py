"""Times as nanoseconds since 1970, UTC."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_ZONE = re.compile(r"(?<=[T ]).*?(Z|[+-]\d\d(?::?\d\d)?)$")


#: What 64 bits of nanoseconds reach.
_FIRST, _LAST = -(2**63), 2**63 - 1


class OutOfRange(ValueError):
    """nearest: what 64 bits of nanoseconds have."""

    def __init__(self, given: object, nearest: int) -> None:
        super().__init__(f"{given!r} is no time between 1677 and 2262, which is what nanoseconds reach")
        self.nearest = nearest


def bound(time: Any, tz: str) -> int:
    """As `nanoseconds`; of a time that nanoseconds do not reach, the first or the last one."""
    try:
        return nanoseconds(time, tz)
    except OutOfRange as error:
        return error.nearest


def nanoseconds(time: Any, tz: str | None = None) -> int:
    """Of an int (nanoseconds, UTC), a datetime or date, a numpy.datetime64, a pandas.Timestamp or an
    ISO 8601 text. tz: the zone of what has none itself; ValueError where that is needed and missing,
    and of what 64 bits do not have.

    >>> nanoseconds("2024-01-02", "UTC")
    1704153600000000000
    >>> nanoseconds("2024-01-02T09:30:00+08:00") - nanoseconds("2024-01-02T09:30", "Asia/Shanghai")
    0
    """
    try:
        found = _nanoseconds(time, tz)
    except OverflowError:  # datetime.max in a zone to the west
        raise OutOfRange(time, _FIRST if time.year < 1970 else _LAST) from None
    if not _FIRST <= found <= _LAST:
        raise OutOfRange(time, _FIRST if found < 0 else _LAST)
    return found


def _nanoseconds(time: Any, tz: str | None) -> int:
    if isinstance(time, (bool, float)):
        raise TypeError(f"a time is asked for (nanoseconds as int, or a date), not {time!r}")
    if isinstance(time, (int, np.integer)):
        return int(time)
    if isinstance(time, np.datetime64):
        return _of_zone(_of_numpy(time), tz, time)
    if isinstance(time, str):
        return _of_text(time, tz)
    # A pandas.Timestamp is a datetime with nanoseconds.
    if isinstance(time, dt.datetime):
        if time != time:
            raise ValueError("a time is asked for, not NaT")
        if time.tzinfo is None:
            return _of_zone(_of_datetime(time.replace(tzinfo=dt.timezone.utc)), tz, time)
        return _of_datetime(time)
    if isinstance(time, dt.date):
        midnight = (time - _EPOCH.date()).days * 86_400_000_000_000
        return _of_zone(midnight, tz, time)
    raise TypeError(f"a time is asked for, not {type(time).__name__}")


def _of_datetime(time: dt.datetime) -> int:
    whole = time.astimezone(dt.timezone.utc) - _EPOCH
    seconds = whole.days * 86_400 + whole.seconds
    return (seconds * 1_000_000 + whole.microseconds) * 1000 + int(getattr(time, "nanosecond", 0))


def _of_numpy(time: np.datetime64) -> int:
    if np.isnat(time):
        raise ValueError("a time is asked for, not NaT")
    year = 1970 + int(time.astype("datetime64[Y]").astype(np.int64))
    if not 1678 <= year <= 2261:  # numpy would take another one
        raise OutOfRange(time, _FIRST if year < 1970 else _LAST)
    return int(time.astype("datetime64[ns]").astype(np.int64))


def _of_text(text: str, tz: str | None) -> int:
    # By numpy, which has nanoseconds; datetime stops at microseconds.
    zone = _ZONE.search(text)
    if not zone:
        return _of_zone(_of_numpy(np.datetime64(text)), tz, text)
    offset = dt.datetime.fromisoformat("2000-01-01T00:00" + zone[1]).utcoffset() or dt.timedelta()
    local = _of_numpy(np.datetime64(text[: zone.start(1)]))
    return local - offset // dt.timedelta(microseconds=1) * 1000


@lru_cache(maxsize=16)
def _zone(tz: str) -> dt.tzinfo:
    if tz == "UTC":
        return dt.timezone.utc
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f'tz: there is no zone "{tz}"; names are like "Asia/Shanghai"') from error


def check_zone(tz: str) -> None:
    """ValueError where there is no such zone."""
    _zone(tz)


def _of_zone(local_ns: int, tz: str | None, given: object) -> int:
    """Of what a clock of that zone shows: of a time that comes twice, the first."""
    if tz is None:
        raise ValueError(
            f'{given!r} has no zone: tz="..." names it (of fw.open for the engine\'s ticks), "UTC" '
            "included; a time with a zone, or an int of nanoseconds, needs none"
        )
    zone = _zone(tz)
    if zone is dt.timezone.utc:
        return local_ns
    seconds, rest = divmod(local_ns, 1_000_000_000)
    clock = (_EPOCH + dt.timedelta(seconds=seconds)).replace(tzinfo=zone)
    utc = clock.astimezone(dt.timezone.utc)
    if utc.astimezone(zone).replace(tzinfo=None) != clock.replace(tzinfo=None):
        raise ValueError(f"{given!r} never was in {tz}: clocks were set forward over it")
    return _of_datetime(utc) + rest
