"""The records of a log, one at a time."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any

from . import _core
from ._errors import Corruption

_BATCH = 256
_RECHECK = 0.02  # seconds


class Records:
    """The records of a log in order of sequence, in flat memory; made by factorwal.records. Iterate
    over it, also with `async for`. Used by one thread at a time; reads only, also beside a live
    writer.
    """

    def __init__(self, directory: str, first: int, follow: bool, timeout: float | None) -> None:
        self._pass = _core.RecordPass(directory, first, follow)
        self._directory = directory
        self._follow = follow
        self._timeout = timeout
        self._ready: deque[_core.Record] = deque()
        self._newest = time.monotonic()

    def _fill(self) -> bool:
        """True when there is a record; False at the end. None yet: waits no longer than this call."""
        if not self._ready:
            self._ready.extend(self._pass.next(_BATCH))
        if self._ready:
            self._newest = time.monotonic()
        return bool(self._ready)

    def _is_over(self) -> bool:
        if self._follow:
            return self._timeout is not None and time.monotonic() - self._newest >= self._timeout
        if self._pass.corrupt():
            damage = Corruption("the log is damaged, and records are missing; `findings` names the "
                                "places")  # fmt: skip
            damage.code = "corruption"
            damage.findings = self.findings
            raise damage
        return True

    def __iter__(self) -> Iterator[_core.Record]:
        return self

    def __next__(self) -> _core.Record:
        while not self._fill():
            if self._is_over():
                raise StopIteration
            time.sleep(_RECHECK)
        return self._ready.popleft()

    def __aiter__(self) -> AsyncIterator[_core.Record]:
        return self

    async def __anext__(self) -> _core.Record:
        while not self._fill():
            if self._is_over():
                raise StopAsyncIteration
            await asyncio.sleep(_RECHECK)
        return self._ready.popleft()

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What is damaged, as far as it was read."""
        return self._pass.findings()

    @property
    def cut_records(self) -> int:
        """Cut by retention before they were read. They are no damage."""
        return self._pass.cut()

    @property
    def missed_records(self) -> int:
        """While following: damaged, so that they could not be read."""
        return self._pass.missed()

    def __repr__(self) -> str:
        return f"<factorwal.Records of {self._directory!r}>"


def records(
    directory: str | os.PathLike[str],
    first: int = 1,
    *,
    follow: bool = False,
    timeout: float | None = None,
) -> Records:
    """The records of a log: ticks, updates, vectors, snapshots, times, positions, operator states.

    first: the sequence to begin at. follow: goes on with what a writer adds, also one that comes
    after this one's end; a wait for it ends with Ctrl-C, or after `timeout` seconds without a new
    record. A damaged place is passed over: Corruption at the end, with `findings`, after all that
    is intact.

    NotFound when there is no log.
    """
    return Records(os.path.abspath(directory), first, follow, timeout)
