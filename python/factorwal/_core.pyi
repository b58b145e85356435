"""The C++ half of factorwal; use the package."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import numpy
import numpy.typing


def set_leak_warnings(on: bool) -> None: ...

def wait_for_abandoned() -> None: ...

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

def open_files(paths: Sequence[str], options: FeedOptions, begun: bytes) -> Source: ...

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

def compute(source: Source, factors: str, tell: object | None) -> TableBase: ...

class CompiledFactors:
    @property
    def names(self) -> list[str]: ...

    @property
    def fields(self) -> list[str]: ...

    @property
    def text(self) -> str: ...

    @property
    def graph(self) -> str: ...

    @property
    def state_bytes(self) -> int: ...

def parse_factors(text: str, fields: Sequence[str] | None) -> CompiledFactors: ...

class AbsentOperator:
    def __init__(self, name: str, version: str, inputs: Sequence[str], outputs: Sequence[str], note: str) -> None: ...

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

def operator_list() -> list[tuple[str, list[str], str, list[str], str, str, str]]: ...

def register_operator(name: str, version: int, address: int, returns_status: bool, inputs: Sequence[str], parameters: Sequence[str], initial: Sequence[float], outputs: Sequence[str], memory: int | None, note: str) -> None: ...

def operator_raised(name: str) -> int: ...

def logged_functions(directory: str) -> list[tuple[str, str]]: ...

class Instrument:
    """An instrument of an open engine: for process."""

    @property
    def id(self) -> str: ...

    def __repr__(self) -> str: ...

class EngineBase:
    def __init__(self, directory: str, factors: str, options: EngineOptions, fields: Sequence[str] | None, absent: Sequence[AbsentOperator], keep_absent: bool, zone: str, tell: object | None) -> None: ...

    @property
    def _here(self) -> bool: ...

    @property
    def closed(self) -> bool:
        """`close` was called."""

    def instrument(self, id: str) -> Instrument:
        """
        The instrument of an id (1 to 255 bytes of UTF-8), which need not be declared before.
        """

    def process(self, instrument: Instrument | str, timestamp: int | object, values: object, position: bytes | None = None) -> Values:
        """
        Computes every factor of one tick, logs it, and gives the engine's Values object, which
        the next tick overwrites.

        timestamp: nanoseconds since 1970, UTC; or a datetime, numpy.datetime64 or
        pandas.Timestamp, one without a zone being of the engine's `tz`. values: a tuple, a list
        or a buffer of float64, one a field, in the order of `fields`; None and NaN are missing. position: how far the
        source has been read, this tick included; commits with it, see `position`.

        Never waits for the disk, only for space in the channel. The tick is in the log once
        `durable` or `flush` say so; when the process dies before, it is in the channel.
        """

    def _process_many(self, source: Source, resume: bool, append: bool, collect: bool, tell: object | None) -> TableBase: ...

    def wait_durable(self, ticket: Ticket, timeout: float | None = None) -> None:
        """
        Waits until that tick, and all before it, survive a power failure. timeout: seconds;
        Timeout when they do not yet.
        """

    def flush(self, timeout: float | None = None) -> None:
        """Makes everything durable that was accepted before. timeout: seconds."""

    def checkpoint(self) -> None:
        """
        Writes every instrument's state now, and waits until it is durable. Ctrl-C ends the wait:
        it is written all the same, and ticks are Busy until then.
        """

    def close(self) -> None:
        """
        Makes everything durable and marks the directory as closed in order. An engine that is
        not closed loses nothing, and its next open replays more. Ctrl-C ends the wait: at most
        what was accepted is not durable yet, and `close` again waits for the rest.
        """

    def get_factor(self, instrument: Instrument | str, factor: str) -> float | None:
        """
        The latest value; NaN while missing, None without a tick or such a factor.
        """

    def _quality(self, instrument: Instrument | str, factor: str) -> tuple[str, int] | None: ...

    def advance_time(self, timestamp: int | object) -> Ticket:
        """Logs that no tick before that time will come."""

    def restart_instrument(self, instrument: Instrument | str) -> None:
        """
        Forgets everything that the instrument has seen: its next tick is its first.
        """

    def _absent(self) -> list[AbsentOperator]:
        """The operators that it goes without."""

    def _graph(self) -> str: ...

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

def sample_ticks(rows: int, instruments: int, seed: int) -> TableBase: ...

class WalBase:
    def __init__(self, directory: str, options: EngineOptions) -> None: ...

    @property
    def _here(self) -> bool: ...

    def _append_update(self, instrument_id: str, factor_id: str, value: float, timestamp: object) -> int: ...

    def _append_vector(self, instrument_id: str, factor_id: str, values: numpy.typing.NDArray[numpy.float64], timestamp: object) -> int: ...

    def _append_snapshot(self, instrument_id: str, factors: Mapping[str, float], checkpoint_id: int) -> int: ...

    def flush_group_commit(self) -> None:
        """
        One write and one fdatasync: everything appended is durable when it returns. Ctrl-C ends
        the wait; both are done all the same.
        """

    def close(self) -> None:
        """
        Flushes, and marks the directory as closed in order. A persister that is alive is shut
        down first. Ctrl-C ends the wait; it is closed all the same, and `close` again waits.
        """

    @property
    def written_sequence(self) -> int:
        """With the operating system. Waits for a commit that is in progress."""

    @property
    def durable_sequence(self) -> int:
        """On the device. Waits for a commit that is in progress."""

    @property
    def directory(self) -> str: ...

    def _recovery(self) -> dict[str, Any]: ...

class ConsumerBase:
    @overload
    def __init__(self, wal: WalBase) -> None: ...

    @overload
    def __init__(self, directory: str) -> None: ...

    def _recover(self, tell: object | None) -> None: ...

    def get_recovered_factors(self) -> dict[str, dict[str, float]]:
        """The last values, by instrument, by factor."""

    def get_instrument_factors(self, instrument_id: str) -> dict[str, float] | None:
        """By factor; None when the log knows no such instrument."""

    def get_instrument_vectors(self, instrument_id: str) -> dict[str, numpy.typing.NDArray[numpy.float64]] | None:
        """The last vectors, by factor; None when there are none."""

    @property
    def last_timestamp(self) -> int | None:
        """The greatest event time, nanoseconds, UTC; None when there are none."""

    @property
    def last_sequence(self) -> int: ...

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What is damaged, as far as it was read."""

