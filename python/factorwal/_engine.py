"""The engine, and its batch without a log."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import weakref
from types import TracebackType
from typing import Any, NamedTuple, Unpack

from . import _core
from ._factors import FactorSet, Fields, field_list
from ._feed import FeedArgs, open_source
from ._table import Table


class Marks(NamedTuple):
    """How far things are, as sequences; each is at most the one before."""

    accepted: int
    written: int  #: with the operating system: survives the process by itself
    durable: int  #: on the device: survives a power failure
    archived: int  #: in the archive as well; 0 where none is kept


class DataAtRisk(NamedTuple):
    """What a power failure now would cost."""

    records: int
    bytes: int
    oldest_age: float  #: seconds, at most


class Certificate:
    """What an open found, what it did about it, and what that means for every value."""

    def __init__(self, perfect: bool, text: str, facts: str) -> None:
        self.perfect = perfect  #: nothing is lost, and every value is exact
        self.text = text
        self.facts: dict[str, Any] = json.loads(facts)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<factorwal.Certificate: perfect={self.perfect}, {self.facts.get('decision')}>"


class Engine(_core.EngineBase):
    """Keeps factors for any number of instruments, logs every tick with their values, and comes back
    after any crash exactly where it was. Made by factorwal.open.

    A context manager: the end of `with` closes it. Ticks are for one thread at a time (Busy tells
    the second); the rest is for any.
    """

    def process_many(
        self,
        ticks: Any,
        *,
        resume: bool = False,
        append: bool = False,
        collect: bool = True,
        **feed: Unpack[FeedArgs],
    ) -> Table:
        """Every tick of a table, as `process` takes each; gives the factors, a row a tick.

        ticks: a pandas, polars or pyarrow table or anything else with the Arrow PyCapsule interface,
        a dict of numpy arrays, or a path or paths of tick files. Which column is what is told by
        names, as `factorwal run` does; `feed` says what they do not (see FeedArgs). The first table
        of a new directory sets the fields, where open was not told.

        resume: go on behind what an earlier run has read of the same table or files. append: take it
        again though it was read before, which is refused otherwise. collect=False: no rows are kept,
        and memory stays flat.

        Batch: a row could not be read, or a tick was not accepted; `.accepted` ticks before it are.
        Ctrl-C ends it within a moment; the exception's `.accepted` says how many were taken.
        """
        return Table(self._process_many(open_source(ticks, feed), resume, append, collect))

    async def durable(self, ticket: _core.Ticket) -> None:
        """Waits, in asyncio, until that tick and all before it survive a power failure."""
        await asyncio.to_thread(self.wait_durable, ticket)

    @property
    def marks(self) -> Marks:
        return Marks(*self._marks())

    @property
    def data_at_risk(self) -> DataAtRisk:
        return DataAtRisk(*self._data_at_risk())

    @property
    def certificate(self) -> Certificate:
        return Certificate(*self._certificate())

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError("an engine holds an open directory and cannot be pickled; a FactorSet can")

    def __repr__(self) -> str:
        fields = self.fields
        known = "waits for its first table" if fields is None else f"fields {', '.join(fields)}"
        return f"<factorwal.Engine of {self.directory!r}: {known}>"


_core.set_quick_process(Engine)

_open_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for engine in list(_open_engines):
        # What was accepted is safe also without: it waits in the channel.
        try:
            engine.close()
        except Exception:
            pass


def open(
    directory: str | os.PathLike[str],
    factors: str | FactorSet,
    *,
    fields: Fields | None = None,
    batch_size: int = 100,
    max_delay_ms: int = 10,
    enable_group_commit: bool = True,
    adaptive: bool = True,
    sync_interval_ms: int = 1000,
    when_full: str = "wait",
    on_storage_failure: str = "stop",
    channel: str = "shm",
    channel_bytes: int = 8 << 20,
    persister_wait: str = "block",
    allow_any_timestamp: bool = False,
    segment_bytes: int = 64 << 20,
    free_space_reserve: int = 64 << 20,
    on_corruption: str = "refuse",
    keep_age: float = 0,
    keep_bytes: int = 0,
    snapshot_every: int = 200_000,
    log_inputs: str = "all",
    cache_history: int = 4096,
) -> Engine:
    """Opens or makes a data directory, recovers it, and gives its engine.

    factors: a factor text, e.g. "ma5 = ts_mean(close, 5)", or a FactorSet. fields: the values of a
    tick, in order, or "quotes", "futures", "bars"; without, those of the directory's log; of a new
    directory, those of the first table that process_many gets, which then opens it.

    The other settings are those of the C++ options.h, with the same defaults; times that are not
    named _ms are in seconds.

    Locked, Corruption (nothing is changed), Storage, FactorSyntax.
    """
    options = _core.EngineOptions()
    options.batch_size = batch_size
    options.max_delay_ms = max_delay_ms
    options.enable_group_commit = enable_group_commit
    options.adaptive = adaptive
    options.sync_interval_ms = sync_interval_ms
    options.when_full = when_full
    options.on_storage_failure = on_storage_failure
    options.channel = channel
    options.channel_bytes = channel_bytes
    options.persister_wait = persister_wait
    options.allow_any_timestamp = allow_any_timestamp
    options.segment_bytes = segment_bytes
    options.free_space_reserve = free_space_reserve
    options.on_corruption = on_corruption
    options.keep_age = keep_age
    options.keep_bytes = keep_bytes
    options.snapshot_every = snapshot_every
    options.log_inputs = log_inputs
    options.cache_history = cache_history
    if isinstance(factors, FactorSet):
        fields = fields if fields is not None else factors._given
        factors = factors.source
    engine = Engine(os.path.abspath(directory), factors, options, field_list(fields))
    _open_engines.add(engine)
    return engine


def compute(ticks: Any, factors: str | FactorSet, **feed: Unpack[FeedArgs]) -> Table:
    """The factors of a table, a row a tick, without a directory: the same bits that an engine gives.

    ticks, feed: as Engine.process_many takes them, but that a file's last line counts also without a
    line end: nothing becomes durable by it. Every instrument begins without history.
    """
    feed = {"take_last_line": True, **feed}
    text = factors.source if isinstance(factors, FactorSet) else factors
    return Table(_core.compute(open_source(ticks, feed), text))
