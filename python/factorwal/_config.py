"""How records become durable."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from . import _core


@dataclasses.dataclass(frozen=True, kw_only=True)
class FactorWalConfig:
    """When queued records become durable, with the defaults of the C++ options.h.

    Also a mapping: ``fw.open(data, factors, **fw.FactorWalConfig.low_latency())``.

    >>> FactorWalConfig.high_throughput().batch_size
    1000
    """

    batch_size: int = 100
    max_delay_ms: int = 10
    enable_group_commit: bool = True
    adaptive: bool = True
    sync_interval_ms: int = 1000
    when_full: str = "wait"
    on_storage_failure: str = "stop"
    channel: str = "shm"
    channel_bytes: int = 8 << 20
    persister_wait: str = "block"
    allow_any_timestamp: bool = False

    @classmethod
    def high_throughput(cls) -> FactorWalConfig:
        """Large batches."""
        return cls(batch_size=1000, max_delay_ms=50)

    @classmethod
    def low_latency(cls) -> FactorWalConfig:
        """Written at once, and synced once a second: not power-safe in between."""
        return cls(batch_size=10, max_delay_ms=1, enable_group_commit=False)

    @classmethod
    def balanced(cls) -> FactorWalConfig:
        """The defaults."""
        return cls()

    def keys(self) -> Iterator[str]:
        return (field.name for field in dataclasses.fields(self))

    def __getitem__(self, name: str) -> Any:
        if name not in set(self.keys()):
            raise KeyError(name)
        return getattr(self, name)


def make_options(settings: dict[str, Any]) -> _core.EngineOptions:
    options = _core.EngineOptions()
    for name, value in settings.items():
        try:
            setattr(options, name, value)
        except TypeError:
            kind = type(getattr(options, name)).__name__
            kind = "a whole number, 0 or more," if kind == "int" else f"a {kind}"
            raise TypeError(f"{name}: {kind} is asked for, not {value!r}") from None
    return options
