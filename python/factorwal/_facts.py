"""What an engine or a persister tells of itself."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


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


class StorageHealth(NamedTuple):
    """How storage is doing."""

    state: str  #: "ok"; "degraded": it fails, and is tried again; "stopped": nothing is accepted
    reason: str  #: what fails now; empty while nothing does
    errno_value: int  #: of the operating system; 0 if it was not the reason
    seconds: float  #: since the state became this
    last_failure: str  #: stays when storage works again


class PersisterStats(NamedTuple):
    """Counts since a persister began."""

    commits: int  #: writes that were followed by a sync, or would be
    syncs: int  #: fdatasync calls on the log
    bytes_written: int  #: to the log
    waits: int  #: sends that had to wait for space in the channel
    refusals: int  #: sends that found the channel full
    outages: int  #: times that storage began to fail


class FactorQuality(NamedTuple):
    """How far a value can be trusted to be that of an engine which saw every tick."""

    #: "exact", "approximate" (some operator began too late), "hit" (missing), or "absent" (its operator
    #: is not registered: see Engine.missing_operators)
    quality: str
    since: int  #: the sequence at which its doubt began; 0 when exact

    def _repr_html_(self) -> str:
        from ._html import quality

        return quality(self)


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

    def _repr_html_(self) -> str:
        from ._html import certificate

        return certificate(self)
