"""Operators of a program's own: anywhere a function of the language is, and saved as one."""

from __future__ import annotations

import ctypes
import json
import math
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import factorwal as fw
from conftest import DAY, bits, make_columns, write_csv
from factorwal import _catalogue, _core, f

numba = pytest.importorskip("numba")


def ema_function(x: Any, p: Any, s: Any, out: Any) -> None:
    """An exponential mean and the distance from it; skips missing ticks."""
    if np.isnan(x[0]):
        return
    if s[1] == 0.0:
        s[0] = x[0]
        s[1] = 1.0
    else:
        s[0] += p[0] * (x[0] - s[0])
    out[0] = s[0]
    out[1] = x[0] - s[0]


def register_ema(version: int = 1, scale: float = 1.0, memory: int | None = None) -> fw.Operator:
    base = numba.njit(ema_function)

    def scaled(x: Any, p: Any, s: Any, out: Any) -> None:
        base(x, p, s, out)
        out[0] *= scale

    return fw.operator(
        name="my_ema",
        version=version,
        state=2,
        parameters=("alpha",),
        outputs=("mean", "distance"),
        memory=memory,
    )(ema_function if scale == 1.0 else scaled)


_registered: list[fw.Operator] = []


@pytest.fixture(autouse=True)
def my_ema() -> fw.Operator:
    """Version 1. Compiled anew only where a test has registered another."""
    if not _registered or _catalogue.own_versions["my_ema"] != 1:
        _registered.append(register_ema())
    return _registered[-1]


