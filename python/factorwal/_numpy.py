"""Arrays by name as Arrow columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[Any]
_Column = tuple[str, str, tuple[_Array, ...]]

_FORMATS = {
    "int8": "c", "uint8": "C", "int16": "s", "uint16": "S", "int32": "i", "uint32": "I",
    "int64": "l", "uint64": "L", "float16": "e", "float32": "f", "float64": "g",
}  # fmt: skip
_UNITS = {"s": "tss:", "ms": "tsm:", "us": "tsu:", "ns": "tsn:"}


def columns_of(x: Any) -> tuple[list[_Column], int] | None:
    """Columns and their length, of a structured array or a mapping of names to sequences; None of
    anything else."""
    if isinstance(x, np.ndarray) and x.dtype.names:
        arrays = {name: np.ascontiguousarray(x[name]) for name in x.dtype.names}
    elif isinstance(x, Mapping) and x:
        arrays = {str(name): np.asarray(values) for name, values in x.items()}
    else:
        return None
    lengths = {name: len(array) for name, array in arrays.items() if array.ndim == 1}
    if len(lengths) != len(arrays) or len(set(lengths.values())) != 1:
        raise ValueError(f"ticks: arrays of one length each are asked for, not {lengths or arrays}")
    return [_column(name, array) for name, array in arrays.items()], next(iter(lengths.values()))


def _column(name: str, array: _Array) -> _Column:
    if array.dtype.kind in "UOT":
        return _texts(name, array)
    if array.dtype.kind == "M":
        return _times(name, array)
    if array.dtype.kind == "b":
        array = array.astype(np.uint8)
    native = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="), copy=False))
    form = _FORMATS.get(native.dtype.name)
    if form is None:
        raise TypeError(f"ticks: the column {name} is an array of {array.dtype}, which is no number, "
                        "time or text")  # fmt: skip
    return name, form, (native,)


def _times(name: str, array: _Array) -> _Column:
    unit = np.datetime_data(array.dtype)[0]
    if unit not in _UNITS:
        array, unit = array.astype("datetime64[s]"), "s"
    if np.isnat(array).any():
        raise ValueError(f"ticks: the column {name} has NaT: a tick needs its time")
    return name, _UNITS[unit], (np.ascontiguousarray(array).view(np.int64),)


def _texts(name: str, array: _Array) -> _Column:
    for text in array:
        if not isinstance(text, str):
            raise TypeError(f"ticks: the column {name} has {text!r}, which is no str; "
                            "array.astype(float) makes numbers of objects")  # fmt: skip
    encoded = [text.encode() for text in array]
    ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
    offsets = np.concatenate([np.zeros(1, np.int64), ends])
    return name, "U", (offsets, np.frombuffer(b"".join(encoded) or b"\0", np.uint8))
