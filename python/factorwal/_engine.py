"""The engine, and its batch without a log."""

from __future__ import annotations

import asyncio
import atexit
import os
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Unpack

from . import _core
from ._config import FactorWalConfig, make_options
from ._errors import Timeout
from ._factors import Factors, FactorSet, Fields, field_list, text_of
from ._facts import Certificate, DataAtRisk, FactorQuality, Marks, StorageHealth
from ._feed import FeedArgs, length_of, open_source
from ._missing import MissingOperatorUse, missing_operators, told_in
from ._own import absent_operators, raised_is_told
from ._persister import FactorWalPersister
from ._progress import progress_bar
from ._subscribe import Callback, Subscription, end_threads
from ._table import Table
from ._times import check_zone
from ._wal import open_objects

_WAIT_SLICE = 0.05  # seconds


class Engine(_core.EngineBase):
    """Keeps factors for any number of instruments, logs every tick with their values, and comes back
    after any crash exactly where it was. Made by factorwal.open.

    A context manager: the end of `with` closes it. Ticks are for one thread at a time (Busy tells
    the second); the rest is for any. In a child process that came by fork every call raises Forked.
    """

    _zone: str
    _config: FactorWalConfig
    _subscriptions: weakref.WeakSet[Subscription]

    def process_many(
        self,
        ticks: Any,
        *,
        resume: bool = False,
        append: bool = False,
        collect: bool = True,
        progress: bool | None = None,
        **feed: Unpack[FeedArgs],
    ) -> Table:
        """Every tick of a table, as `process` takes each; gives the factors, a row a tick.

        ticks: a pandas, polars or pyarrow table or anything else with the Arrow PyCapsule interface,
        a dict of numpy arrays, or a path or paths of tick files. Which column is what is told by
        names, as `factorwal run` does; `feed` says what they do not (see FeedArgs). The first table
        of a new directory sets the fields, where open was not told.

        resume: go on behind what an earlier run has read of the same table or files. append: take it
        again though it was read before, which is refused otherwise. collect=False: no rows are kept,
        and memory stays flat. progress: a bar; by default after a second, on a terminal or in a
        notebook.

        Batch: a row could not be read, or a tick was not accepted; `.accepted` ticks before it are.
        Ctrl-C ends it within a moment; the exception's `.accepted` says how many were taken.
        """
        if self._zone:
            feed.setdefault("tz", self._zone)
        total = length_of(ticks)
        with raised_is_told(), progress_bar("process_many", total, progress, "ticks") as tell:
            try:
                source = open_source(ticks, feed, self.position if resume else b"")
            except KeyboardInterrupt as stopped:
                stopped.accepted = 0  # type: ignore[attr-defined]
                raise
            return Table(self._process_many(source, resume, append, collect, tell))

    def latest(self) -> Table:
        """The latest values of every instrument that has ticks: a row each, in the order in which
        they came first. Each row is of one tick; different ones may be read at different times. Any
        thread, also while ticks are processed."""
        return Table(_core.latest(self))

    def subscribe(
        self,
        callback: Callback | None = None,
        *,
        instruments: Sequence[str | _core.Instrument] | None = None,
    ) -> Subscription:
        """Every tick from now on, of these instruments or of all, as a Change.

        With a callback, a thread of the module's own calls it; without, read the Subscription in a
        thread of your choosing: iterate, `async for`, `run(callback)` or `poll()`. A slow reader
        never slows ticks: what the cache has overwritten (`cache_history` changes) before it was
        read is counted in `missed`.
        """
        if instruments is not None and not instruments:
            raise ValueError("instruments: none is named, so nothing could come; leave it out for all")
        named = [self.instrument(one) if isinstance(one, str) else one for one in instruments or ()]
        subscription = Subscription(self, callback, named)
        self._subscriptions.add(subscription)
        return subscription

    async def durable(self, ticket: _core.Ticket) -> None:
        """Waits, in asyncio, until that tick and all before it survive a power failure."""
        # In slices: a wait that is cancelled leaves its thread, which the loop's end waits for.
        while True:
            try:
                return await asyncio.to_thread(self.wait_durable, ticket, _WAIT_SLICE)
            except Timeout:
                continue

    def quality(self, instrument: _core.Instrument | str, factor: str) -> FactorQuality | None:
        """How good the latest value is; "absent" where its operator is not registered (see
        missing_operators); None without a tick or such a factor."""
        found = self._quality(instrument, factor)
        if found is None:
            return None
        if any(factor in use.factors for use in self.missing_operators.values()):
            return FactorQuality("absent", 0)
        return FactorQuality(*found)

    @property
    def persister(self) -> FactorWalPersister:
        """For records beside the ticks, from any thread: updates, vectors, snapshots, times,
        positions. It ends with its engine."""
        return FactorWalPersister._of(self, self._config)

    @property
    def health(self) -> StorageHealth:
        return self.persister.health

    def check(self) -> None:
        """Raises Storage, with the reason, where storage has failed or fails now."""
        self.persister.check()

    @property
    def marks(self) -> Marks:
        return Marks(*self._marks())

    @property
    def data_at_risk(self) -> DataAtRisk:
        return DataAtRisk(*self._data_at_risk())

    @property
    def certificate(self) -> Certificate:
        found = Certificate(*self._certificate())
        if missing := self.missing_operators:
            found.perfect = False
            found.text = told_in(found.text, missing)
            found.facts["missing_operators"] = {name: use._asdict() for name, use in missing.items()}
        return found

    @property
    def missing_operators(self) -> dict[str, MissingOperatorUse]:
        """With missing_operators="keep": the operators that the log uses and the program has not
        registered, and the factors that are missing therefore."""
        return missing_operators(self)

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A child process that ends within the parent's `with` leaves it alone.
        if self._here:
            self.close()

    def __reduce__(self) -> Any:
        raise TypeError("an engine holds an open directory and cannot be pickled; a FactorSet can")

    def __repr__(self) -> str:
        if not self._here:
            return f"<factorwal.Engine of {self.directory!r}: the parent process has it>"
        fields = self.fields
        known = "waits for its first table" if fields is None else f"fields {', '.join(fields)}"
        return f"<factorwal.Engine of {self.directory!r}: {known}>"

    def _repr_html_(self) -> str:
        from ._html import engine

        return engine(self)


