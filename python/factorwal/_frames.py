"""Batches of arrays as one table of numpy or pandas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas


class _Ids:
    """Places of batches, each with texts of its own, as places in one list."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def renumber(self, places: Any, texts: list[str]) -> Any:
        numbers = [self.places.setdefault(text, len(self.places)) for text in texts]
        return np.asarray(numbers, np.int32)[places]


def _joined(batches: Iterable[dict[str, Any]]) -> tuple[dict[str, NDArray[Any]], dict[str, list[str]]]:
    """Columns, of ids places in the texts beside them. `batches`: at least one, as batch_arrays gives
    them."""
    columns: dict[str, list[Any]] = {}
    ids: dict[str, _Ids] = {}
    for batch in batches:
        for name, values in batch.items():
            if isinstance(values, tuple):
                values = ids.setdefault(name, _Ids()).renumber(*values)
            columns.setdefault(name, []).append(values)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    joined["timestamp"] = joined["timestamp"].view("datetime64[ns]")
    return joined, {name: list(one.places) for name, one in ids.items()}


def to_numpy(batches: Iterable[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    """Ids are arrays of str objects, times datetime64[ns] of UTC."""
    columns, texts = _joined(batches)
    for name, known in texts.items():
        columns[name] = np.asarray(known, object)[columns[name]]
    return columns


def to_pandas(batches: Iterable[dict[str, Any]]) -> pandas.DataFrame:
    """Ids are categorical, times datetime64[ns, UTC]."""
    import pandas

    columns, texts = _joined(batches)
    frame: dict[str, Any] = dict(columns)
    for name, known in texts.items():
        frame[name] = pandas.Categorical.from_codes(columns[name], known)
    frame["timestamp"] = pandas.DatetimeIndex(columns["timestamp"]).tz_localize("UTC")
    return pandas.DataFrame(frame, copy=False)
