"""What a call with a wrong argument is told: which one, what it is, and what is asked for."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from . import _core

#: Whether a value may be one, by the name of what is asked for. What is not here is a class.
_FITS: dict[str, Callable[[Any], bool]] = {
    "Any": lambda _: True,
    "object": lambda _: True,
    "None": lambda x: x is None,
    "str": lambda x: isinstance(x, str),
    "bytes": lambda x: isinstance(x, bytes),
    "bool": lambda x: isinstance(x, bool) or type(x).__name__ == "bool",
    "int": lambda x: hasattr(x, "__index__"),
    "float": lambda x: hasattr(x, "__float__") or hasattr(x, "__index__"),
    "PathLike": lambda x: hasattr(x, "__fspath__"),
    "Callable": callable,
    "Mapping": lambda x: hasattr(x, "keys"),
    **dict.fromkeys(("Sequence", "Iterable", "list", "tuple", "NDArray"),
                    lambda x: hasattr(x, "__iter__") or hasattr(x, "__getitem__")),
}  # fmt: skip
_FITS["dict"] = _FITS["Mapping"]
#: What names of this package's own stand for.
_OWN = {
    "Directory": "str | os.PathLike[str]",
    "Factors": "str | FactorSet | Mapping[str, Expr]",
    "Fields": "str | Sequence[str]",
    "Callback": "Callable[[Change], object]",
}
#: Calls that keep what they are given for later: looked at before.
_KEEPERS = {"filter", "history", "records", "open", "subscribe", "explain", "join",
            "verify_archive", "__init__"}  # fmt: skip
#: Classes that programs make themselves.
_MADE = {"FactorSet", "FactorWalConfig", "FactorWalConsumer", "FactorWalPersister", "History", "WalManager",
         "StreamFactorEngine", "WalStreamFactorEngine"}  # fmt: skip


def _split(text: str, at: str) -> list[str]:
    """
    >>> _split("a: list[int, str], b: str = ', '", ",")
    ['a: list[int, str]', "b: str = ', '"]
    """
    parts, depth, quoted, begun = [], 0, "", 0
    for i, letter in enumerate(text):
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "'\"":
            quoted = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == at and depth == 0:
            parts.append(text[begun:i].strip())
            begun = i + 1
    return [*parts, text[begun:].strip()] if text[begun:].strip() else parts


def _kinds(wanted: str) -> list[str]:
    """
    >>> _kinds("collections.abc.Sequence[str] | Directory | None")
    ['Sequence[str]', 'str', 'PathLike[str]', 'None']
    """
    wanted = " | ".join(_OWN.get(one, one) for one in _split(wanted, "|"))
    return _split(re.sub(r"\b(?:\w+\.)+(\w)", r"\1", wanted), "|")


def _may_be(kind: str, value: Any) -> bool:
    name = kind.partition("[")[0]
    if name in _FITS:
        return _FITS[name](value)
    return name not in _classes() or any(base.__name__ == name for base in type(value).__mro__)


@functools.cache
def _classes() -> set[str]:
    """Of this package."""
    import factorwal

    return {name for scope in (_core, factorwal) for name, one in vars(scope).items()
            if inspect.isclass(one)}  # fmt: skip


def _wrong(name: str, kinds: list[str], value: Any) -> str | None:
    """
    >>> _wrong("timeout", ["float", "None"], object())
    'timeout: float or None is asked for, not object'
    >>> _wrong("timeout", ["float", "None"], 2)
    """
    if not kinds or any(_may_be(kind, value) for kind in kinds):
        return None
    return f"{name}: {' or '.join(kinds)} is asked for, not {type(value).__name__}"


def _given(signature: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Name, what is asked for and value, of nanobind's text of a signature."""
    places = list(args)
    for parameter in _split(signature, ","):
        name, _, rest = (part.strip() for part in parameter.partition(":"))
        if name == "*":
            places = []
        elif places and name != "/":
            yield name, (_split(rest, "=") or [""])[0], places.pop(0)
        elif name in kwargs:
            yield name, (_split(rest, "=") or [""])[0], kwargs[name]


def told(message: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """nanobind's message in our words.

    >>> print(told('''flush(): incompatible function arguments. The following argument types are supported:
    ...     1. flush(self, timeout: float | None = None) -> None
    ...
    ... Invoked with types: factorwal.Engine, object''', (None, object()), {}))
    flush(): timeout: float or None is asked for, not object
    """
    name, _, rest = message.partition("(): ")
    listed, _, came = rest.partition("\nInvoked with types: ")
    signatures = re.findall(r"^ +\d+\. (?:def )?\w+\((.*)\)(?: -> .*)?:?$", listed, re.MULTILINE)
    name = "" if name == "__init__" else f"{name}(): "
    wrong = []
    for signature in signatures:
        pairs = _given(signature, args, kwargs)
        found = (_wrong(one, _kinds(wanted), value) for one, wanted, value in pairs)
        wrong.append(next((one for one in found if one), None))
    if wrong and all(wrong):
        return name + "; or ".join(dict.fromkeys(one for one in wrong if one))
    asked = " or ".join(f"({_arguments(one)})" for one in signatures)
    came = ", ".join(_split(came, ",")[1 if args and "self" in listed else 0:])  # fmt: skip
    return f"{name}{asked} is asked for; what came is ({came})"


def _arguments(signature: str) -> str:
    shown = [one for one in _split(signature, ",") if one not in ("self", "/")]
    return ", ".join(re.sub(r"\b(?:\w+\.)+(\w)", r"\1", one) for one in shown)


def _told_call(function: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(function)
    kinds = {
        name: _kinds(one.annotation)
        for name, one in signature.parameters.items()
        if isinstance(one.annotation, str) and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    }
    name = "" if function.__name__ == "__init__" else f"{function.__name__}(): "
    keeps = function.__name__ in _KEEPERS

    def check(args: tuple[Any, ...], kwargs: dict[str, Any], cause: Exception | None) -> None:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:
            return  # how many, and their names: Python says it
        for one, value in given.items():
            if one in kinds and (wrong := _wrong(one, kinds[one], value)):
                raise TypeError(name + wrong) from cause

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if keeps:
            check(args, kwargs, None)
        try:
            return function(*args, **kwargs)
        except (TypeError, AttributeError, ValueError) as error:
            check(args, kwargs, error)
            raise

    return call


def tell_wrong_arguments(scope: dict[str, Any]) -> None:
    """The public functions and methods of a module's names, from now on: a TypeError says which
    argument is wrong."""
    for name, value in list(scope.items()):
        if name.startswith("_") or not getattr(value, "__module__", "").startswith("factorwal."):
            continue
        if not inspect.isclass(value):
            if _is_plain(value):
                scope[name] = _told_call(value)
            continue
        for method_name, method in list(vars(value).items()):
            if method_name.startswith("_") and not (method_name == "__init__" and name in _MADE):
                continue
            if isinstance(method, (staticmethod, classmethod)):
                setattr(value, method_name, type(method)(_told_call(method.__func__)))
            elif _is_plain(method):
                setattr(value, method_name, _told_call(method))


def _is_plain(value: Any) -> bool:
    return inspect.isfunction(value) and not (
        inspect.isgeneratorfunction(value) or inspect.iscoroutinefunction(value)
    )