class Factor:
    """A factor of an open log: for sends."""

    @property
    def id(self) -> str: ...

    def __repr__(self) -> str: ...

class PersisterBase:
    @overload
    def __init__(self, wal: WalBase, options: EngineOptions) -> None: ...

    @overload
    def __init__(self, engine: EngineBase) -> None: ...

    @property
    def _here(self) -> bool: ...

    def instrument(self, id: str) -> Instrument:
        """
        The instrument of an id (1 to 255 bytes of UTF-8), for sends by handle.
        """

    def factor(self, id: str) -> Factor:
        """The factor of an id (1 to 255 bytes of UTF-8), for sends by handle."""

    def send_update(self, instrument: Instrument | str, factor: Factor | str, value: float, timestamp: int | object) -> Ticket:
        """
        One factor's value. timestamp: nanoseconds, UTC, or a time with a zone. By handles it
        is quickest.
        """

    def _send_vector(self, instrument: Instrument | str, factor: Factor | str, values: numpy.typing.NDArray[numpy.float64], timestamp: int | object) -> Ticket: ...

    def _send_snapshot(self, instrument_id: str, factors: dict[str, float], checkpoint_id: int, last_event_time: int | object | None) -> Ticket: ...

    def send_time(self, timestamp: int | object) -> Ticket:
        """Tells the log that no tick before that time will come."""

    def send_position(self, position: bytes) -> Ticket:
        """
        Tells the log how far a source has been read, apart from any tick. At most 64 KiB.
        """

    def wait_durable(self, ticket: Ticket | int, timeout: float | None = None) -> None:
        """
        Waits until that send (or that sequence), and all before it, survive a power failure.
        timeout: seconds; Timeout when they do not yet.
        """

    def flush(self, timeout: float | None = None) -> None:
        """Makes everything durable that was accepted before. timeout: seconds."""

    def shutdown(self) -> None:
        """
        Ends the persister: everything accepted is written and synced, and later sends are
        Closed. The log stays open. An engine's ends with its engine: TypeError.
        """

    def _marks(self) -> tuple[int, int, int, int]: ...

    def _data_at_risk(self) -> tuple[int, int, float]: ...

    def _health(self) -> tuple[str, str, int, float, str]: ...

    def _stats(self) -> dict[str, int]: ...

    def check(self) -> None:
        """
        Raises Storage, with the reason, where storage has failed or fails now.
        """

    @property
    def power_safe(self) -> bool:
        """
        False with enable_group_commit=False: durable lags behind by sync_interval_ms.
        """

    @property
    def channel_fallback(self) -> str:
        """
        Not empty when records wait in a file because shared memory was not to be had: why.
        """

