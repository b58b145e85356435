"""The exceptions: one tree, each class a different thing to do."""

from __future__ import annotations

import re
from typing import Any


class FactorwalError(Exception):
    """Whatever factorwal refuses or cannot do.

    code: the stable name of what went wrong, e.g. "locked". errno_value: of the operating system; 0
    if it was not the reason.
    """

    code: str = ""
    errno_value: int = 0


class InvalidArgument(FactorwalError, ValueError):
    """Mend the call or the input."""


class NotFound(FactorwalError, LookupError):
    """The named thing does not exist."""


class Locked(FactorwalError):
    """Another engine, of this process or another one, has the directory open."""


class Corruption(FactorwalError):
    """Stored bytes are not what was written.

    findings: the damaged places, each a dict (damage, file, offset, bytes, first_sequence,
    last_sequence, what).
    """

    findings: list[dict[str, Any]] = []


class Storage(FactorwalError):
    """The operating system or the disk refused; what was accepted is in the channel: open again."""


class FactorSyntax(FactorwalError, ValueError):
    """The factor text does not compile; the message shows the line and a caret.

    line, column: from 1; 0 where the text as a whole is meant.
    """

    line: int = 0
    column: int = 0

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        place = re.match(r"[^\n]*?:(\d+):(\d+): ", message)
        if place:
            self.line, self.column = int(place[1]), int(place[2])


class MissingOperator(NotFound):
    """The log uses operators that this program has not registered, and the factors need them.

    operators: name to version.
    """

    operators: dict[str, str] = {}


class Batch(FactorwalError):
    """A batch stopped at a tick or row; those before it are accepted, and no other is.

    accepted: how many. The cause (``__cause__``) has the class of what stopped it.
    """

    accepted: int = 0


class Busy(FactorwalError):
    """Another thread is processing ticks, or the channel is full; try again."""


class Forked(FactorwalError):
    """The engine belongs to the parent of this process: open one here."""


class Closed(FactorwalError):
    """Used after close, or before anything was opened."""


class Timeout(FactorwalError, TimeoutError):
    """Not done yet; try again."""


class Unavailable(FactorwalError, ImportError):
    """An optional part is not installed here; the message says how to get it."""

    code = "unavailable"
