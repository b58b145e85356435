"""A log that is opened for writing, what may be written to it, and its last values."""

from __future__ import annotations

import dataclasses
import os
import weakref
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._config import make_options
from ._progress import progress_bar


def doubles(values: Sequence[float] | NDArray[Any]) -> NDArray[np.float64]:
    return np.ascontiguousarray(values, np.float64)


class FactorWalMessage:
    """What may enter a log beside ticks: FactorWalMessage.Update, VectorUpdate and Snapshot."""

    @dataclasses.dataclass(frozen=True)
    class Update:
        """One factor's value. source_timestamp: nanoseconds, UTC, or a time with a zone."""

        instrument_id: str
        factor_id: str
        value: float
        source_timestamp: Any

    @dataclasses.dataclass(frozen=True)
    class VectorUpdate:
        """One factor's vector, of up to 500,000 float64."""

        instrument_id: str
        factor_id: str
        values: Sequence[float] | NDArray[Any]
        source_timestamp: Any

    @dataclasses.dataclass(frozen=True)
    class Snapshot:
        """All factors of an instrument: replaces what was accepted for it before."""

        instrument_id: str
        factors: Mapping[str, float]
        checkpoint_id: int = 0


Message = FactorWalMessage.Update | FactorWalMessage.VectorUpdate | FactorWalMessage.Snapshot


class WalManager(_core.WalBase):
    """The log of one data directory, opened for writing: one writer at a time, in this or any other
    process. Usually shared with a FactorWalPersister; `append` and `flush_group_commit` are the
    synchronous way in. Any thread. A context manager: the end of `with` closes it.

    The settings are those of the C++ LogOptions: segment_bytes, free_space_reserve and keep_bytes in
    bytes, keep_age in seconds (0: without end), on_corruption "refuse" or "quarantine".

    Locked, Corruption (nothing is changed), Storage.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        segment_bytes: int = 64 << 20,
        free_space_reserve: int = 64 << 20,
        on_corruption: str = "refuse",
        keep_age: float = 0,
        keep_bytes: int = 0,
    ) -> None:
        settings = {
            "segment_bytes": segment_bytes,
            "free_space_reserve": free_space_reserve,
            "on_corruption": on_corruption,
            "keep_age": keep_age,
            "keep_bytes": keep_bytes,
        }
        super().__init__(os.path.abspath(directory), make_options(settings))
        open_objects.add(self)

    @classmethod
    def open(cls, directory: str | os.PathLike[str], **settings: Any) -> WalManager:
        """The same, under the name of C++."""
        return cls(directory, **settings)

    def append(self, message: Message) -> int:
        """Puts a message into the frame under construction, and gives its sequence; it is written
        with the next flush_group_commit, or when the frame is full."""
        if isinstance(message, FactorWalMessage.Update):
            return self._append_update(message.instrument_id, message.factor_id, message.value,
                                       message.source_timestamp)  # fmt: skip
        if isinstance(message, FactorWalMessage.VectorUpdate):
            return self._append_vector(message.instrument_id, message.factor_id,
                                       doubles(message.values), message.source_timestamp)  # fmt: skip
        if isinstance(message, FactorWalMessage.Snapshot):
            return self._append_snapshot(message.instrument_id, dict(message.factors),
                                         message.checkpoint_id)  # fmt: skip
        raise TypeError(f"append: a FactorWalMessage is asked for, not {type(message).__name__}")

    @property
    def recovery(self) -> dict[str, Any]:
        """What opening found and did: decision, created, clean, last_sequence, epoch, findings, ..."""
        return self._recovery()

    def __enter__(self) -> WalManager:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._here:
            self.close()

    def __reduce__(self) -> Any:
        raise TypeError("a WalManager holds an open directory and cannot be pickled")

    def __repr__(self) -> str:
        return f"<factorwal.WalManager of {self.directory!r}>"


class FactorWalConsumer(_core.ConsumerBase):
    """Recovers the last values of every instrument and factor from a log: a WalManager's, or that of
    a data directory. The order of acceptance decides, never a timestamp. Reads only, also beside a
    live writer; what waits in a persister's channel is not read. One thread at a time.
    """

    def __init__(self, wal: WalManager | str | os.PathLike[str]) -> None:
        if isinstance(wal, WalManager):
            super().__init__(wal)
        else:
            super().__init__(os.path.abspath(wal))

    def recover(self, *, progress: bool | None = None) -> None:
        """Reads everything; again: anew. Corruption when something durable is damaged: what the
        intact rest of the log holds is there all the same.

        progress: a bar; by default after a second, on a terminal or in a notebook. Ctrl-C ends it,
        and what was recovered before stays."""
        with progress_bar("recover", None, progress, "B") as tell:
            self._recover(tell)


#: What is open, for the exit of the process.
open_objects: weakref.WeakSet[Any] = weakref.WeakSet()
