"""Factors written in Python are those of the text that means the same."""

from __future__ import annotations

import copy
import datetime as dt
import inspect
import math
import pickle
import random
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

import factorwal as fw
from factorwal import _core
from conftest import bits, make_columns
from factorwal import f

FIELDS = ["open", "high", "low", "close", "volume", "odd name"]


class Writer:
    """Random trees, each as text with every bracket and as an expression."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def number(self) -> tuple[str, Any]:
        kind = self.random.randrange(4)
        if kind == 0:
            whole = self.random.randrange(-1000, 1000)
            return (str(whole) if whole >= 0 else f"(-{-whole})"), whole
        if kind == 1:
            return "nan", math.nan
        value = self.random.uniform(0, 1) * 10.0 ** self.random.randrange(-12, 12)
        value = value if kind == 2 else -value
        return (repr(value) if value >= 0 else f"(-{-value!r})"), value

    def leaf(self) -> tuple[str, Any]:
        name = self.random.choice(FIELDS)
        return (f"`{name}`" if " " in name or self.random.random() < 0.1 else name), f[name]

    def tree(self, depth: int) -> tuple[str, Any]:
        kind = self.random.randrange(8) if depth > 0 else 0
        if kind == 0:
            return self.leaf()
        text, left = self.tree(depth - 1)
        if kind == 1:
            return f"(-{text})", -left
        if kind == 2:
            window = self.random.randrange(2, 60)
            name = self.random.choice(["ts_mean", "sma", "RollingStd", "ts_std", "ts_max", "ts_rank"])
            if self.random.random() < 0.5:
                return f"{name}({text}, {window})", getattr(left, name)(window)
            built = getattr(f, name)(left, window, minp=2)
            return f"{name}({text}, {window}, minp=2)", built
        if kind == 3:
            other_text, other = self.tree(depth - 1)
            window = self.random.randrange(2, 60)
            return f"ts_corr({text}, {other_text}, {window})", left.ts_corr(other, window)
        if kind == 4:
            number_text, number = self.number()
            symbol = self.random.choice("+-*/")
            if self.random.random() < 0.5:
                return f"({number_text} {symbol} {text})", apply(symbol, number, left)
            return f"({text} {symbol} {number_text})", apply(symbol, left, number)
        symbol = self.random.choice("+-*/")
        other_text, other = self.tree(depth - 1)
        return f"({text} {symbol} {other_text})", apply(symbol, left, other)


def apply(symbol: str, left: Any, right: Any) -> Any:
    if symbol == "+":
        return left + right
    if symbol == "-":
        return left - right
    return left * right if symbol == "*" else left / right


@pytest.mark.parametrize("seed", range(60))
def test_random_trees_are_those_of_the_text(seed: int) -> None:
    writer = Writer(seed)
    trees = [writer.tree(writer.random.randrange(1, 7)) for _ in range(5)]
    text = "".join(f"factor x{i} = {one}\n" for i, (one, _) in enumerate(trees))
    written = fw.FactorSet(text, fields=FIELDS)
    built = fw.FactorSet({f"x{i}": one for i, (_, one) in enumerate(trees)}, fields=FIELDS)
    assert built.graph() == written.graph()
    again = fw.FactorSet.parse(built.text, fields=FIELDS)
    assert again == built
    assert again.graph() == built.graph()
    if "let" not in built.text:
        assert built == written


@pytest.mark.parametrize("seed", range(30))
def test_text_evaluated_by_python_is_itself(seed: int) -> None:
    writer = Writer(1000 + seed)
    text, _ = writer.tree(5)
    canonical = fw.FactorSet("x = " + text, fields=FIELDS).text
    # The canonical text is Python, but for backticks.
    source = canonical.removeprefix("factor x = ").strip().replace("`odd name`", "odd_name")
    names: dict[str, Any] = {name: getattr(f, name) for name in dir(f)}
    names.update({"odd_name": f["odd name"], "nan": math.nan})
    built = eval(source, {"__builtins__": {}}, names)
    assert fw.FactorSet({"x": built}, fields=FIELDS).graph() == fw.FactorSet("x = " + text, fields=FIELDS).graph()


def test_what_the_readme_shows() -> None:
    fs = fw.FactorSet(z20=(f.close - f.close.ts_mean(20)) / f.close.ts_std(20))
    assert fs == fw.FactorSet.parse("z20 = (close - ts_mean(close, 20)) / ts_std(close, 20)")
    assert fs == fw.FactorSet.parse(fs.text)


@pytest.mark.parametrize(
    ("built", "text"),
    [
        (f.close - (f.open - f.low), "close - (open - low)"),
        ((f.close - f.open) - f.low, "close - open - low"),
        (-(f.close + 1) * 2 / (3 * f.open), "-(close + 1) * 2 / (3 * open)"),
        (-(-f.close), "--close"),
        (f.close - -5, "close - -5"),
        (2 - f.close, "2 - close"),
        (+f.close, "close"),
        (f.close * 0.1, "close * 0.1"),
        (f.close * (0.1 + 0.2), "close * 0.30000000000000004"),
        (f.close * 1e-7, "close * 1e-07"),
        (f.close * 2**53, "close * 9007199254740992"),
        (f.close * 10**22, "close * 1e+22"),
        (f.close * -0.0, "close * -0.0"),
        (f.close * math.nan, "close * nan"),
        (np.float64(2.5) * f.close, "2.5 * close"),
        (np.int32(2) * f.close, "2 * close"),
        (f.atr(14), "atr(14)"),
        (f.spread(), "spread()"),
        (f.spread - f.mid, "spread - mid"),
        (f.ts_mean(f.close, 5, minp=2), "ts_mean(close, 5, minp=2)"),
        (f["odd name"] / f["nan"], "`odd name` / `nan`"),
        (f.close.ts_corr(f.volume, 20), "ts_corr(close, volume, 20)"),
        (f.close**2, "close ** 2"),
        (-(f.close**2), "-close ** 2"),
        ((-f.close) ** 2, "(-close) ** 2"),
        (f.close ** -f.open, "close ** -open"),
        ((f.close**2) ** 3, "(close ** 2) ** 3"),
        (f.close ** (f.open**3), "close ** open ** 3"),
        ((f.close > 1) & (f.open < 2) | ~(f.low == 3), "close > 1 and open < 2 or not low == 3"),
        ((f.close > 1) & ((f.open < 2) | (f.low != 3)), "close > 1 and (open < 2 or low != 3)"),
        ((f.close > f.open) == (f.low >= 3), "(close > open) == (low >= 3)"),
        (1 < f.close, "close > 1"),
        (fw.if_else(f.close > 1, f.open, 0), "if_else(close > 1, open, 0)"),
        (f.close.ts_mean("500ms"), "ts_mean(close, 500ms)"),
        (f.close.ts_mean(dt.timedelta(minutes=5)), "ts_mean(close, 5m)"),
        (f.close.ts_mean(dt.timedelta(seconds=1.5)), "ts_mean(close, 1500ms)"),
        (f.close.ts_mean(np.timedelta64(7, "ns")), "ts_mean(close, 7ns)"),
        (f.close.ts_mean(np.timedelta64(2, "h")), "ts_mean(close, 2h)"),
        (f.close.bbands(20).upper, "bbands(close, 20).upper"),
    ],
)
def test_text_of_an_expression(built: fw.Expr, text: str) -> None:
    assert str(built) == text


def test_outputs_are_unpacked_and_picked() -> None:
    dif, dea, hist = f.close.macd(12, 26, 9)
    assert (
        fw.FactorSet(dif=dif, dea=dea, hist=hist).source
        == "factor (dif, dea, hist) = macd(close, 12, 26, 9)\n"
    )
    # The order is that of the keywords.
    mixed = fw.FactorSet(hist=hist, dif=dif, x=f.close, dea=dea)
    assert mixed.names == ["hist", "dif", "x", "dea"]
    bands = f.close.bbands(20)
    width = fw.FactorSet(
        upper=bands.upper, lower=bands.lower, width=(bands.upper - bands.lower) / bands.middle
    )
    assert width.names == ["upper", "lower", "width"]
    assert width.source == (
        "let (_1, _2, _3) = bbands(close, 20)\n"
        "factor upper = _1\nfactor lower = _3\nfactor width = (_1 - _3) / _2\n"
    )
    want = fw.FactorSet.parse(
        "factor (upper, middle, lower) = bbands(close, 20)\nwidth = (upper - lower) / middle"
    )
    columns = make_columns(300)
    here, there = fw.compute(columns, width).to_numpy(), fw.compute(columns, want).to_numpy()
    for name in width.names:
        assert (bits(here[name]) == bits(there[name])).all()
    with pytest.raises(TypeError, match="pick one, as in .upper"):
        bands + 1
    with pytest.raises(TypeError, match="factor `x`: bbands gives 5 values"):
        fw.FactorSet(x=bands)
    with pytest.raises(AttributeError, match="no output `uper` of bbands; there are upper, middle"):
        bands.uper
    with pytest.raises(ValueError, match="unpack"):
        dif, dea = f.close.macd()


def test_let_names_are_none_that_is_used() -> None:
    bands = f["_1"].bbands(20)
    fs = fw.FactorSet({"_2": bands.upper - bands.lower}, fields=["_1"])
    assert "let (_3, _, _4)" in fs.source


def test_deep_and_shared_expressions_are_short() -> None:
    x: fw.Expr = f.close
    for _ in range(3000):
        x = (x + x.delay(1)) / 2
    fs = fw.FactorSet(x=x)
    assert len(fs.source) < 200_000
    assert fs == fw.FactorSet.parse(fs.text)
    assert len(fs.graph().nodes) == 3 * 3000 + 2
    long = sum((f.close * i for i in range(1, 5000)), f.open)
    assert fw.FactorSet(long=long) == fw.FactorSet.parse(fw.FactorSet(long=long).text)
    for deep in (x, long):
        assert len(repr(deep)) < 400
        again = pickle.loads(pickle.dumps(deep))
        assert str(again) == str(deep)
        assert copy.deepcopy(deep) is deep and copy.copy(deep) is deep
    nested: fw.Expr = f.close
    for _ in range(2000):
        nested = -nested
    assert len(fw.FactorSet(n=nested).graph().nodes) == 2001


def test_small_shared_parts_are_repeated_as_a_person_would() -> None:
    m = f.close.ts_mean(5)
    fs = fw.FactorSet(a=m * 2, b=m / 3)
    assert fs == fw.FactorSet.parse("a = ts_mean(close, 5) * 2\nb = ts_mean(close, 5) / 3")


def test_every_function_and_alias_is_there() -> None:
    for name, aliases, signature, outputs, _, definition, source in _core.operator_list():
        for called in (name, *aliases):
            assert called in dir(f) and called in dir(f.close)
            method = getattr(f.close, called)
            assert signature in method.__doc__ and definition in method.__doc__
            assert source in method.__doc__
            assert method.__name__ == called
            inspect.signature(method)
    assert list(inspect.signature(f.close.ts_std).parameters) == ["d", "ddof", "minp"]
    assert dir(f.close.macd()) == ["hist", "line", "signal"]
    assert "ts_mean(x, d, minp=d)" in (inspect.getdoc(f.ts_mean) or "")


def test_names_are_told_by_the_call() -> None:
    quotes = "quotes"
    one = fw.FactorSet(a=f.spread + f.mid, b=f.spread(f.bid, f.ask), fields=quotes)
    assert one == fw.FactorSet.parse("a = spread + mid\nb = spread(bid, ask)", fields=quotes)
    with pytest.raises(AttributeError, match=r"no function `ts_meen` \(did you mean `ts_mean`\?\)"):
        f.close.ts_meen(5)
    with pytest.raises(AttributeError, match="no function `close`"):
        f.close(5)
    with pytest.raises(TypeError, match="not callable"):
        (f.close + 1)(5)  # type: ignore[operator]


def test_an_expression_has_no_truth() -> None:
    refusals: list[Callable[[], Any]] = [
        lambda: bool(f.close),
        lambda: 1 < f.close < 2,
        lambda: f.close and f.open,
        lambda: not f.close,
        lambda: f.close in [f.open],
        lambda: f.close == f.open and 1,
    ]
    for refused in refusals:
        with pytest.raises(TypeError, match="a & b, a | b and ~a"):
            refused()
    with pytest.raises(TypeError, match="nothing to unpack"):
        list(f.close.ts_mean(5))
    with pytest.raises(TypeError, match="not iterable"):
        _ = 1 in f.close  # type: ignore[operator]


def test_expressions_are_keys_by_identity() -> None:
    x, y = f.close, f.close
    assert len({x, y}) == 2 and {x: 1, y: 2}[x] == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: f.close + True, "True and False are no numbers"),
        (lambda: f.close + "open", r"a field is written f\['open'\]"),
        (lambda: f.close * math.inf, "infinity is no number"),
        (lambda: f.close * (2**53 + 1), "is no float64 exactly"),
        (lambda: f.close + None, "unsupported operand"),
        (lambda: f.close.ts_mean(None), "an expression or a number is asked for, not NoneType"),
        (lambda: f.close.ts_mean(dt.timedelta()), "a duration is more than nothing"),
        (lambda: f["a`b"], "cannot be a field's name"),
        (lambda: fw.Expr(), "expressions begin with factorwal.f"),
        (lambda: fw.FactorSet(cast(Any, f.close)), r"a factor has a name"),
        (lambda: fw.FactorSet(x=cast(Any, "close")), r"factor `x`: 'close' is no duration"),
        (lambda: fw.FactorSet({"a = 1\nb": f.close}), "cannot be a factor's name"),
        (lambda: fw.FactorSet({"two words": f.close}), "expected `=`, found `words`"),
        (lambda: fw.FactorSet({"let": f.close}), "`let` is a word of the language"),
    ],
)
def test_what_is_none_is_refused(make: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_an_error_names_the_factor_and_the_place() -> None:
    with pytest.raises(fw.FactorSyntax) as met:
        fw.FactorSet(good=f.close, bad=(f.close + f.clsoe) / 2, fields=["close", "open"])
    assert str(met.value) == (
        "<factors>:2:23: factor `bad`: no field `clsoe` in the ticks (did you mean `close`?); fields: "
        "close, open\n"
        "    factor bad = (close + clsoe) / 2\n"
        "                          ^"
    )
    assert (met.value.line, met.value.column) == (2, 23)
    # Also where the place lies in a part that is named on its own.
    deep = f.close.ts_mean(1.5)
    for _ in range(300):
        deep = deep + 1
    with pytest.raises(fw.FactorSyntax, match="factor `deep`: `d` of ts_mean must be a whole number"):
        fw.FactorSet(good=f.close, deep=deep)
    with pytest.raises(fw.FactorSyntax, match=r"factor `x`: powers \(`\*\*`\) are not in this release"):
        fw.FactorSet(x=f.close**2)
    with pytest.raises(fw.FactorSyntax, match="^<factors>:1:5: no field `nope`"):
        fw.FactorSet("a = nope", b=f.close)


def test_text_names_and_expressions_go_together() -> None:
    fs = fw.FactorSet("ma5 = ts_mean(close, 5)", z=f.close / f.ma5, one=1)
    assert fs.source == "ma5 = ts_mean(close, 5)\nfactor z = close / ma5\nfactor one = 1\n"
    assert fw.FactorSet(fs) == fs
    assert pickle.loads(pickle.dumps(fs)) == fs and copy.deepcopy(fs) == fs
    columns = make_columns(100)
    table = fw.compute(columns, {"z": f.close / f.close.ts_mean(5)})
    assert table.column_names[-1] == "z"
    odd = {**columns, "Adj Close": columns["close"] * 2}
    assert np.nanmax(fw.compute(odd, {"twice": f["Adj Close"] / f.close}).to_numpy()["twice"]) == 2


def test_engines_take_expressions(data: str) -> None:
    columns = make_columns(200)
    factors = {"ma": f.close.ts_mean(5), "up": f.close.bbands(20).upper - f.close}
    with fw.open(data, factors) as engine:
        live = engine.process_many(columns).to_numpy()
    batch = fw.compute(columns, fw.FactorSet(factors)).to_numpy()
    for name in factors:
        assert (bits(live[name]) == bits(batch[name])).all()
    with fw.open(data, factors) as engine:
        assert engine.certificate.perfect


def test_graph_has_nodes_and_edges() -> None:
    dif, _, hist = f.close.macd()
    graph = fw.FactorSet(dif=dif, sum=hist + dif).graph()
    assert graph.node_of(graph.factors["dif"]).expression.startswith("macd(close")
    assert list(graph.factors) == ["dif", "sum"]
    last = graph.node_of(graph.factors["sum"])
    assert last.note == "arithmetic"
    macd = graph.node_of(graph.factors["dif"]).number
    assert graph.edges == [(0, macd), (macd, last.number), (macd, last.number)]
    assert graph.factors_over({macd}) == ["dif", "sum"]


def test_fields_are_an_object_like_others() -> None:
    assert pickle.loads(pickle.dumps(f)) is f and copy.deepcopy(f) is f
    assert not hasattr(f, "_repr_html_") and not hasattr(f.close, "_repr_html_")
    with pytest.raises(AttributeError, match=r"is written f\['_x'\]"):
        f._x
