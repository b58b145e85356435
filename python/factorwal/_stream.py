"""One instrument's factors, built by hand from operators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import _core
from ._factors import Fields, field_list
from ._persister import FactorWalPersister
from ._progress import progress_bar


def _ids(factor_ids: str | Sequence[str]) -> list[str]:
    return [factor_ids] if isinstance(factor_ids, str) else list(factor_ids)


class StreamFactorEngine(_core.StreamFactorEngineBase):
    """Named operators over the fields of a tick. One thread at a time; keeps nothing on disk.

    fields: of a tick, in order, or "quotes", "futures", "bars".

    >>> engine = StreamFactorEngine(["close"])
    >>> engine.register_factor("ma2", RollingMean(2))
    >>> [float(engine.process_tick((x,))["ma2"]) for x in (1.0, 3.0, 5.0)]
    [nan, 2.0, 4.0]
    """

    def __init__(self, fields: Fields = "quotes") -> None:
        super().__init__(field_list(fields) or [])

    def register_factor(
        self,
        factor_ids: str | Sequence[str],
        operator: _core.BuiltInOperator,
        inputs: Sequence[str] = (),
    ) -> None:
        """Adds the outputs of an operator: one id, or one each of several; trailing ones may be left
        out, "_" skips one. It starts without history. inputs: the fields that it takes; without,
        the operator's default_inputs."""
        self._register(_ids(factor_ids), operator, list(inputs))


class WalStreamFactorEngine(_core.WalStreamFactorEngineBase):
    """A StreamFactorEngine of one instrument whose ticks are logged. One thread at a time; one of
    them an instrument. auto_persist: every tick is sent to the persister; otherwise only snapshots
    are. For many instruments and factor texts, factorwal.open.

    Register all factors, then `recover`, then ticks. Locked while another one of that instrument is
    there on the same open log.
    """

    def __init__(
        self,
        instrument_id: str,
        persister: FactorWalPersister,
        auto_persist: bool = True,
        *,
        fields: Fields = "quotes",
    ) -> None:
        super().__init__(instrument_id, persister, auto_persist, field_list(fields) or [])

    def register_factor(
        self,
        factor_ids: str | Sequence[str],
        operator: _core.BuiltInOperator,
        inputs: Sequence[str] = (),
    ) -> None:
        """As StreamFactorEngine.register_factor: before `recover`."""
        self._register(_ids(factor_ids), operator, list(inputs))

    def recover(self, *, progress: bool | None = None) -> None:
        """Brings the operators to where they were at the end of the log: later values are bit for bit
        those of an engine that was never stopped. Before the first tick.

        progress: a bar; by default after a second, on a terminal or in a notebook. Ctrl-C ends it;
        `recover` again, before the first tick."""
        self.recover_all([self], progress=progress)

    @staticmethod
    def recover_all(
        engines: Iterable[WalStreamFactorEngine], *, progress: bool | None = None
    ) -> None:
        """`recover` of many in one pass over the log. All must be on the same WalManager."""
        with progress_bar("recover", None, progress, "B") as tell:
            _core.recover_all(list(engines), tell)

    def __reduce__(self) -> Any:
        raise TypeError("a factor engine with a log cannot be pickled")


RollingMean = _core.RollingMean
