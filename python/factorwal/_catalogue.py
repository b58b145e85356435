"""The functions of the language as Python has them: from the engine's own list."""

from __future__ import annotations

import difflib
import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import _core
from ._expressions import Expr, call, is_constant

#: Functions of the program's own, by name; see factorwal.operator.
own: dict[str, Function] = {}
#: Their versions.
own_versions: dict[str, int] = {}


@dataclass(frozen=True)
class Function:
    """A name that an expression calls."""

    name: str  #: as it is called: an alias stays one
    signature: str
    outputs: tuple[str, ...]  #: empty when there is one
    doc: str
    #: Of a program's own: names of its numbers, and how many series come before them.
    numbers: tuple[str, ...] | None = None
    series: int = 0

    def arranged(self, args: list[Any], named: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The language takes the numbers of a program's own functions by place alone."""
        if self.numbers is None or not named:
            return args, named
        begin = self.series if any(isinstance(a, Expr) and not is_constant(a) for a in args) else 0
        for name in self.numbers[len(args) - begin :]:
            if name not in named:
                raise TypeError(f"`{name}` is missing: {self.signature}")
            args.append(named.pop(name))
        if named:
            raise TypeError(f"no argument `{next(iter(named))}`: {self.signature}")
        return args, {}


@functools.cache
def _built_in() -> dict[str, Function]:
    found: dict[str, Function] = {}
    for name, aliases, signature, outputs, first_value, definition, source in _core.operator_list():
        several = tuple(outputs) if len(outputs) > 1 else ()
        lines = [definition, ""]
        if several:
            lines.append(f"Outputs: {', '.join(outputs)}.")
        lines += [f"First value: {first_value}.", f"Source: {source}."]
        for called in (name, *aliases):
            of = [f"An alias of {name}.", ""] if called != name else []
            doc = "\n".join([signature, "", *of, *lines])
            found[called] = Function(called, signature, several, doc)
    return found


def all_functions() -> dict[str, Function]:
    return {**_built_in(), **own}


def function_names() -> list[str]:
    return sorted(all_functions())


def field_names() -> list[str]:
    return _core.parse_factors("", None).fields


def function(name: str) -> Function:
    known = own.get(name) or _built_in().get(name)
    if known is not None:
        return known
    near = difflib.get_close_matches(name, all_functions(), 1)
    raise AttributeError(
        f"no function `{name}`" + (f" (did you mean `{near[0]}`?)" if near else "")
    )


def documentation(name: str) -> str:
    known = all_functions().get(name)
    return known.doc if known else f"The field, or the earlier factor, `{name}`."


class _Shown(str):
    """A default as the language writes it."""

    def __repr__(self) -> str:
        return str(self)


def _signature(of: Function, *, bound: bool) -> inspect.Signature:
    inside = of.signature[of.signature.index("(") + 1 : of.signature.rindex(")")]
    parameters = []
    for part in filter(None, re.split(r",\s*", inside)):
        name, _, default = part.partition("=")
        parameters.append(
            inspect.Parameter(
                name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=_Shown(default) if default else inspect.Parameter.empty,
            )
        )
    return inspect.Signature(parameters[1:] if bound else parameters, return_annotation=Expr)


def bound(name: str, first: Expr) -> Callable[..., Expr]:
    """The function of that name with its first series."""
    of = function(name)

    def method(*args: Any, **numbers: Any) -> Expr:
        return call(of, (first, *args), numbers)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = of.doc
    method.__module__ = "factorwal"
    method.__signature__ = _signature(of, bound=True)  # type: ignore[attr-defined]
    return method
