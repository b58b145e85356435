"""`process_many` of Arrow tables beside C++ `process_ticks`; a log's history into polars."""

import statistics

import numpy as np
import polars
import pyarrow

import factorwal as fw
from cpp import Calls
from measure import Times, Watch, difference, ratio
from ticks import BUNDLE_20, FIELDS, make_rows

INSTRUMENTS = 50  # ids of 11 letters


def columns_of(rows):
    columns = {
        "instrument": np.array([f"SHFE.cu{2401 + i}" for i in range(INSTRUMENTS)])[rows["instrument"]],
        "timestamp": rows["time"].view("datetime64[ns]"),
    }
    for place, field in enumerate(FIELDS):
        columns[field] = np.ascontiguousarray(rows["fields"][:, place])
    return columns


# Of the times of a table that name none.
ZONES = {"polars": "UTC", "pyarrow": ""}


def make_table(kind, rows):
    """polars: ids are string views, times have no zone; pyarrow: a dictionary, and UTC."""
    columns = columns_of(rows)
    if kind == "polars":
        return polars.DataFrame(columns)
    times = pyarrow.array(rows["time"], pyarrow.timestamp("ns", "UTC"))
    ids = pyarrow.array(columns["instrument"]).dictionary_encode()
    return pyarrow.table({**columns, "instrument": ids, "timestamp": times})


def last_row(engine, table):
    arrays = table.to_numpy()
    return b"".join(arrays[factor][-1].tobytes() for factor in engine.factor_names)


def beside_cpp(name, factors, scale):
    """All see the same rows as often, each in a log of its own."""
    rows = make_rows(scale.rows, INSTRUMENTS)
    directory = scale.directory / name.replace(" ", "_").replace(",", "")
    cpp = {
        call: Calls(scale.program, directory / call, factors, rows)
        for call in ("process_ticks", "process_ticks_kept", "process_ticks_positions")
    }
    tables = {kind: make_table(kind, rows) for kind in ("polars", "pyarrow")}
    engines = {
        (kind, collect): fw.open(directory / f"{kind}_{collect}", factors, fields=FIELDS)
        for kind in tables
        for collect in (True, False)
    }
    times = {what: Times(len(rows)) for what in (*cpp, *engines)}
    for round_ in range(scale.table_rounds + 1):
        taken = {call: program.run(call, 0, len(rows)) for call, program in cpp.items()}
        for (kind, collect), engine in engines.items():
            out = None  # as in a loop over tables: the last one's values are gone
            with Watch() as watch:
                out = engine.process_many(tables[kind], tz=ZONES[kind], append=True, collect=collect)
            engine.flush()
            taken[kind, collect] = watch.taken
            if round_ == scale.table_rounds and collect:
                if last_row(engine, out) != cpp["process_ticks"].values():
                    raise RuntimeError(f"{name}, {kind}: C++ has other values")
        if round_ == 0:
            first = taken
            continue
        for what, one in taken.items():
            times[what].add(one)
    for engine in engines.values():
        engine.close()
    for program in cpp.values():
        program.close()
    print(f"{name}: nanoseconds a row, processor's time of the calling thread")
    for call in cpp:
        print(f"  C++ {call:32} {times[call]}")
    for kind, collect in engines:
        ours = times[kind, collect]
        what = f"process_many of {kind}" + ("" if collect else ", collect=False")
        print(f"  {what:36} {ours}  first {first[kind, collect][0] / len(rows):.1f}")
        for call in cpp:
            more = difference(ours, times[call])
            print(f"    {more:.1f} more than {call} ({ratio(ours, times[call]):.2f})")
    print("  aim: 40 more at most than C++ that does the same, keeping the values or not\n", flush=True)


def history(scale):
    directory = scale.directory / "history"
    rows = make_rows(scale.rows, INSTRUMENTS)
    with fw.open(directory, BUNDLE_20, fields=FIELDS) as engine:
        engine.process_many(make_table("polars", rows), tz=ZONES["polars"], collect=False)
    taken, walls = [], []
    for round_ in range(scale.table_rounds + 1):
        with Watch(of_all_threads=True) as watch:  # the log is read beside the caller
            frame = polars.DataFrame(fw.history(directory))
        values = len(frame) * (frame.width - 3)  # numbers, not ids, times and sequences
        if round_ > 0:
            taken.append(values / watch.taken[0] * 1e3)
            walls.append(values / watch.taken[1] * 1e3)
        del frame
    print(f"history into polars, {scale.rows} rows of {values // scale.rows} numbers: millions of values a second")
    print(
        f"  {statistics.median(taken):8.1f} ({min(taken):.1f} to {max(taken):.1f})  "
        f"wall {statistics.median(walls):8.1f}; aim: 50 at least\n",
        flush=True,
    )
