"""`process` beside C++ `process_tick`, both with the log."""

import numpy as np

import factorwal as fw
from cpp import Calls
from measure import Times, Watch, difference, ratio
from ticks import FIELDS, make_rows


def ticks_of(engine, rows):
    """As a live loop has them: instrument, int, tuple of floats."""
    instrument = engine.instrument("SHFE.cu2501")
    return [
        (instrument, time, tuple(fields))
        for time, fields in zip(rows["time"].tolist(), rows["fields"].tolist())
    ]


def run_ticks(process, ticks):
    with Watch() as watch:
        for instrument, time, fields in ticks:
            process(instrument, time, fields)
    return watch.taken


def beside_cpp(name, factors, scale):
    """One block of each in turn. Both see the same ticks, so that their values are the same bits."""
    rows = make_rows(scale.block, 1)
    directory = scale.directory / name.replace(" ", "_").replace(",", "")
    cpp = Calls(scale.program, directory / "cpp", factors, rows)
    python_times, cpp_times = Times(len(rows)), Times(len(rows))
    with fw.open(directory / "python", factors, fields=FIELDS) as engine:
        ticks = ticks_of(engine, rows)
        for round_ in range(scale.rounds + 1):  # the first warms up
            taken = run_ticks(engine.process, ticks)
            engine.flush()
            other = cpp.run("process_tick", 0, len(rows))
            if round_ > 0:
                python_times.add(taken)
                cpp_times.add(other)
        instrument, time, fields = ticks[-1]
        last = engine.process(instrument, time, fields)
        cpp.run("process_tick", len(rows) - 1, 1)
        if np.asarray(last).tobytes() != cpp.values():
            raise RuntimeError(f"{name}: C++ has other values")
    cpp.close()
    print(f"{name}: nanoseconds a tick, processor's time of the calling thread")
    print(f"  C++ process_tick   {cpp_times}")
    print(f"  Python process     {python_times}")
    print(
        f"  Python - C++       {difference(python_times, cpp_times):8.1f}, "
        f"ratio {ratio(python_times, cpp_times):.2f}; aim: + 120 at most\n",
        flush=True,
    )
