"""Operators of a program's own."""

from __future__ import annotations

import ctypes
import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from . import _catalogue, _core
from ._expressions import Expr, call

_NEEDS_NUMBA = (
    "factorwal.operator compiles functions with numba, which is not installed: pip install numba; "
    "or give it a function that is compiled already, e.g. one of ctypes"
)
# ctypes has no public name for the class of all its functions.
_CFUNCTION: Any = ctypes.CFUNCTYPE(None).__mro__[1]
_alive: list[Any] = []  # compiled code that engines may call until the process ends


class Operator:
    """A registered operator. Called, it is an expression: my_ema(f.close, 0.1), as f.close.my_ema(0.1)
    and as my_ema(close, 0.1) in a text."""

    def __init__(self, function: Any, of: _catalogue.Function, version: int) -> None:
        self.function = function  #: what was decorated
        self.name = of.name
        self.version = version
        self.outputs = of.outputs
        self.__doc__ = getattr(function, "__doc__", None)
        self._of = of

    def __call__(self, *args: Any, **numbers: Any) -> Expr:
        return call(self._of, args, numbers)

    @property
    def raised(self) -> int:
        """How many calls ended with an exception; their outputs are missing."""
        return _core.operator_raised(self.name)

    def __repr__(self) -> str:
        return f"<factorwal.Operator: {self._of.signature}, version {self.version}>"


def operator(
    *,
    name: str | None = None,
    version: int,
    state: int = 0,
    inputs: int | Sequence[str] = 1,
    parameters: Sequence[str] = (),
    outputs: Sequence[str] = (),
    initial: Sequence[float] | None = None,
    memory: int | None = None,
) -> Callable[[Any], Operator]:
    """Registers a function as an operator of the language, in this process.

    The function is compiled by numba and called for every tick as `function(inputs, parameters,
    state, outputs)`, four arrays of float64: the tick's inputs (NaN where missing), the numbers of
    the call, the state that the tick before left behind, and the outputs, which are missing until
    they are written. State is saved with snapshots, and there again after a crash, bit for bit. It
    is called without the GIL and by any thread, so it uses nothing but its arguments and constants;
    the same inputs must give the same bits. A function that is compiled already, an address, an
    object with `.address` or a ctypes function, is called with four pointers to float64 and gives
    nothing back.

    name: of the function in the language; the function's own by default. version: raise it when
    what the function computes changes; the new version begins anew, from the logged ticks. state:
    how many numbers it keeps. inputs: how many series it takes, or the fields that are meant where a
    call gives none. parameters: names of the numbers that follow. outputs: names, if there are
    several. initial: the state before the first tick, by default zeros. memory: how many ticks the
    state depends on; without it, on all.

    An exception does not leave the function: that tick's outputs are missing, `raised` counts it, and
    process_many and compute warn.

    >>> import factorwal as fw
    >>> @fw.operator(version=1, state=1, parameters=("alpha",))
    ... def smooth(x, p, s, out):
    ...     s[0] += p[0] * (x[0] - s[0])
    ...     out[0] = s[0]
    >>> fw.FactorSet(slow=fw.f.close.smooth(alpha=0.1)).text
    'factor slow = smooth(close, 0.1)\\n'
    """
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        raise ValueError(f"version is a whole number from 0 on, not {version!r}")
    fields = _default_fields(inputs)
    start = _initial(state, initial)
    if memory is not None and memory < 1:
        raise ValueError(f"memory is a number of ticks from 1 on, not {memory}")

    def register(function: Any) -> Operator:
        called = name if name is not None else getattr(function, "__name__", "")
        shape = (len(fields), len(parameters), len(start), max(1, len(outputs)))
        address, returns_status = _compiled(function, shape)
        note = {"version": version, "inputs": fields, "outputs": list(outputs)}
        _core.register_operator(
            name=called,
            version=version,
            address=address,
            returns_status=returns_status,
            inputs=fields,
            parameters=list(parameters),
            initial=start,
            outputs=list(outputs),
            memory=memory,
            note=json.dumps(note, ensure_ascii=False),
        )
        series = ["x"] if inputs == 1 else fields
        signature = f"{called}({', '.join([*series, *parameters])})"
        doc = "\n".join([signature, "", getattr(function, "__doc__", None) or "", f"Version {version}."])
        several = tuple(outputs) if len(outputs) > 1 else ()
        of = _catalogue.Function(called, signature, several, doc, tuple(parameters), len(fields))
        _catalogue.own[called] = of
        _catalogue.own_versions[called] = version
        return Operator(function, of, version)

    return register


def _default_fields(inputs: int | Sequence[str]) -> list[str]:
    if isinstance(inputs, str):
        return [inputs]
    if not isinstance(inputs, int):
        fields = list(inputs)
    else:
        fields = ["close"] if inputs == 1 else [f"x{i + 1}" for i in range(inputs)]
    if not fields:
        raise ValueError("an operator has inputs: inputs=1 or more, or names of fields")
    return fields


def _initial(state: int, initial: Sequence[float] | None) -> list[float]:
    if state < 0 or state > 1 << 20:
        raise ValueError(f"state is a number of float64 from 0 to {1 << 20}, not {state}")
    values = [0.0] * state if initial is None else [float(v) for v in initial]
    if len(values) != state:
        raise ValueError(f"initial has {len(values)} numbers, and state={state}")
    return values


def _compiled(function: Any, shape: tuple[int, int, int, int]) -> tuple[int, bool]:
    """The address of the code, and whether it tells that it raised."""
    ready: int | None = None
    if isinstance(function, int):
        ready = function
    elif isinstance(function, _CFUNCTION):
        ready = ctypes.cast(function, ctypes.c_void_p).value or 0
    elif hasattr(function, "address"):
        ready = int(function.address)
    if ready is not None:
        if ready <= 0:
            raise ValueError(f"{function!r} has no address: where is its code?")
        _alive.append(function)
        return ready, False
    if not callable(function):
        raise TypeError(f"a function is asked for, not {type(function).__name__}")
    from ._own_numba import compile_function

    compiled = compile_function(function, shape)
    _alive.append(compiled)
    return int(compiled.address), True


def absent_operators(directory: str) -> list[_core.AbsentOperator]:
    """Those that a directory's log uses and this process has not registered."""
    absent: dict[str, _core.AbsentOperator] = {}
    for name, (known, note) in logged_operators(directory).items():
        if name not in _catalogue.own:
            absent[name] = _core.AbsentOperator(
                name, str(known["version"]), known["inputs"], known["outputs"], note
            )
    return list(absent.values())


def logged_operators(directory: str) -> dict[str, tuple[dict[str, Any], str]]:
    """Those that a directory's log has used: by name, what is known of each, and its note."""
    found = {}
    for name, note in _core.logged_functions(directory):
        try:
            known = json.loads(note)
        except ValueError:
            continue  # of a C++ program, in words of its own
        if isinstance(known, dict) and {"version", "inputs", "outputs"} <= known.keys():
            found[name] = (known, note)
    return found


@contextmanager
def raised_is_told() -> Iterator[None]:
    """Warns of operators that have raised within."""
    before = {name: _core.operator_raised(name) for name in _catalogue.own}
    yield
    for name, count in before.items():
        more = _core.operator_raised(name) - count
        if more > 0:
            warnings.warn(
                f"the operator {name} raised an exception for {more} ticks, at which its outputs are "
                "missing; call its .function with arrays to see which",
                RuntimeWarning,
                stacklevel=4,
            )
