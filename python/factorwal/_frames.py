"""Batches of arrays as one DataFrame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas



class _Ids:
    """Places of batches, each with texts of its own, as places in one list."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def renumber(self, places: Any, texts: list[str]) -> Any:
        numbers = [self.places.setdefault(text, len(self.places)) for text in texts]
        return np.asarray(numbers, np.int32)[places]


def to_pandas(batches: Iterable[dict[str, Any]]) -> pandas.DataFrame:
    """`batches`: at least one, as batch_arrays gives them."""
    import pandas

    columns: dict[str, list[Any]] = {}
    ids: dict[str, _Ids] = {}
    for batch in batches:
        for name, values in batch.items():
            if isinstance(values, tuple):
                values = ids.setdefault(name, _Ids()).renumber(*values)
            columns.setdefault(name, []).append(values)
    frame: dict[str, Any] = {}
    for name, parts in columns.items():
        values = np.concatenate(parts)
        if name in ids:
            frame[name] = pandas.Categorical.from_codes(values, list(ids[name].places))
        elif name == "timestamp":
            frame[name] = pandas.DatetimeIndex(values.view("datetime64[ns]")).tz_localize("UTC")
        else:
            frame[name] = values
    return pandas.DataFrame(frame, copy=False)
