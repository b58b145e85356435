"""Functions compiled by numba for the engine."""

from __future__ import annotations

import inspect
from typing import Any

from ._own import _NEEDS_NUMBA


def compile_function(function: Any, shape: tuple[int, int, int, int]) -> Any:
    """A numba.cfunc that gives 0, or 1 when the function raised. shape: how many inputs, parameters,
    numbers of state and outputs there are."""
    try:
        import numba as module
    except ImportError as error:
        raise ImportError(_NEEDS_NUMBA) from error

    numba: Any = module  # its types are not complete
    python = getattr(function, "py_func", function)
    if len(inspect.signature(python).parameters) != 4:
        raise TypeError(
            f"{python.__name__} is called with four arrays: inputs, parameters, state, outputs"
        )
    # No fast-math: the bits are a contract. Bounds are checked, since a write beyond them would be
    # into the engine's memory.
    if not hasattr(function, "py_func"):
        function = numba.njit(error_model="numpy", boundscheck=True)(function)
    carray = numba.carray
    inputs_count, parameters_count, state_count, outputs_count = shape
    numbers = numba.types.CPointer(numba.float64)

    def tick(inputs: Any, parameters: Any, state: Any, outputs: Any) -> int:
        try:
            function(
                carray(inputs, (inputs_count,)),
                carray(parameters, (parameters_count,)),
                carray(state, (state_count,)),
                carray(outputs, (outputs_count,)),
            )
        except Exception:
            return 1
        return 0

    return numba.cfunc(numba.int32(numbers, numbers, numbers, numbers))(tick)
