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
    MissingOperator,
    NotFound,
    Storage,
    Timeout,
)
from ._explain import Explanation, ExplainedTick, Step, explain
from ._expressions import Expr, f, if_else
from ._factors import FactorSet
from ._graph import Graph, GraphNode
from ._history import History, history
from ._missing import MissingOperatorUse
from ._own import Operator, operator
from ._table import Table

__version__ = _version("factorwal")

__all__ = [
    "Batch",
    "Busy",
    "Certificate",
    "Closed",
    "Corruption",
    "DataAtRisk",
    "Engine",
    "ExplainedTick",
    "Explanation",
    "Expr",
    "FactorSet",
    "FactorSyntax",
    "FactorwalError",
    "Forked",
    "Graph",
    "GraphNode",
    "History",
    "Instrument",
    "InvalidArgument",
    "Locked",
    "Marks",
    "MissingOperator",
    "MissingOperatorUse",
    "NotFound",
    "Operator",
    "Step",
    "Storage",
    "Table",
    "Ticket",
    "Timeout",
    "Values",
    "compute",
    "explain",
    "f",
    "history",
    "if_else",
    "open",
    "operator",
]