class BuiltInOperator:
    """
    A built-in operator, for one number at a time, and for StreamFactorEngine and
    WalStreamFactorEngine, which take a fresh one of the same parameters. One thread at a time.
    """

    def update(self, *inputs: float | None) -> Any:
        """
        One tick: a number an input (None and NaN are missing); gives the value, NaN while
        missing, or a tuple of the outputs where there are several.
        """

    @property
    def identity(self) -> str:
        """Name, parameters and version."""

    @property
    def default_inputs(self) -> list[str]:
        """The fields that it takes where nobody says which."""

    @property
    def output_count(self) -> int: ...

    def save_state(self) -> bytes:
        """The state as bytes; the same history gives the same."""

    def load_state(self, state: bytes) -> None:
        """
        Puts back what save_state gave, of one with the same parameters. InvalidArgument,
        Corruption.
        """

    def __repr__(self) -> str: ...

class RollingMean(BuiltInOperator):
    """The mean of the window; minp=0: all of it."""

    def __init__(self, window: int, minp: int = 0) -> None: ...

class RollingStd(BuiltInOperator):
    """The standard deviation of the window."""

    def __init__(self, window: int, ddof: int = 0, minp: int = 0) -> None: ...

class RollingCorr(BuiltInOperator):
    """Pearson's correlation of two inputs."""

    def __init__(self, window: int, minp: int = 0) -> None: ...

class RollingSum(BuiltInOperator):
    """The sum of the window."""

    def __init__(self, window: int, minp: int = 0) -> None: ...

class RollingMin(BuiltInOperator):
    """The smallest input of the window."""

    def __init__(self, window: int, minp: int = 0) -> None: ...

class RollingMax(BuiltInOperator):
    """The largest input of the window."""

    def __init__(self, window: int, minp: int = 0) -> None: ...

class BollingerBands(BuiltInOperator):
    """Upper, middle, lower, bandwidth, percent_b."""

    def __init__(self, window: int = 20, k: float = 2.0, ddof: int = 0) -> None: ...

class EMA(BuiltInOperator):
    """Exponential moving average."""

    def __init__(self, window: int) -> None: ...

class DEMA(BuiltInOperator):
    """Double exponential moving average."""

    def __init__(self, window: int) -> None: ...

class RSI(BuiltInOperator):
    """Relative strength index, 0 to 100."""

    def __init__(self, window: int = 14, flat: float = 0.0) -> None: ...

class MACD(BuiltInOperator):
    """Line, signal, histogram."""

    def __init__(self, fast: int = 12, slow: int = 26, signal: int = 9) -> None: ...

class ATR(BuiltInOperator):
    """Average true range of high, low, close."""

    def __init__(self, window: int = 14) -> None: ...

class Delay(BuiltInOperator):
    """The input of so many ticks ago."""

    def __init__(self, lag: int) -> None: ...

class Delta(BuiltInOperator):
    """The input less that of so many ticks ago."""

    def __init__(self, lag: int) -> None: ...

class LogReturn(BuiltInOperator):
    """log(x / x of so many ticks ago)."""

    def __init__(self, lag: int = 1) -> None: ...

class OiDelta(BuiltInOperator):
    """The open interest less that of the tick before."""

    def __init__(self) -> None: ...

class Mid(BuiltInOperator):
    """(bid + ask) / 2."""

    def __init__(self) -> None: ...

class Spread(BuiltInOperator):
    """ask - bid."""

    def __init__(self) -> None: ...

class QueueImbalance(BuiltInOperator):
    """(bid volume - ask volume) / (bid volume + ask volume)."""

    def __init__(self) -> None: ...

class StreamFactorEngineBase:
    def __init__(self, fields: Sequence[str]) -> None: ...

    def _register(self, factor_ids: Sequence[str], operator: BuiltInOperator, inputs: Sequence[str]) -> None: ...

    def process_tick(self, values: object) -> Values:
        """
        One tick: a tuple, a list or a buffer of float64, one a field. Gives the engine's
        Values object, which the next tick overwrites.
        """

    def get_factor(self, factor_id: str) -> float | None:
        """
        The value after the last tick, NaN while missing; None without a tick or such a factor.
        """

    def get_all_factors(self) -> dict[str, float]:
        """In order of registration; empty before the first tick."""

    def save_state(self) -> bytes:
        """The operators' state, for load_state."""

    def load_state(self, state: bytes) -> tuple[int, int, int]:
        """
        Takes over what save_state gave; how many states were loaded, start fresh, and were
        not asked for. Corruption, and nothing is changed.
        """

    def restart(self) -> None:
        """As if no tick had come."""

    @property
    def names(self) -> list[str]: ...

    @property
    def fields(self) -> list[str]: ...

