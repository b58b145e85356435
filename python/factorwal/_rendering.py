"""Expressions as text of the language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ._expressions import (
    _ATOM,
    _BINARY,
    _COMPARE,
    _NOT,
    _POWER,
    _UNARY,
    Expr,
    field_text,
    postorder,
)

# Shared parts that are larger than this are written once, as a `let`. (Smaller ones are repeated, so
# that the text is what a person would write; the engine computes equal parts once anyway.)
_SHARED_SIZE = 40
# The language takes 250 levels of brackets and 500 of operators.
_DEPTH = 100


class Rendered(NamedTuple):
    text: str
    owners: list[list[str]]  #: by line: the factors for which it is there


class _Written(NamedTuple):
    text: str
    binding: int


class _Renderer:
    def __init__(self, roots: Sequence[Expr], taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._order = postorder(*roots)
        self._readers = self._count_readers()
        self._picks: dict[int, dict[int, list[Expr]]] = {}  # by call, then by output
        self._named = self._choose_lets()
        self._written: dict[int, _Written] = {}
        self._lets = 0
        self.lines: list[str] = []

    def _count_readers(self) -> dict[int, int]:
        readers: dict[int, int] = {}
        for node in self._order:
            if node._kind == "field":
                self._taken.add(node._text)
            for argument in node._args:
                readers[id(argument)] = readers.get(id(argument), 0) + 1
        return readers

    def _choose_lets(self) -> set[int]:
        named: set[int] = set()
        size: dict[int, int] = {}
        depth: dict[int, int] = {}
        for node in self._order:
            open_args = [a for a in node._args if id(a) not in named]
            size[id(node)] = 1 + len(node._args) - len(open_args) + sum(size[id(a)] for a in open_args)
            depth[id(node)] = 1 + max((depth[id(a)] for a in open_args), default=0)
            if node._outputs or not node._args:
                continue
            if node._kind == "output":
                self._picks.setdefault(id(node._args[0]), {}).setdefault(int(node._text), []).append(node)
                # Read by an operation, it needs a name: the language has no other way to pick one.
                if self._readers.get(id(node), 0) > 0:
                    named.add(id(node))
            elif depth[id(node)] >= _DEPTH or (
                self._readers.get(id(node), 0) > 1 and size[id(node)] > _SHARED_SIZE
            ):
                named.add(id(node))
        for outputs in self._picks.values():
            for same in outputs.values():
                if any(id(one) in named for one in same):
                    named.update(id(one) for one in same)
        return named

    def _new_name(self) -> str:
        while True:
            self._lets += 1
            if (name := f"_{self._lets}") not in self._taken:
                return name

    def write(self, root: Expr) -> _Written:
        """Writes what the root needs that is not written yet; `lines` receives the lets."""
        stack: list[tuple[Expr, bool]] = [(root, False)]
        while stack:
            node, entered = stack.pop()
            if id(node) in self._written:
                continue
            if not entered:
                stack.append((node, True))
                stack.extend((argument, False) for argument in reversed(node._args))
                continue
            written = self._compose(node)
            if id(node) not in self._named:
                self._written[id(node)] = written
            elif node._kind == "output":
                self._name_outputs(node._args[0], written)
            else:
                name = self._new_name()
                self.lines.append(f"let {name} = {written.text}")
                self._written[id(node)] = _Written(name, _ATOM)
        return self._written[id(root)]

    def is_named(self, node: Expr) -> bool:
        return id(node) in self._named

    def _name_outputs(self, call: Expr, written: _Written) -> None:
        outputs = self._picks[id(call)]
        named = [i for i in sorted(outputs) if self.is_named(outputs[i][0])]
        names = {i: self._new_name() for i in named}
        targets = ", ".join(names.get(i, "_") for i in range(named[-1] + 1))
        self.lines.append(f"let ({targets}) = {written.text}")
        for i in named:
            for one in outputs[i]:
                self._written[id(one)] = _Written(names[i], _ATOM)

    def _compose(self, node: Expr) -> _Written:
        parts = [self._written[id(argument)] for argument in node._args]
        if node._kind == "field":
            return _Written(field_text(node._text), _ATOM)
        if node._kind == "number":
            return _Written(node._text, _ATOM)
        if node._kind == "output":
            return parts[0]  # the call; the statement picks
        if node._kind == "call":
            first_named = len(parts) - len(node._keys)
            texts = [part.text for part in parts[:first_named]]
            texts += [f"{key}={part.text}" for key, part in zip(node._keys, parts[first_named:])]
            return _Written(f"{node._text}({', '.join(texts)})", _ATOM)
        if node._kind == "unary":
            binding = _NOT if node._text == "not" else _UNARY
            space = " " if node._text == "not" else ""
            return _Written(node._text + space + _bracketed(parts[0], binding), binding)
        return self._binary(node._text, *parts)

    @staticmethod
    def _binary(symbol: str, left: _Written, right: _Written) -> _Written:
        binding = _BINARY[symbol]
        if symbol == "**":  # from right to left, and -x on its right needs no brackets
            sides = _bracketed(left, _POWER + 1), _bracketed(right, _UNARY)
        elif binding == _COMPARE:  # comparisons are not chained
            sides = _bracketed(left, binding + 1), _bracketed(right, binding + 1)
        else:  # from left to right
            sides = _bracketed(left, binding), _bracketed(right, binding + 1)
        return _Written(f"{sides[0]} {symbol} {sides[1]}", binding)


def _bracketed(part: _Written, least: int) -> str:
    return part.text if part.binding >= least else f"({part.text})"


def expression_text(expression: Expr) -> str:
    renderer = _Renderer([expression], ())
    text = renderer.write(expression).text
    if expression._kind == "output":
        call = expression._args[0]
        text = f"{text}.{call._outputs[int(expression._text)]}"
    return "\n".join([*renderer.lines, text])


def _group(factors: Sequence[tuple[str, Expr]], begin: int) -> int:
    """The end of the factors from `begin` on that are outputs of one call, in its order."""
    first = factors[begin][1]
    end = begin + 1
    if first._kind != "output":
        return end
    index = int(first._text)
    while end < len(factors):
        after = factors[end][1]
        if after._kind != "output" or after._args[0] is not first._args[0] or int(after._text) <= index:
            break
        index = int(after._text)
        end += 1
    return end


def render(factors: Sequence[tuple[str, Expr]]) -> Rendered:
    """A text of these factors in their order, one statement a line."""
    renderer = _Renderer([root for _, root in factors], [name for name, _ in factors])
    owners: list[list[str]] = []
    begin = 0
    while begin < len(factors):
        end = _group(factors, begin)
        group = factors[begin:end]
        root = group[0][1]
        if root._kind == "output" and not any(renderer.is_named(one) for _, one in group):
            at = {int(one._text): name for name, one in group}
            targets = ", ".join(at.get(i, "_") for i in range(max(at) + 1))
            statements = [f"factor ({targets}) = {renderer.write(root).text}"]
        else:
            statements = [_statement(renderer, name, one) for name, one in group]
        renderer.lines += statements
        names = [name for name, _ in group]
        owners += [names] * (len(renderer.lines) - len(owners))
        begin = end
    return Rendered("".join(line + "\n" for line in renderer.lines), owners)


def _statement(renderer: _Renderer, name: str, one: Expr) -> str:
    text = renderer.write(one).text
    if one._kind == "output" and not renderer.is_named(one):
        return f"factor ({'_, ' * int(one._text)}{name}) = {text}"
    return f"factor {name} = {text}"
