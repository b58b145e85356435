"""Records beside the ticks of an engine, and without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from numpy.typing import NDArray

from . import _core
from ._config import FactorWalConfig, make_options
from ._facts import DataAtRisk, Marks, PersisterStats, StorageHealth
from ._wal import FactorWalMessage, Message, WalManager, doubles, open_objects


class FactorWalPersister(_core.PersisterBase):
    """Takes records from any number of threads and commits them in groups on a thread of its own.

    A send returns when the record is accepted: it survives the process then, and is durable when
    `wait_durable` or `flush` says so. Sends by handle (`instrument`, `factor`) are quickest. While
    the channel is full a send waits, without the GIL, and Ctrl-C ends that; with
    when_full="refuse" it is Busy.

    A context manager: the end of `with` shuts it down, so that everything accepted is written. The
    WalManager stays open, and must outlive it. An engine's is `Engine.persister`.
    """

    def __init__(self, wal: WalManager, config: FactorWalConfig | None = None) -> None:
        self._config = config or FactorWalConfig()
        super().__init__(wal, make_options(dict(self._config)))
        self._wal: WalManager | None = wal
        open_objects.add(self)

    @classmethod
    def _of(cls, engine: _core.EngineBase, config: FactorWalConfig) -> FactorWalPersister:
        persister: FactorWalPersister = cls.__new__(cls)
        _core.PersisterBase.__init__(persister, engine)
        persister._config = config
        persister._wal = None
        return persister

    @property
    def config(self) -> FactorWalConfig:
        return self._config

    @property
    def wal(self) -> WalManager | None:
        """None of an engine's, whose log is its own."""
        return self._wal

    def send_vector_update(
        self,
        instrument: _core.Instrument | str,
        factor: _core.Factor | str,
        values: Sequence[float] | NDArray[Any],
        timestamp: Any,
    ) -> _core.Ticket:
        """One factor's vector, of up to 500,000 float64. timestamp: as in send_update."""
        return self._send_vector(instrument, factor, doubles(values), timestamp)

    def send_snapshot(
        self,
        instrument_id: str,
        factors: Mapping[str, float],
        checkpoint_id: int = 0,
        last_event_time: Any = None,
    ) -> _core.Ticket:
        """Replaces the values of an instrument that were accepted before. Carries its last event
        time: the latest that the log knows, or `last_event_time` if that is later."""
        return self._send_snapshot(instrument_id, dict(factors), checkpoint_id, last_event_time)

    def send(self, message: Message) -> _core.Ticket:
        """A FactorWalMessage."""
        if isinstance(message, FactorWalMessage.Update):
            return self.send_update(message.instrument_id, message.factor_id, message.value,
                                    message.source_timestamp)  # fmt: skip
        if isinstance(message, FactorWalMessage.VectorUpdate):
            return self.send_vector_update(message.instrument_id, message.factor_id,
                                           message.values, message.source_timestamp)  # fmt: skip
        if isinstance(message, FactorWalMessage.Snapshot):
            return self.send_snapshot(message.instrument_id, message.factors, message.checkpoint_id)
        raise TypeError(f"send: a FactorWalMessage is asked for, not {type(message).__name__}")

    @property
    def marks(self) -> Marks:
        return Marks(*self._marks())

    @property
    def data_at_risk(self) -> DataAtRisk:
        return DataAtRisk(*self._data_at_risk())

    @property
    def health(self) -> StorageHealth:
        return StorageHealth(*self._health())

    @property
    def stats(self) -> PersisterStats:
        return PersisterStats(**self._stats())

    def close(self) -> None:
        """shutdown, under the name that other objects have."""
        self.shutdown()

    def __enter__(self) -> FactorWalPersister:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._here:
            self.shutdown()

    def __reduce__(self) -> Any:
        raise TypeError("a persister holds an open log and cannot be pickled")