def expected(close: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    state, mean, distance = np.zeros(2), np.full(len(close), np.nan), np.full(len(close), np.nan)
    for i, price in enumerate(close):
        out = np.array([math.nan, math.nan])
        ema_function(np.array([price]), np.array([alpha]), state, out)
        mean[i], distance[i] = out
    return mean, distance


KILLS = 8
TEXT = "factor (m, d) = my_ema(close, 0.1)\nfactor ma5 = ts_mean(close, 5)\n"


def test_text_expressions_engine_and_batch_give_the_functions_values(data: str, my_ema: fw.Operator) -> None:
    columns = make_columns(2000, instruments=1)
    m, d = my_ema(f.close, 0.1)
    built = fw.FactorSet(m=m, d=d, ma5=f.close.ts_mean(5))
    assert built == fw.FactorSet(TEXT)
    assert str(f.close.my_ema(alpha=0.1).mean) == "my_ema(close, 0.1).mean"
    assert str((-f.close).my_ema(alpha=0.1).mean) == "my_ema(-close, 0.1).mean"
    assert str(my_ema(0.1).distance) == str(f.my_ema(alpha=0.1).distance) == "my_ema(0.1).distance"
    assert "my_ema(x, alpha)" in (f.close.my_ema.__doc__ or "")
    mean, distance = expected(columns["close"], 0.1)
    for table in (fw.compute(columns, TEXT), fw.compute(columns, built)):
        found = table.to_numpy()
        assert (bits(found["m"]) == bits(np.where(np.isnan(mean), np.nan, mean))).all()
        assert (bits(found["d"]) == bits(np.where(np.isnan(distance), np.nan, distance))).all()
    with fw.open(data, built, fields=["close", "volume"]) as engine:
        live = []
        for i in range(300):
            v = engine.process("X0", DAY + i, (columns["close"][i], 1.0))
            live.append(v["m"])
    assert (bits(np.array(live)) == bits(np.where(np.isnan(mean), np.nan, mean)[:300])).all()


@pytest.mark.parametrize("checkpoint", [False, True])
def test_state_is_there_again(data: str, checkpoint: bool) -> None:
    columns = make_columns(3000)
    whole = fw.compute(columns, TEXT).to_numpy()
    for begin in range(0, 3000, 750):
        with fw.open(data, TEXT, fields=["close", "volume"]) as engine:
            assert engine.certificate.perfect
            engine.process_many({n: c[begin : begin + 750] for n, c in columns.items()})
            if checkpoint:
                engine.checkpoint()
    table = fw.history(data).to_numpy()
    for name in ("m", "d", "ma5"):
        assert (bits(table[name]) == bits(whole[name])).all()


PROGRAM = """
    import sys, numpy as np, factorwal as fw
    data, ticks, factors = sys.argv[1:]

    @fw.operator(name="my_ema", version=1, state=2, parameters=("alpha",), outputs=("mean", "distance"))
    def my_ema(x, p, s, out):
        if np.isnan(x[0]):
            return
        if s[1] == 0.0:
            s[0] = x[0]
            s[1] = 1.0
        else:
            s[0] += p[0] * (x[0] - s[0])
        out[0] = s[0]
        out[1] = x[0] - s[0]

    engine = fw.open(data, factors, fields=["close", "volume"], snapshot_every=5000)
    print("open", flush=True)
    engine.process_many(ticks, resume=True, collect=False)
    engine.close()
"""


def test_history_is_identical_after_kills_at_random_times(data: str) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    ticks = data + ".csv"
    columns = make_columns(60_000)
    write_csv(ticks, columns)
    script = Path(data + ".py")
    script.write_text(textwrap.dedent(PROGRAM))
    killed = 0
    for i in range(KILLS + 1):
        process = subprocess.Popen(
            [sys.executable, str(script), data, ticks, TEXT], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        if i < KILLS:
            time.sleep(chance.uniform(0, 0.06))
            process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            break
        killed += 1
    assert killed >= KILLS // 2
    whole = fw.compute(columns, TEXT).to_numpy()
    table = fw.history(data).to_numpy()
    for name in ("m", "d", "ma5"):
        assert (bits(table[name]) == bits(whole[name])).all()


def test_another_version_begins_anew_from_the_logged_ticks(data: str) -> None:
    columns = make_columns(2000)
    first = {n: c[:1000] for n, c in columns.items()}
    rest = {n: c[1000:] for n, c in columns.items()}
    with fw.open(data, TEXT, fields=["close", "volume"]) as engine:
        engine.process_many(first)
        engine.checkpoint()
    register_ema(version=2, scale=3.0)
    whole = fw.compute(columns, TEXT).to_numpy()
    with fw.open(data, TEXT) as engine:
        assert engine.certificate.perfect
        instrument = engine.instrument("X0")
        latest = whole["m"][:1000][columns["instrument"][:1000] == "X0"][-1]
        assert bits(np.array([engine.get_factor(instrument, "m")])) == bits(np.array([latest]))
        assert engine.quality(instrument, "m") == ("exact", 0)
        found = engine.process_many(rest).to_numpy()
    assert (bits(found["m"]) == bits(whole["m"][1000:])).all()


def test_another_version_of_one_without_state_counts_at_once(data: str) -> None:
    def twice(x: Any, p: Any, s: Any, out: Any) -> None:
        out[0] = 2 * x[0]

    def thrice(x: Any, p: Any, s: Any, out: Any) -> None:
        out[0] = 3 * x[0]

    fw.operator(name="times", version=1)(twice)
    with fw.open(data, "t = times(close)", fields=["close"]) as engine:
        assert engine.process("X", DAY, (5.0,))["t"] == 10
        engine.checkpoint()
    fw.operator(name="times", version=2)(thrice)
    with fw.open(data, "t = times(close)") as engine:
        assert engine.get_factor(engine.instrument("X"), "t") == 15
        assert engine.quality(engine.instrument("X"), "t") == ("exact", 0)


def in_another_process(code: str, *arguments: str) -> Any:
    """What a program prints that has not registered the operator, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_without_the_operator_open_refuses_by_name(data: str) -> None:
    with fw.open(data, TEXT, fields=["close", "volume"]) as engine:
        engine.process_many(make_columns(100))
    before = sorted((p.name, p.stat().st_size) for p in Path(data).iterdir())
    told = in_another_process(
        """
        import json, sys, factorwal as fw
        try:
            fw.open(sys.argv[1], sys.argv[2])
        except fw.MissingOperator as error:
            print(json.dumps([str(error), error.operators, isinstance(error, LookupError)]))
        """,
        data,
        TEXT,
    )
    assert told[1:] == [{"my_ema": "1"}, True]
    for part in ("`my_ema` (version 1)", "@factorwal.operator", 'missing_operators="keep"'):
        assert part in told[0]
    assert sorted((p.name, p.stat().st_size) for p in Path(data).iterdir()) == before
    # A factor set without it is a set like any other.
    assert in_another_process(
        """
        import json, sys, factorwal as fw
        with fw.open(sys.argv[1], "ma5 = ts_mean(close, 5)") as engine:
            print(json.dumps([engine.certificate.perfect, engine.missing_operators]))
        """,
        data,
    ) == [True, {}]


def test_kept_factors_are_missing_until_the_operator_is_back(data: str) -> None:
    columns = make_columns(3000)
    parts = [{n: c[i * 1000 : (i + 1) * 1000] for n, c in columns.items()} for i in range(3)]
    text = TEXT + "factor over = m / ma5\n"
    with fw.open(data, text, fields=["close", "volume"]) as engine:
        engine.process_many(parts[0])
        engine.checkpoint()
    ticks = data + ".csv"
    write_csv(ticks, parts[1])
    told = in_another_process(
        """
        import json, sys, factorwal as fw
        with fw.open(sys.argv[1], sys.argv[2], missing_operators="keep") as engine:
            x = engine.instrument("X0")
            before = [engine.get_factor(x, n) for n in ("m", "over", "ma5")]
            engine.process_many(sys.argv[3], append=True, collect=False)
            engine.checkpoint()
            told = [
                engine.factor_names, {n: list(u) for n, u in engine.missing_operators.items()},
                engine.certificate.perfect, engine.certificate.facts["missing_operators"],
                str(engine.certificate).splitlines()[-1],
                [engine.quality(x, n) for n in ("m", "d", "ma5", "over")],
                [v == v for v in before],
            ]
        with fw.open(sys.argv[1], sys.argv[2], missing_operators="keep") as engine:
            told.append({n: list(u) for n, u in engine.missing_operators.items()})
        print(json.dumps(told))
        """,
        data,
        text,
        ticks,
    )
    lost = {"my_ema": ["1", ["m", "d", "over"]]}
    assert told[0] == ["m", "d", "ma5", "over"]
    assert told[1] == lost and told[7] == lost
    assert told[2] is False
    assert told[3] == {"my_ema": {"version": "1", "factors": ["m", "d", "over"]}}
    assert told[4].startswith("Operator my_ema (version 1) is not registered: m, d, over are missing")
    assert told[5] == [["absent", 0], ["absent", 0], ["exact", 0], ["absent", 0]]
    assert told[6] == [False, False, True]
    # Back again.
    whole = fw.compute(columns, text).to_numpy()
    with fw.open(data, text) as engine:
        assert engine.certificate.perfect and engine.missing_operators == {}
        assert engine.quality(engine.instrument("X0"), "over") == ("exact", 0)
        found = engine.process_many(parts[2], append=True).to_numpy()
    for name in ("m", "d", "over", "ma5"):
        assert (bits(found[name]) == bits(whole[name][2000:])).all(), name
    table = pa.table(fw.history(data))
    missing = np.isnan(fw.history(data).to_numpy()["m"][1000:2000])
    assert missing.all() and table.num_rows == 3000


def test_ready_functions(data: str) -> None:
    numbers = numba.types.CPointer(numba.float64)

    def double(x: Any, p: Any, s: Any, out: Any) -> None:
        s[0] += 1.0
        out[0] = 2.0 * x[0] + s[0]

    compiled = numba.cfunc(numba.void(numbers, numbers, numbers, numbers))(double)

    class Like:
        address = compiled.address

    libc = ctypes.CFUNCTYPE(None, *[ctypes.POINTER(ctypes.c_double)] * 4)(compiled.address)
    for i, ready in enumerate((compiled, compiled.address, Like(), libc)):
        fw.operator(name=f"ready{i}", version=1, state=1, initial=[10.0])(ready)
    text = "".join(f"r{i} = ready{i}(close)\n" for i in range(4))
    found = fw.compute(make_columns(4, instruments=1), text).to_numpy()
    for i in range(4):
        np.testing.assert_array_equal(found[f"r{i}"], 2 * make_columns(4)["close"] + [11, 12, 13, 14])


def test_an_exception_stays_within_the_tick() -> None:
    @fw.operator(name="raising", version=1, state=1)
    def raising(x: Any, p: Any, s: Any, out: Any) -> None:
        out[0] = x[0]
        s[0] += 1.0
        if s[0] == 2.0:
            raise ValueError("no")
        if s[0] == 3.0:
            out[7] = 1.0

    columns = make_columns(5, instruments=1)
    with pytest.warns(RuntimeWarning, match="the operator raising raised an exception for 2 ticks"):
        found = fw.compute(columns, "r = raising(close)").to_numpy()["r"]
    assert np.isnan(found).tolist() == [False, True, True, False, False]
    assert raising.raised == 2


def test_outputs_are_canonical_and_arguments_its_own() -> None:
    @fw.operator(name="odd", version=1, inputs=("close", "volume"), parameters=("p",), outputs=("a", "b", "c"))
    def odd(x: Any, p: Any, s: Any, out: Any) -> None:
        out[0] = -math.nan if p[0] == 1.0 else 5.0
        out[1] = 1e301
        x[0] = 7.0
        p[0] = 2.0

    found = fw.compute(make_columns(3, instruments=1), "factor (a, b, c) = odd(1)\nvalue = close").to_numpy()
    for name in ("a", "b", "c"):
        assert (bits(found[name]) == 0x7FF8000000000000).all(), name
    assert not np.isnan(found["value"]).any()


def test_memory_makes_it_exact_behind_ticks_that_are_not_retained(data: str) -> None:
    def last3(x: Any, p: Any, s: Any, out: Any) -> None:
        out[0] = s[0] + s[1] + s[2]
        s[0], s[1], s[2] = s[1], s[2], x[0]

    columns = make_columns(60_000, instruments=1)
    text = "a = last3(close)\nb = last3_of_all(close)"
    kept: Any = {"segment_bytes": 64 << 10, "keep_bytes": 1, "snapshot_every": 5000}
    for version in (1, 2):
        fw.operator(name="last3", version=version, state=3, memory=3)(last3)
        fw.operator(name="last3_of_all", version=version, state=3)(last3)
        with fw.open(data, text, fields=["close", "volume"], **kept) as engine:
            instrument = engine.instrument("X0")
            if version == 1:
                engine.process_many(columns)
                engine.checkpoint()
            assert engine.quality(instrument, "a") == ("exact", 0)
            assert (engine.quality(instrument, "b") or ("",))[0] == ("exact", "approximate")[version - 1]
    explained = fw.explain(data, "X0", "a")
    assert explained.memory == 4 and len(explained.ticks) == 4


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"version": -1}, ValueError, "version is a whole number"),
        ({"version": 1, "state": -1}, ValueError, "state is a number of float64"),
        ({"version": 1, "state": 2, "initial": [1.0]}, ValueError, "initial has 1 numbers, and state=2"),
        ({"version": 1, "inputs": 0}, ValueError, "an operator has inputs"),
        ({"version": 1, "memory": 0}, ValueError, "memory is a number of ticks"),
        ({"version": 1, "name": "ts_mean"}, fw.FactorwalError, "has the name of another function"),
        ({"version": 1, "name": "two words"}, fw.InvalidArgument, "is not a plain word"),
    ],
)
def test_what_is_no_operator_is_refused(settings: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        fw.operator(**settings)(ema_function)
    assert set(_catalogue.own) & {"ts_mean", "two words"} == set()
    assert fw.FactorSet("a = ts_mean(close, 5)").names == ["a"]


def test_calls_that_are_wrong_are_told() -> None:
    with pytest.raises(fw.FactorSyntax, match=r"`my_ema`: takes 1 number \(alpha\), not 0"):
        fw.FactorSet("factor (a, b) = my_ema(close)")
    with pytest.raises(TypeError, match="no argument `beta`"):
        f.close.my_ema(0.1, beta=2)
    with pytest.raises(TypeError, match="`alpha` is missing"):
        f.close.my_ema(beta=2)
    with pytest.raises(TypeError, match="a function is asked for, not str"):
        fw.operator(version=1)("no")
    with pytest.raises(TypeError, match="three is called with four arrays: inputs, parameters, state"):

        @fw.operator(version=1)
        def three(x: Any, p: Any, out: Any) -> None:
            out[0] = x[0]


def test_without_numba_the_error_says_what_to_do() -> None:
    assert in_another_process(
        """
        import json, sys
        sys.modules["numba"] = None
        import factorwal as fw
        try:
            fw.operator(name="x", version=1)(lambda x, p, s, out: None)
        except ImportError as error:
            print(json.dumps(str(error)))
        """
    ).endswith("pip install numba; or give it a function that is compiled already, e.g. one of ctypes")


def test_notes_of_a_cpp_program_are_none_of_ours(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with fw.open(data, "a = close", fields=["close"]) as engine:
        engine.process("X", DAY, (1.0,))
    for note in ("of the program, version 2", '"2"', '{"version": 2}'):
        monkeypatch.setattr(_core, "logged_functions", lambda _, note=note: [("change", note)])
        with fw.open(data, "a = close") as engine:
            assert engine.missing_operators == {}
        assert fw.explain(data, "X", "a").notes == []


def test_the_note_in_the_log_is_read_back(data: str) -> None:
    with fw.open(data, TEXT, fields=["close", "volume"]) as engine:
        engine.process_many(make_columns(10))
    name, note = _core.logged_functions(data)[-1]
    assert name == "my_ema"
    assert json.loads(note) == {"version": 1, "inputs": ["close"], "outputs": ["mean", "distance"]}


def test_an_address_of_nothing_is_refused() -> None:
    for nothing in (0, SimpleNamespace(address=0)):
        with pytest.raises(ValueError, match="no address"):
            fw.operator(name="q", version=1)(nothing)
