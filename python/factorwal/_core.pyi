"""The C++ half of factorwal; use the package."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy
import numpy.typing


class Ticket:
    """What an accepted tick can be waited for with: see Engine.wait_durable."""

class Values:
    """
    The factor values of the latest tick, NaN where missing: by name, by place, or as a
    read-only buffer of float64 (numpy.asarray(v) does not copy). An engine has one such
    object, which its next tick overwrites; copy() gives an array of its own.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, key: str | int) -> float: ...

    def __iter__(self) -> Iterator[float]: ...

    def copy(self) -> numpy.typing.NDArray[numpy.float64]:
        """The values as a numpy array of their own."""

    def to_dict(self) -> dict[str, float]:
        """Name to value."""

    @property
    def names(self) -> list[str]: ...

    @property
    def timestamp_ns(self) -> int:
        """Of the tick; nanoseconds, UTC."""

    @property
    def ticket(self) -> Ticket: ...

    def __repr__(self) -> str: ...

class EngineOptions:
    """Settings of an engine; a new one has the defaults."""

    def __init__(self) -> None: ...

    @property
    def batch_size(self) -> int: ...

    @batch_size.setter
    def batch_size(self, arg: int, /) -> None: ...

    @property
    def max_delay_ms(self) -> int: ...

    @max_delay_ms.setter
    def max_delay_ms(self, arg: int, /) -> None: ...

    @property
    def enable_group_commit(self) -> bool: ...

    @enable_group_commit.setter
    def enable_group_commit(self, arg: bool, /) -> None: ...

    @property
    def adaptive(self) -> bool: ...

    @adaptive.setter
    def adaptive(self, arg: bool, /) -> None: ...

    @property
    def sync_interval_ms(self) -> int: ...

    @sync_interval_ms.setter
    def sync_interval_ms(self, arg: int, /) -> None: ...

    @property
    def channel_bytes(self) -> int: ...

    @channel_bytes.setter
    def channel_bytes(self, arg: int, /) -> None: ...

    @property
    def allow_any_timestamp(self) -> bool: ...

    @allow_any_timestamp.setter
    def allow_any_timestamp(self, arg: bool, /) -> None: ...

    @property
    def segment_bytes(self) -> int: ...

    @segment_bytes.setter
    def segment_bytes(self, arg: int, /) -> None: ...

    @property
    def free_space_reserve(self) -> int: ...

    @free_space_reserve.setter
    def free_space_reserve(self, arg: int, /) -> None: ...

    @property
    def keep_bytes(self) -> int: ...

    @keep_bytes.setter
    def keep_bytes(self, arg: int, /) -> None: ...

    @property
    def snapshot_every(self) -> int: ...

    @snapshot_every.setter
    def snapshot_every(self, arg: int, /) -> None: ...

    @property
    def cache_history(self) -> int: ...

    @cache_history.setter
    def cache_history(self, arg: int, /) -> None: ...

    @property
    def keep_age(self) -> float: ...

    @keep_age.setter
    def keep_age(self, arg: float, /) -> None: ...

    @property
    def channel(self) -> str: ...

    @channel.setter
    def channel(self, arg: str, /) -> None: ...

    @property
    def when_full(self) -> str: ...

    @when_full.setter
    def when_full(self, arg: str, /) -> None: ...

    @property
    def on_storage_failure(self) -> str: ...

    @on_storage_failure.setter
    def on_storage_failure(self, arg: str, /) -> None: ...

    @property
    def persister_wait(self) -> str: ...

    @persister_wait.setter
    def persister_wait(self, arg: str, /) -> None: ...

    @property
    def on_corruption(self) -> str: ...

    @on_corruption.setter
    def on_corruption(self, arg: str, /) -> None: ...

    @property
    def log_inputs(self) -> str: ...

    @log_inputs.setter
    def log_inputs(self, arg: str, /) -> None: ...

class FeedOptions:
    pass

def feed_options(map: Sequence[tuple[str, str]], instrument: str, instrument_from_name: str | None, tz: str, time_format: str, volume: str, on_bad_row: str, header: Sequence[str], skip_lines: int, take_last_line: bool, encoding: str, decimal_comma: bool, thousands: bool, columns: Sequence[str], drop: Sequence[str], missing: Sequence[tuple[str, float]], scale: Sequence[tuple[str, float]]) -> FeedOptions: ...

class Source:
    """Ticks that process_many and compute read once."""

def open_files(paths: Sequence[str], options: FeedOptions) -> Source: ...

def open_stream(capsule: object, options: FeedOptions, name: str) -> Source: ...