class WalStreamFactorEngineBase:
    def __init__(self, instrument_id: str, persister: PersisterBase, auto_persist: bool, fields: Sequence[str]) -> None: ...

    def _register(self, factor_ids: Sequence[str], operator: BuiltInOperator, inputs: Sequence[str]) -> None: ...

    def process_tick(self, timestamp: int | object, values: object) -> Values:
        """
        Computes and, with auto_persist, logs. timestamp: nanoseconds, UTC, or a time with a
        zone. values: a tuple, a list or a buffer of float64, one a field. Gives the engine's
        Values object, which the next tick overwrites. A refused tick changes nothing.
        """

    def get_factor(self, factor_id: str) -> float | None:
        """
        The value after the last tick, NaN while missing; None without a tick or such a factor.
        """

    def create_and_persist_snapshot(self, checkpoint_id: int) -> Ticket:
        """
        Sends all current values as a snapshot, and the operators' state after it.
        """

    @property
    def names(self) -> list[str]: ...

    @property
    def instrument_id(self) -> str: ...

def recover_all(engines: Sequence[WalStreamFactorEngineBase], tell: object | None) -> None: ...

class Change:
    """
    The factors of one tick of an instrument, as a subscription gives them.
    """

    @property
    def instrument_id(self) -> str: ...

    @property
    def timestamp_ns(self) -> int:
        """Of the tick; nanoseconds, UTC."""

    @property
    def tick_count(self) -> int:
        """Which tick of its instrument it is, from 1."""

    @property
    def update(self) -> int:
        """Which change of the engine's cache it is, from 1."""

    @property
    def values(self) -> Values:
        """The values: its own, no later tick changes them."""

    def __getitem__(self, key: str | int) -> float: ...

    def __repr__(self) -> str: ...

def report_unraisable(error: BaseException, callback: object) -> None: ...

def latest(engine: EngineBase) -> TableBase: ...

def update_count(engine: EngineBase) -> int: ...

def poll(engine: EngineBase, since: int, instruments: list[Instrument], timeout: float) -> tuple[list[Change], int, int]: ...

class Record:
    """One record of a log. What it has depends on `type`."""

    @property
    def type(self) -> str:
        """
        "tick", "update", "vector_update", "snapshot", "time", "position" or
        "operator_state".
        """

    @property
    def sequence(self) -> int:
        """From 1; 0 of an operator_state, which has none."""

    @property
    def instrument_id(self) -> str | None: ...

    @property
    def factor_id(self) -> str | None:
        """Of an update or vector_update."""

    @property
    def timestamp_ns(self) -> int | None:
        """Nanoseconds, UTC; None if it has none."""

    @property
    def factors(self) -> dict[str, float]:
        """Values of a tick, an update or a snapshot, NaN where missing."""

    @property
    def fields(self) -> dict[str, float]:
        """What went into a tick."""

    @property
    def vector(self) -> numpy.typing.NDArray[numpy.float64] | None:
        """Of a vector_update."""

    @property
    def checkpoint_id(self) -> int:
        """Of a snapshot."""

    @property
    def tick_number(self) -> int:
        """
        Of a tick, or of the last one in an operator_state: which of its instrument, from 1.
        """

    @property
    def position(self) -> bytes:
        """The source's, of a tick or a position; empty if none."""

    @property
    def state(self) -> bytes:
        """Of an operator_state."""

    def __repr__(self) -> str: ...

class RecordPass:
    def __init__(self, directory: str, first: int, follow: bool) -> None: ...

    def next(self, most: int) -> list[Record]: ...

    def findings(self) -> list[dict[str, Any]]: ...

    def corrupt(self) -> bool: ...

    def cut(self) -> int: ...

    def missed(self) -> int: ...

def status(directory: str) -> dict[str, Any]: ...

def examine(directory: str, quarantine: bool) -> tuple[bool, str, str]: ...

def verify(directory: str, recompute: bool, tell: object) -> dict[str, Any]: ...

def backup(source: str, target: str, tell: object) -> dict[str, Any]: ...

def retention(directory: str, keep_age: float, keep_bytes: int, apply: bool) -> dict[str, Any]: ...

def rings(directories: Sequence[str]) -> list[dict[str, Any]]: ...

def explain(directory: str, instrument: str, factor: str, sequence: int, factor_text: str | None, tick_count: int | None, absent: Sequence[AbsentOperator]) -> dict[str, Any]: ...

def arrow_version() -> str | None: ...
