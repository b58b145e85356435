"""Streaming factors that survive ``kill -9``, bit for bit.

>>> import tempfile
>>> import factorwal as fw
>>> with fw.open(tempfile.mkdtemp(), "ma2 = ts_mean(close, 2)", fields=["close"]) as eng:
...     cu = eng.instrument("SHFE.cu2501")
...     for i, price in enumerate([10.0, 11.0, 13.0]):
...         v = eng.process(cu, 1_700_000_000_000_000_000 + i, (price,))
>>> v["ma2"]
12.0
"""

from importlib.metadata import version as _version

from ._archives import ArchiveReport, ArchiveVerification, archive, verify_archive
from ._core import Instrument, Ticket, Values
from ._engine import Certificate, DataAtRisk, Engine, Marks, compute, open
from ._errors import (
    Batch,
    Busy,
    Closed,
    Corruption,
    FactorSyntax,
    FactorwalError,
    Forked,
    InvalidArgument,
    Locked,
    NotFound,
    Storage,
    Timeout,
    Unavailable,
)
from ._factors import FactorSet
from ._history import History, history
from ._table import Table

__version__ = _version("factorwal")

__all__ = [
    "ArchiveReport",
    "ArchiveVerification",
    "Batch",
    "Busy",
    "Certificate",
    "Closed",
    "Corruption",
    "DataAtRisk",
    "Engine",
    "FactorSet",
    "FactorSyntax",
    "FactorwalError",
    "Forked",
    "History",
    "Instrument",
    "InvalidArgument",
    "Locked",
    "Marks",
    "NotFound",
    "Storage",
    "Table",
    "Ticket",
    "Timeout",
    "Unavailable",
    "Values",
    "archive",
    "compute",
    "history",
    "open",
    "verify_archive",
]