def open_array(schema: object, array: object, options: FeedOptions, name: str) -> Source: ...

def open_columns(columns: list[tuple[str, str, tuple[Any, ...]]], length: int, options: FeedOptions, name: str) -> Source: ...

class TableBase:
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

    def __len__(self) -> int: ...

    @property
    def column_names(self) -> list[str]: ...

    @property
    def ticket(self) -> Ticket | None: ...

    @property
    def notes(self) -> list[str]: ...

    @property
    def bad_rows(self) -> dict[str, tuple[int, str]]: ...

    @property
    def rows_read(self) -> int: ...

    @property
    def rows_resumed(self) -> int: ...

    def arrays(self) -> list[dict[str, Any]]: ...

def compute(source: Source, factors: str) -> TableBase: ...

class CompiledFactors:
    @property
    def names(self) -> list[str]: ...

    @property
    def fields(self) -> list[str]: ...

    @property
    def text(self) -> str: ...

    @property
    def state_bytes(self) -> int: ...

def parse_factors(text: str, fields: Sequence[str] | None) -> CompiledFactors: ...

class Instrument:
    """An instrument of an open engine: for process."""

    @property
    def id(self) -> str: ...

    def __repr__(self) -> str: ...

class EngineBase:
    def __init__(self, directory: str, factors: str, options: EngineOptions, fields: Sequence[str] | None) -> None: ...

    def instrument(self, id: str) -> Instrument:
        """
        The instrument of an id (1 to 255 bytes of UTF-8), which need not be declared before.
        """

    def process(self, instrument: Instrument | str, timestamp: int | object, values: object, position: bytes | None = None) -> Values:
        """
        Computes every factor of one tick, logs it, and gives the engine's Values object, which
        the next tick overwrites.

        timestamp: nanoseconds since 1970, UTC; or a datetime, numpy.datetime64 or
        pandas.Timestamp, without a zone UTC. values: a tuple, a list or a buffer of float64,
        one a field, in the order of `fields`; None and NaN are missing. position: how far the
        source has been read, this tick included; commits with it, see `position`.

        Never waits for the disk, only for space in the channel. The tick is in the log once
        `durable` or `flush` say so; when the process dies before, it is in the channel.
        """

    def _process_many(self, source: Source, resume: bool, append: bool, collect: bool) -> TableBase: ...

    def wait_durable(self, ticket: Ticket, timeout: float | None = None) -> None:
        """
        Waits until that tick, and all before it, survive a power failure. timeout: seconds;
        Timeout when they do not yet.
        """

    def flush(self, timeout: float | None = None) -> None:
        """Makes everything durable that was accepted before. timeout: seconds."""

    def checkpoint(self) -> None:
        """Writes every instrument's state now, and waits until it is durable."""

    def close(self) -> None:
        """
        Makes everything durable and marks the directory as closed in order. An engine that is
        not closed loses nothing, and its next open replays more.
        """

    def get_factor(self, instrument: Instrument, factor: str) -> float | None:
        """
        The latest value; NaN while missing, None without a tick or such a factor.
        """

    def quality(self, instrument: Instrument, factor: str) -> tuple[str, int] | None:
        """
        How good the latest value is, "exact", "approximate" or "hit", and the sequence at
        which its doubt began (0 when exact); None without a tick or such a factor.
        """

    def restart_instrument(self, instrument: Instrument) -> None:
        """
        Forgets everything that the instrument has seen: its next tick is its first.
        """

    def _marks(self) -> tuple[int, int, int, int]: ...

    def _data_at_risk(self) -> tuple[int, int, float]: ...

    def _certificate(self) -> tuple[bool, str, str]: ...

    @property
    def factor_names(self) -> list[str]:
        """In the order of values."""

    @property
    def fields(self) -> list[str] | None:
        """The fields of a tick in their order; None until they are known."""

    @property
    def directory(self) -> str: ...

    @property
    def position(self) -> bytes:
        """
        Of the source, as of the last accepted tick that had one; empty if none.
        """

def set_quick_process(type: type[EngineBase]) -> None: ...

class HistoryPass:
    def __init__(self, directory: str, data_set: str, instruments: Sequence[str], inputs: Sequence[str] | None, factors: Sequence[str] | None, start: int | None, end: int | None, sequences: bool, batch_rows: int) -> None: ...

    def next(self) -> dict[str, Any] | None: ...

    def no_rows(self) -> dict[str, Any]: ...

    def check(self) -> None: ...

    def capsule(self) -> object: ...