_core.set_quick_process(Engine)


@atexit.register
def _close_all() -> None:
    """What was accepted is safe also without: it waits in the channel."""
    try:
        for one in sorted(open_objects, key=lambda one: not isinstance(one, Engine)):
            if not one._here:
                continue
            try:
                one.close()
            except Exception:
                pass
        end_threads()
    finally:
        _core.wait_for_abandoned()


def open(
    directory: str | os.PathLike[str],
    factors: Factors,
    *,
    fields: Fields | None = None,
    missing_operators: str = "refuse",
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
    tz: str = "",
    progress: bool | None = None,
) -> Engine:
    """Opens or makes a data directory, recovers it, and gives its engine.

    factors: a factor text, e.g. "ma5 = ts_mean(close, 5)", a FactorSet, or names to expressions.
    fields: the values of a tick, in order, or "quotes", "futures", "bars"; without, those of the directory's log; of a new
    directory, those of the first table that process_many gets, which then opens it.

    missing_operators: where the factors use an operator that the log knows and this program has not
    registered (see operator), "refuse" raises MissingOperator; with "keep" its factors stay as
    columns and are missing, and once it is registered again, an open computes them from the logged
    ticks.

    tz: the zone of ticks' times that have none, e.g. "Asia/Shanghai" or "UTC"; without it they are
    refused. The other settings are those of the C++ options.h, with the same defaults; times that
    are not named _ms are in seconds.

    progress: a bar of the replay; by default after a second, on a terminal or in a notebook. Ctrl-C
    ends the replay, which has changed nothing then; the directory is Locked for another moment.

    Locked, Corruption (nothing is changed), Storage, FactorSyntax.
    """
    config = FactorWalConfig(
        batch_size=batch_size,
        max_delay_ms=max_delay_ms,
        enable_group_commit=enable_group_commit,
        adaptive=adaptive,
        sync_interval_ms=sync_interval_ms,
        when_full=when_full,
        on_storage_failure=on_storage_failure,
        channel=channel,
        channel_bytes=channel_bytes,
        persister_wait=persister_wait,
        allow_any_timestamp=allow_any_timestamp,
    )
    if not os.fspath(directory):
        raise ValueError("directory: a path is asked for, not an empty text")
    options = make_options(
        {
            **dict(config),
            "segment_bytes": segment_bytes,
            "free_space_reserve": free_space_reserve,
            "on_corruption": on_corruption,
            "keep_age": keep_age,
            "keep_bytes": keep_bytes,
            "snapshot_every": snapshot_every,
            "log_inputs": log_inputs,
            "cache_history": cache_history,
        }
    )
    if missing_operators not in ("refuse", "keep"):
        raise ValueError(f'missing_operators is "refuse" or "keep", not {missing_operators!r}')
    if isinstance(factors, FactorSet) and fields is None:
        fields = factors._given
    if tz:
        check_zone(tz)
    path = os.path.abspath(directory)
    absent = absent_operators(path) if os.path.isdir(path) else []
    keep = missing_operators == "keep"
    text, names = text_of(factors), field_list(fields)
    with progress_bar(f"open {os.path.basename(path)}", None, progress, "B") as tell:
        engine = Engine(path, text, options, names, absent, keep, tz, tell)
    engine._zone = tz
    engine._config = config
    engine._subscriptions = weakref.WeakSet()
    open_objects.add(engine)
    return engine


def compute(
    ticks: Any,
    factors: Factors,
    *,
    progress: bool | None = None,
    **feed: Unpack[FeedArgs],
) -> Table:
    """The factors of a table, a row a tick, without a directory: the same bits that an engine gives.

    ticks, feed: as Engine.process_many takes them, but that a file's last line counts also without a
    line end: nothing becomes durable by it. Every instrument begins without history.
    """
    feed = {"take_last_line": True, **feed}
    total = length_of(ticks)
    with raised_is_told(), progress_bar("compute", total, progress, "ticks") as tell:
        return Table(_core.compute(open_source(ticks, feed), text_of(factors), tell))
