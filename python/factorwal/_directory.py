"""Questions about a data directory, and what is done to one as a whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from . import _core
from ._facts import Certificate
from ._progress import progress_bar

Directory = str | os.PathLike[str]


class Facts(Mapping[str, Any]):
    """What is known, by name: a mapping whose names are attributes too."""

    _title = "facts"

    def __init__(self, facts: dict[str, Any]) -> None:
        self._facts = facts

    def __getitem__(self, name: str) -> Any:
        return self._facts[name]

    def __iter__(self) -> Any:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._facts:
            raise AttributeError(f"{type(self).__name__} has no {name!r}; it has "
                                 f"{', '.join(self.__dict__.get('_facts', ()))}")  # fmt: skip
        return self._facts[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._facts]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={_short(value)}" for name, value in self._facts.items())
        return f"<factorwal.{type(self).__name__}: {shown}>"

    def _repr_html_(self) -> str:
        from ._html import facts

        return facts(self._title, self._facts)


def _short(value: Any) -> str:
    return f"[{len(value)}]" if isinstance(value, list) else repr(value)


class LogStatus(Facts):
    """A look at a log: directory, identity, live, writer_pid (0: nobody writes; -1: somebody who
    cannot be told), clean (closed in order), epoch (opens for writing), first_sequence,
    last_sequence, durable_sequence, archived_sequence (None: no archive is kept), segments,
    findings."""

    _title = "Log"


class Verification(Facts):
    """What a check of a log found: corrupt, differs (some value is not what its ticks give),
    records, bytes, findings, gaps, refusal (why the next open is refused), rings, recomputed, ..."""

    _title = "Verification"

    @property
    def ok(self) -> bool:
        """Every byte is what was written, no tick is missing, every value is what its ticks give as
        far as that was computed, and the next open is not refused."""
        facts = self._facts
        return not (facts["corrupt"] or facts["differs"] or facts["gaps"] or facts["refusal"])

    def _repr_html_(self) -> str:
        from ._html import verification

        return verification(self)


class BackupReport(Facts):
    """What was copied: source, target, segments, bytes, first_sequence, last_sequence, left_out."""

    _title = "Backup"


class Retention(Facts):
    """What retention cut, or would cut: cut (so many of the first segments), beyond (the limits),
    kept_because (empty: nothing is kept beyond them), segments, applied."""

    _title = "Retention"


def status(directory: Directory) -> LogStatus:
    """A look at a log, also beside a live writer. Takes no lock, and changes nothing. NotFound."""
    return LogStatus(_core.status(os.path.abspath(directory)))


def examine(directory: Directory, *, on_corruption: str = "refuse") -> Certificate:
    """What an open would find and do, without doing it. NotFound."""
    if on_corruption not in ("refuse", "quarantine"):
        raise ValueError('on_corruption: "refuse" or "quarantine" is asked for')
    return Certificate(*_core.examine(os.path.abspath(directory), on_corruption == "quarantine"))


def verify(
    directory: Directory, *, recompute: bool = False, progress: bool | None = None
) -> Verification:
    """Reads and checks every byte of a log; damage is in the answer, and no exception.

    recompute: also computes every value and saved state again from the logged ticks, on all cores,
    which takes several times as long. progress: a bar; by default after a second, on a terminal or in
    a notebook. Ctrl-C ends it within a moment. NotFound, Storage.
    """
    path = os.path.abspath(directory)
    with progress_bar(f"verify {os.path.basename(path)}", None, progress, "B") as tell:
        return Verification(_core.verify(path, recompute, tell))


def backup(source: Directory, target: Directory, *, progress: bool | None = None) -> BackupReport:
    """Copies what a log holds now into a new directory, also while somebody writes to it; the copy is
    durable on return, and opens as any other. progress: as of verify.

    FactorwalError when the target holds something; Corruption when the source is damaged.
    """
    path = os.path.abspath(source)
    with progress_bar(f"backup {os.path.basename(path)}", None, progress, "B") as tell:
        return BackupReport(_core.backup(path, os.path.abspath(target), tell))


def survey_retention(
    directory: Directory, *, keep_age: float = 0, keep_bytes: int = 0
) -> Retention:
    """What retention would cut of a log: whole segments, the oldest first, that hold nothing younger
    than `keep_age` seconds, or that are more than `keep_bytes` together (0: no such limit), and that
    the last two snapshot generations do not need. Changes nothing."""
    return Retention(_core.retention(os.path.abspath(directory), keep_age, keep_bytes, False))


def apply_retention(directory: Directory, *, keep_age: float = 0, keep_bytes: int = 0) -> Retention:
    """Cuts that of a log that nobody writes to (else Locked). A log that is open is cut by its
    writer: keep_age, keep_bytes of factorwal.open."""
    return Retention(_core.retention(os.path.abspath(directory), keep_age, keep_bytes, True))


def rings(*directories: Directory) -> list[dict[str, Any]]:
    """The rings of accepted records in shared memory and in these directories, with whose they are,
    who needs them and why. Reads only; `factorwal rings --clear` removes what nobody needs."""
    return _core.rings([os.path.abspath(one) for one in directories])
