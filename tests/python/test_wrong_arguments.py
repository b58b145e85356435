"""An object that is nothing, in place of each argument of each public call: a TypeError says which
argument it is, what came, and what is asked for."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import factorwal as fw
from conftest import DAY

#: What fits, by the argument's name: in place of those that are not tried.
FITTING: dict[str, Any] = {
    "instrument": "X", "instrument_id": "X", "id": "X", "factor": "same", "factor_id": "same",
    "factor_ids": "m", "timestamp": DAY + 10, "source_timestamp": DAY + 10, "value": 1.0,
    "values": (1.0,), "factors": "same = close", "message": fw.FactorWalMessage.Snapshot("X", {}),
    "name": "n", "operator": fw.RollingMean(3), "text": "same = close", "position": b"p",
    "window": 3, "lag": 1, "archive": False, "state": b"",
    "ticks": {"instrument": ["X"], "timestamp": np.array([DAY + 20]), "close": np.array([1.0])},
}  # fmt: skip
#: Whose message says what the argument is in other words.
OTHER_WORDS = {"timestamp": "a time is", "start": "a time is", "end": "a time is",
               "last_event_time": "a time is", "message": "a FactorWalMessage is"}  # fmt: skip
#: Made by the package alone, or taking anything.
LEFT_OUT = ("fw.if_else", "fw.operator", "close", "shutdown", "durable", "to_pandas", "plot")
#: Words that the text of an answer lists are a matter of the value.
WORDS = {"on_corruption", "missing_operators", "data_set"}


def parameters_of(call: Callable[..., Any]) -> list[tuple[str, bool]]:
    """Name, and whether it must be given. Of nanobind's, from the signature that it prints."""
    if signature := getattr(call, "__nb_signature__", None):
        inner = re.sub(r"\[[^\]]*\]", "", signature[0][0].partition("(")[2].rpartition(")")[0])
        return [(one.partition(":")[0].strip(), "=" not in one and "\\" not in one)
                for one in inner.split(",") if one.strip() not in ("", "self", "/", "*")]  # fmt: skip
    return [(name, one.default is one.empty)
            for name, one in inspect.signature(call).parameters.items()
            if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY) and name != "self"]  # fmt: skip


def methods_of(place: str, thing: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(thing):
        if name.startswith("_") or name in LEFT_OUT or f"{place}.{name}" in LEFT_OUT:
            continue
        found = getattr(thing, name)
        if callable(found) and not inspect.isclass(found):
            yield f"{place}.{name}", found


def complaints(place: str, call: Callable[..., Any], parameters: list[tuple[str, bool]],
               fitting: dict[str, Any]) -> Iterator[str]:  # fmt: skip
    for name, _ in parameters:
        others = {one: fitting[one] for one, must in parameters if must and one != name}
        try:
            call(**others, **{name: object()})
        except TypeError as error:
            text = str(error)
            said = f"{name}:" in text or OTHER_WORDS.get(name, "?") in text
            if not (said and "not object" in text):
                yield f"{place}({name}): {text}"
        except ValueError as error:
            if name not in WORDS:
                yield f"{place}({name}): {error!r}"
        except Exception as error:
            yield f"{place}({name}): {error!r}"
        else:
            yield f"{place}({name}): no word"


def test_every_argument_of_every_call(data: str) -> None:
    tried = 0
    found: list[str] = []
    with fw.WalManager(data + "-log") as wal, fw.FactorWalPersister(wal) as persister, \
            fw.open(data, "same = close", fields=["close"]) as engine:  # fmt: skip
        ticket = engine.process("X", DAY, (1.0,)).ticket
        engine.flush()
        fitting = {**FITTING, "directory": data, "source": data, "target": data + "-copy",
                   "wal": wal, "persister": persister, "ticket": ticket}  # fmt: skip
        things = {
            "fw": fw, "Engine": engine, "WalManager": wal, "Persister": persister,
            "History": fw.history(data), "Table": engine.latest(),
            "Consumer": fw.FactorWalConsumer(data), "Stream": fw.StreamFactorEngine(["close"]),
            "RollingMean": fw.RollingMean(3), "MACD": fw.MACD(12, 26, 9),
        }  # fmt: skip
        fitting_sends = {**fitting, "factors": {"same": 1.0}}
        for place, thing in things.items():
            for name, call in methods_of(place, thing):
                parameters = parameters_of(call)
                tried += len(parameters)
                found += complaints(name, call, parameters,
                                    fitting_sends if place == "Persister" else fitting)  # fmt: skip
        operators = {name for name in fw.__all__ if inspect.isclass(one := getattr(fw, name))
                     and issubclass(one, fw.BuiltInOperator) and one is not fw.BuiltInOperator}  # fmt: skip
        assert len(operators) > 10
        for name in (*operators, "FactorWalConfig", "WalStreamFactorEngine", "StreamFactorEngine",
                     "FactorWalConsumer", "FactorWalPersister", "WalManager"):  # fmt: skip
            made = getattr(fw, name)
            parameters = parameters_of(made.__init__)
            tried += len(parameters)
            required = {one: fitting[one] if one in fitting else 3 for one, _ in parameters}
            found += complaints(name, made, parameters, required)
    assert found == []
    assert tried > 150


def test_a_wrong_number_of_arguments_is_said_with_what_there_are() -> None:
    mean: Any = fw.RollingMean
    with pytest.raises(TypeError, match=r"^\(window: int, .*\) is asked for; what came is \(\)$"):
        mean()
    engine: Any = fw.StreamFactorEngine(["close"])
    with pytest.raises(TypeError, match=r"process_tick\(\): \(values: object\) is asked for"):
        engine.process_tick()
