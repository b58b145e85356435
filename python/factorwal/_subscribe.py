"""Changes of an engine's factors, as they come."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from . import _core

if TYPE_CHECKING:
    from ._engine import Engine

_SLICE = 0.05  # seconds: how soon a close, a signal or the end of an engine is heard
_RECHECK = 0.002

# A callback gets so long to return when Python ends. Seconds.
_LAST_WAIT = 5.0

Callback = Callable[[_core.Change], object]


class Subscription:
    """Every tick of an engine from now on, as a Change; made by Engine.subscribe.

    Reads the engine's cache, so that ticks never wait, however slow a reader is: the cache keeps the
    last `cache_history` changes, and those that were overwritten before they were read are counted
    in `missed`. Ends when it or the engine is closed, behind the last change.

    With a callback, a thread of the module's own calls it. Without, the reader's thread reads: by
    iterating, by `async for`, by `run(callback)`, or by `poll()`. One thread at a time.
    """

    def __init__(
        self, engine: Engine, callback: Callback | None, instruments: Sequence[_core.Instrument]
    ) -> None:
        self._engine = weakref.ref(engine)
        self._instruments = list(instruments)
        self._next = _core.update_count(engine)
        self._ready: deque[_core.Change] = deque()
        self._closed = False
        self._over = False
        self._missed = 0
        self._failures = 0
        self._first_failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        if callback is not None:
            self._thread = threading.Thread(target=self._run, args=(callback, BaseException), daemon=True,
                                            name="factorwal subscription")  # fmt: skip
            _with_threads.add(self)
            self._thread.start()

    def _fill(self, timeout: float) -> bool:
        """Whether there is a change; waits for one that long. Sets `_over` behind the last one."""
        if self._ready:
            return True
        engine = self._engine()
        if self._closed or engine is None or not engine._here:
            self._over = True
            return False
        # Closed before the look: then nothing comes after it.
        last_look = engine.closed
        changes, self._next, missed = _core.poll(
            engine, self._next, self._instruments, 0.0 if last_look else timeout
        )
        self._missed += missed
        self._ready.extend(changes)
        self._over = last_look and not changes
        return bool(changes)

    def poll(self) -> list[_core.Change]:
        """What came since the last look; never waits."""
        self._fill(0.0)
        changes = list(self._ready)
        self._ready.clear()
        return changes

    def __iter__(self) -> Iterator[_core.Change]:
        return self

    def __next__(self) -> _core.Change:
        while not self._fill(_SLICE):
            if self._over:
                raise StopIteration
        return self._ready.popleft()

    def __aiter__(self) -> AsyncIterator[_core.Change]:
        return self

    async def __anext__(self) -> _core.Change:
        while not self._fill(0.0):
            if self._over:
                raise StopAsyncIteration
            await asyncio.sleep(_RECHECK)
        return self._ready.popleft()

    def run(self, callback: Callback) -> None:
        """Calls back for every change, in this thread, until the end.

        What the callback raises goes to sys.unraisablehook, which prints it, the first time, and is
        counted in `failures`; the next change is delivered all the same. Ctrl-C is no such failure:
        it ends `run`.
        """
        self._run(callback, Exception)

    def _run(self, callback: Callback, failure: type[BaseException]) -> None:
        for change in self:
            if self._closed:
                return
            try:
                callback(change)
            except failure as error:
                self._note_failure(error, callback)

    def _note_failure(self, error: BaseException, callback: Callback) -> None:
        self._failures += 1
        if self._first_failure is None:
            self._first_failure = error
            _core.report_unraisable(error, callback)

    @property
    def missed(self) -> int:
        """Changes that were overwritten before they were read, of any instrument."""
        return self._missed

    @property
    def failures(self) -> int:
        """Calls of the callback that ended with an exception."""
        return self._failures

    @property
    def first_failure(self) -> BaseException | None:
        """What the first of them raised."""
        return self._first_failure

    @property
    def closed(self) -> bool:
        """No further change will come."""
        return self._closed or self._over

    def join(self, timeout: float | None = None) -> bool:
        """Waits until the module's thread has delivered the last change (after the engine's close);
        whether it has. timeout: seconds."""
        if self._thread is None or self._thread is threading.current_thread():
            return True
        end = None if timeout is None else time.monotonic() + timeout
        while self._thread.is_alive():
            left = _SLICE if end is None else min(_SLICE, end - time.monotonic())
            if left <= 0:
                return False
            self._thread.join(left)
        return True

    def close(self) -> None:
        """Ends it now: what was not delivered is left. A callback that runs is waited for, but by
        itself."""
        self._closed = True
        engine = self._engine()
        if engine is None or engine._here:
            self.join()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<factorwal.Subscription: {state}, {self._missed} missed>"


_with_threads: weakref.WeakSet[Subscription] = weakref.WeakSet()


def end_threads() -> None:
    """Threads that run Python code must not outlive the interpreter."""
    for subscription in list(_with_threads):
        subscription._closed = True
    for subscription in list(_with_threads):
        if not subscription.join(_LAST_WAIT):
            print(f"factorwal: {subscription!r} is left: its callback did not return", file=sys.stderr)
