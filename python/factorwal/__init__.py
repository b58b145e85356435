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
from ._config import FactorWalConfig
from ._core import (
    ATR,
    DEMA,
    EMA,
    MACD,
    RSI,
    BollingerBands,
    BuiltInOperator,
    Change,
    Delay,
    Delta,
    Factor,
    Instrument,
    LogReturn,
    Mid,
    OiDelta,
    QueueImbalance,
    Record,
    RollingCorr,
    RollingMax,
    RollingMean,
    RollingMin,
    RollingStd,
    RollingSum,
    Spread,
    Ticket,
    Values,
)
from ._directory import (
    BackupReport,
    LogStatus,
    Retention,
    Verification,
    apply_retention,
    backup,
    examine,
    rings,
    status,
    survey_retention,
    verify,
)
from ._engine import Engine, compute, open
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
    MissingOperator,
    NotFound,
    Storage,
    Timeout,
    Unavailable,
)
from ._explain import Explanation, ExplainedTick, Step, explain
from ._expressions import Expr, f, if_else
from ._factors import FactorSet
from ._facts import Certificate, DataAtRisk, FactorQuality, Marks, PersisterStats, StorageHealth
from ._graph import Graph, GraphNode
from ._history import History, history
from ._missing import MissingOperatorUse
from ._operators import OperatorInfo, operators
from ._own import Operator, operator
from ._persister import FactorWalPersister
from ._records import Records, records
from ._sample import sample_ticks
from ._stream import StreamFactorEngine, WalStreamFactorEngine
from ._subscribe import Subscription
from ._table import Table
from ._wal import FactorWalConsumer, FactorWalMessage, WalManager

__version__ = _version("factorwal")

__all__ = [
    "ATR",
    "ArchiveReport",
    "ArchiveVerification",
    "BackupReport",
    "Batch",
    "BollingerBands",
    "BuiltInOperator",
    "Busy",
    "Certificate",
    "Change",
    "Closed",
    "Corruption",
    "DEMA",
    "DataAtRisk",
    "Delay",
    "Delta",
    "EMA",
    "Engine",
    "ExplainedTick",
    "Explanation",
    "Expr",
    "Factor",
    "FactorQuality",
    "FactorSet",
    "FactorSyntax",
    "FactorWalConfig",
    "FactorWalConsumer",
    "FactorWalMessage",
    "FactorWalPersister",
    "FactorwalError",
    "Forked",
    "Graph",
    "GraphNode",
    "History",
    "Instrument",
    "InvalidArgument",
    "Locked",
    "LogReturn",
    "LogStatus",
    "MACD",
    "Marks",
    "Mid",
    "MissingOperator",
    "MissingOperatorUse",
    "NotFound",
    "OiDelta",
    "Operator",
    "OperatorInfo",
    "PersisterStats",
    "QueueImbalance",
    "RSI",
    "Record",
    "Records",
    "Retention",
    "RollingCorr",
    "RollingMax",
    "RollingMean",
    "RollingMin",
    "RollingStd",
    "RollingSum",
    "Spread",
    "Step",
    "Storage",
    "StorageHealth",
    "StreamFactorEngine",
    "Subscription",
    "Table",
    "Ticket",
    "Timeout",
    "Unavailable",
    "Values",
    "Verification",
    "WalManager",
    "WalStreamFactorEngine",
    "apply_retention",
    "archive",
    "backup",
    "compute",
    "examine",
    "explain",
    "f",
    "history",
    "if_else",
    "open",
    "operator",
    "operators",
    "records",
    "rings",
    "sample_ticks",
    "status",
    "survey_retention",
    "verify",
    "verify_archive",
]
