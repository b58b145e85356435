"""Factors written as Python expressions."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from ._catalogue import Function

# How tightly an expression's outermost operation binds, as in Python.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(9)
_BINARY: Final = {
    "or": _OR, "and": _AND,
    "==": _COMPARE, "!=": _COMPARE, "<": _COMPARE, "<=": _COMPARE, ">": _COMPARE, ">=": _COMPARE,
    "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER,
}  # fmt: skip
_RESERVED: Final = frozenset(
    "factor let def on and or not if else then true false dialect import where with nan".split()
)
_DURATION: Final = re.compile(r"\d+(\.\d+)?(ns|us|ms|s|m|h)")
_UNITS: Final = (
    ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
    ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
)  # fmt: skip

_NO_TRUTH: Final = (
    "an expression has no truth value before there are ticks: write a & b, a | b and ~a for and, or "
    "and not, (a < b) & (b < c) for a < b < c, factorwal.if_else(condition, a, b) for if"
)


class Expr:
    """A value that is computed for every tick; made from `factorwal.f`, never changed.

    Arithmetic, comparisons, `&`, `|`, `~` and the functions of the language (methods, this
    expression as the first argument) make further ones. Nothing is computed before a FactorSet, an
    engine or `compute` takes it. `==` makes an expression as `<` does; as keys of dicts, and in sets,
    expressions go by identity.

    >>> from factorwal import f
    >>> (f.close - f.close.ts_mean(20)) / f.close.ts_std(20)
    <Expr: (close - ts_mean(close, 20)) / ts_std(close, 20)>
    """

    __slots__ = ("_kind", "_text", "_args", "_keys", "_outputs", "__weakref__")
    _kind: str  # field, number, unary, binary, call, output
    _text: str  # the name, the number, the symbol; of an output its index
    _args: tuple[Expr, ...]
    _keys: tuple[str, ...]  # of a call: names of its last arguments
    _outputs: tuple[str, ...]  # of a call that gives several

    # numpy's numbers on the left leave it to the expression on the right.
    __array_ufunc__ = None

    def __init__(self) -> None:
        raise TypeError("expressions begin with factorwal.f, e.g. f.close")

    def __add__(self, other: Any) -> Expr:
        return _binary("+", self, other)

    def __radd__(self, other: Any) -> Expr:
        return _binary("+", other, self)

    def __sub__(self, other: Any) -> Expr:
        return _binary("-", self, other)

    def __rsub__(self, other: Any) -> Expr:
        return _binary("-", other, self)

    def __mul__(self, other: Any) -> Expr:
        return _binary("*", self, other)

    def __rmul__(self, other: Any) -> Expr:
        return _binary("*", other, self)

    def __truediv__(self, other: Any) -> Expr:
        return _binary("/", self, other)

    def __rtruediv__(self, other: Any) -> Expr:
        return _binary("/", other, self)

    def __pow__(self, other: Any) -> Expr:
        return _binary("**", self, other)

    def __rpow__(self, other: Any) -> Expr:
        return _binary("**", other, self)

    def __lt__(self, other: Any) -> Expr:
        return _binary("<", self, other)

    def __le__(self, other: Any) -> Expr:
        return _binary("<=", self, other)

    def __gt__(self, other: Any) -> Expr:
        return _binary(">", self, other)

    def __ge__(self, other: Any) -> Expr:
        return _binary(">=", self, other)

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return _binary("==", self, other)

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return _binary("!=", self, other)

    def __and__(self, other: Any) -> Expr:
        return _binary("and", self, other)

    def __rand__(self, other: Any) -> Expr:
        return _binary("and", other, self)

    def __or__(self, other: Any) -> Expr:
        return _binary("or", self, other)

    def __ror__(self, other: Any) -> Expr:
        return _binary("or", other, self)

    def __invert__(self) -> Expr:
        return make("unary", "not", (one_value(self),))

    def __neg__(self) -> Expr:
        return make("unary", "-", (one_value(self),))

    def __pos__(self) -> Expr:
        return one_value(self)

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __bool__(self) -> bool:
        raise TypeError(_NO_TRUTH)

    def __iter__(self) -> Iterator[Expr]:
        if not self._outputs:
            raise TypeError(f"{self!r} is one value: there is nothing to unpack or to go through")
        return iter([_output(self, i) for i in range(len(self._outputs))])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        from ._catalogue import bound

        if self._outputs:
            if name in self._outputs:
                return _output(self, self._outputs.index(name))
            raise AttributeError(
                f"no output `{name}` of {self._text}; there are {', '.join(self._outputs)}"
            )
        return bound(name, self)

    def __dir__(self) -> list[str]:
        from ._catalogue import function_names

        return list(self._outputs) or function_names()

    def __copy__(self) -> Expr:
        return self

    def __deepcopy__(self, memo: Any) -> Expr:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # Flat, since pickle goes no thousand levels deep.
        nodes = postorder(self)
        places = {id(node): i for i, node in enumerate(nodes)}
        return _rebuild, (
            [
                (n._kind, n._text, tuple(places[id(a)] for a in n._args), n._keys, n._outputs)
                for n in nodes
            ],
        )

    def __str__(self) -> str:
        """As the language has it; parts that are used often, or lie deep, are `let`s before it."""
        from ._rendering import expression_text

        return expression_text(self)

    def __repr__(self) -> str:
        text = "; ".join(str(self).splitlines())
        return f"<Expr: {text if len(text) <= 300 else text[:140] + ' ... ' + text[-140:]}>"


class Name(Expr):
    __slots__ = ()

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        from ._catalogue import documentation

        return documentation(self._text)

    def __call__(self, *args: Any, **numbers: Any) -> Expr:
        from ._catalogue import function

        return call(function(self._text), args, numbers)


def make(
    kind: str,
    text: str,
    args: tuple[Expr, ...] = (),
    keys: tuple[str, ...] = (),
    outputs: tuple[str, ...] = (),
) -> Expr:
    made = Expr.__new__(Name if kind == "field" else Expr)
    made._kind, made._text, made._args, made._keys, made._outputs = kind, text, args, keys, outputs
    return made


def _rebuild(nodes: list[tuple[str, str, tuple[int, ...], tuple[str, ...], tuple[str, ...]]]) -> Expr:
    made: list[Expr] = []
    for kind, text, args, keys, outputs in nodes:
        made.append(make(kind, text, tuple(made[i] for i in args), keys, outputs))
    return made[-1]


def postorder(*roots: Expr) -> list[Expr]:
    """Every node once, arguments before what takes them."""
    done: list[Expr] = []
    seen: set[int] = set()
    stack: list[tuple[Expr, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, entered = stack.pop()
        if entered:
            done.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((argument, False) for argument in reversed(node._args))
    return done


def one_value(expression: Expr) -> Expr:
    if expression._outputs:
        outputs = expression._outputs
        raise TypeError(
            f"{expression._text} gives {len(outputs)} values ({', '.join(outputs)}): pick one, as in "
            f".{outputs[0]}, or unpack them"
        )
    return expression


def is_constant(expression: Expr) -> bool:
    return all(n._kind in ("number", "unary", "binary") for n in postorder(expression))


def number_text(value: Any) -> str:
    """With all digits, so that the language reads the same float64."""
    if isinstance(value, (int, np.integer)):
        whole = int(value)
        if abs(whole) <= 2**53:
            return str(whole)
        if abs(whole) >= 2**1023 or int(float(whole)) != whole:
            raise ValueError(f"{whole} is no float64 exactly")
        return repr(float(whole))
    number = float(value)
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        raise ValueError("infinity is no number of the language; missing is float('nan')")
    return repr(number)


def duration_text(value: Any) -> str:
    if isinstance(value, np.timedelta64):
        total = int(value.astype("timedelta64[ns]").astype(np.int64))
    else:
        microseconds = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
        total = microseconds * 1000 + int(getattr(value, "nanoseconds", 0))
    if total <= 0:
        raise ValueError(f"a duration is more than nothing, not {value!r}")
    unit, size = next((unit, size) for unit, size in _UNITS if total % size == 0)
    return f"{total // size}{unit}"


def expression(value: Any) -> Expr:
    """The expression that a value is as an operand or an argument."""
    if isinstance(value, Expr):
        return one_value(value)
    if isinstance(value, (bool, np.bool_)):
        raise TypeError("True and False are no numbers of the language; write 1 and 0")
    # A numpy.timedelta64 is a numpy.signedinteger.
    if isinstance(value, (dt.timedelta, np.timedelta64)):
        return make("number", duration_text(value))
    if isinstance(value, (int, float, np.integer, np.floating)):
        text = number_text(value)
        if text.startswith("-"):
            return make("unary", "-", (make("number", text[1:]),))
        return make("number", text)
    if isinstance(value, str):
        if _DURATION.fullmatch(value):
            return make("number", value)
        raise TypeError(f"{value!r} is no duration, as \"500ms\" is; a field is written f[{value!r}]")
    raise TypeError(f"an expression or a number is asked for, not {type(value).__name__}")


def field(name: str) -> Name:
    if not name or any(c in name for c in "`\r\n"):
        raise ValueError(f"{name!r} cannot be a field's name")
    made = make("field", name)
    assert isinstance(made, Name)
    return made


def field_text(name: str) -> str:
    return name if name.isidentifier() and name not in _RESERVED else f"`{name}`"


def _output(of: Expr, index: int) -> Expr:
    return make("output", str(index), (of,))


def _binary(symbol: str, left: Any, right: Any) -> Expr:
    for side in (left, right):
        if not isinstance(side, (Expr, int, float, np.number, str, dt.timedelta, np.bool_)):
            return NotImplemented  # type: ignore[no-any-return]
    return make("binary", symbol, (expression(left), expression(right)))


def call(of: Function, args: Sequence[Any], numbers: dict[str, Any]) -> Expr:
    args, numbers = of.arranged(list(args), dict(numbers))
    given = tuple(expression(a) for a in (*args, *numbers.values()))
    return make("call", of.name, given, tuple(numbers), of.outputs)


class Fields:
    """Names of the language: `f.close` is a field of the ticks or an earlier factor, `f["Adj Close"]`
    one whose name is no word or begins with `_`, and a name that is called is a function, `f.ts_mean(f.close, 20)` as
    `f.close.ts_mean(20)`, or of the default fields, `f.atr(14)`."""

    def __getattr__(self, name: str) -> Name:
        if name.startswith("_"):  # what Python and notebooks ask every object for
            raise AttributeError(f"a name that begins with _ is written f[{name!r}]")
        return field(name)

    def __getitem__(self, name: str) -> Name:
        return field(name)

    def __dir__(self) -> list[str]:
        from ._catalogue import field_names, function_names

        return sorted({*field_names(), *function_names()})

    def __reduce__(self) -> str:
        return "f"

    def __repr__(self) -> str:
        return "factorwal.f"


f: Final = Fields()


def if_else(condition: Any, then: Any, otherwise: Any) -> Expr:
    """`then` where the condition holds, else `otherwise`; for every tick."""
    return make("call", "if_else", tuple(expression(v) for v in (condition, then, otherwise)))
