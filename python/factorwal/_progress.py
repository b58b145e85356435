"""A bar for calls that take long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

_AFTER = 1.0  # seconds until somebody wants to know
_EVERY = 0.1

#: Called with what was done, or with a part's name, what was done, and all there is.
Tell = Callable[..., None]


class _Bar(Protocol):
    def show(self, done: int, total: int | None) -> None: ...
    def close(self) -> None: ...


class _TextBar:
    """One line, written over itself."""

    def __init__(self, what: str, unit: str) -> None:
        self.what, self.unit, self.begun, self.width = what, unit, time.monotonic(), 0

    def show(self, done: int, total: int | None) -> None:
        spent = time.monotonic() - self.begun
        share = f" {100 * done // total}%" if total else ""
        line = f"{self.what}:{share} {_count(done)}{self.unit} in {spent:.0f} s"
        sys.stderr.write("\r" + line.ljust(self.width))
        sys.stderr.flush()
        self.width = len(line)

    def close(self) -> None:
        """What was shown last is not the end."""
        sys.stderr.write("\r" + " " * self.width + "\r")
        sys.stderr.flush()


class _TqdmBar:
    def __init__(self, tqdm: Any, what: str, unit: str) -> None:
        self.bar = tqdm(desc=what, unit=unit.strip() or "it", unit_scale=True, file=sys.stderr,
                        leave=False)  # fmt: skip

    def show(self, done: int, total: int | None) -> None:
        if total:
            self.bar.total = max(total, done)
        self.bar.n = done
        self.bar.refresh()

    def close(self) -> None:
        self.bar.close()


def _count(number: int) -> str:
    """
    >>> _count(950), _count(12_345_678)
    ('950 ', '12.3 M')
    """
    for factor, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= factor:
            return f"{number / factor:.1f} {letter}"
    return f"{number} "


def in_notebook() -> bool:
    """Whether output is shown by a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def _make_bar(what: str, unit: str) -> _Bar:
    try:
        if in_notebook():
            import ipywidgets  # noqa: F401
            from tqdm.notebook import tqdm
        else:
            from tqdm import tqdm
    except ImportError:
        try:
            from tqdm import tqdm
        except ImportError:
            return _TextBar(what, unit)
    return _TqdmBar(tqdm, what, unit)


class _Progress:
    def __init__(self, what: str, total: int | None, unit: str, at_once: bool) -> None:
        self.what, self.total, self.unit = what, total, unit
        self.next = time.monotonic() + (0 if at_once else _AFTER)
        self.bar: _Bar | None = None
        self.part: str | None = None
        self.last = (0, total)

    def __call__(self, *told: Any) -> None:
        if len(told) == 3:
            part, done, total = told
            if part != self.part and self.bar is not None:
                self.close()
            self.part = part
        else:
            (done,), total = told, self.total
        self.last = done, total
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + _EVERY
        try:
            if self.bar is None:
                name = f"{self.what}, {self.part}" if self.part else self.what
                self.bar = _make_bar(name, self.unit)
            self.bar.show(done, total)
        except (OSError, ValueError):  # stderr is closed, say: the call goes on without
            self.bar, self.next = None, float("inf")

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None


@contextmanager
def progress_bar(
    what: str, total: int | None, wanted: bool | None, unit: str
) -> Iterator[Tell | None]:
    """What a long call is to tell its progress, or None where nobody wants to see it. wanted: None:
    on a terminal or in a notebook, after a second; True: at once, wherever stderr goes; False:
    never."""
    if wanted is not None and not isinstance(wanted, bool):
        raise TypeError(f"progress: bool or None is asked for, not {type(wanted).__name__}")
    if (
        wanted is False
        or sys.stderr is None  # of a service, say
        or (wanted is None and not (sys.stderr.isatty() or in_notebook()))
    ):
        yield None
        return
    progress = _Progress(what, total, unit, at_once=wanted is True)
    try:
        yield progress
    finally:
        progress.close()
