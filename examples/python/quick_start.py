# %% [markdown]
# # Quick start
# Ticks in, factors out, and a state that is there again. `# %%` begins a cell: Jupyter (with
# jupytext), VS Code and PyCharm open this file as a notebook; `python quick_start.py` runs it.

# %%
import tempfile

import numpy as np

import factorwal as fw

place = tempfile.mkdtemp()  # a live program has a directory of its own, on a disk

# %% [markdown]
# Made-up ticks of four instruments. Yours may be a pandas, polars or pyarrow table, a dict of arrays,
# or the path of a file: columns are found by their names.

# %%
ticks = fw.sample_ticks(20_000)
print(ticks.to_pandas().tail(3))

# %% [markdown]
# The factors, one a line. `fw.FactorSet` checks them before there are any ticks; a mistake is shown
# with a caret.

# %%
factors = """
ma5   = ts_mean(close, 5)
rsi14 = rsi(close, 14)
factor (dif, dea, hist) = macd(close, 12, 26, 9)
"""
print(fw.FactorSet(factors).names)
try:
    fw.FactorSet("ma5 = ts_meen(close, 5)")
except fw.FactorSyntax as error:
    print(error)

# %% [markdown]
# A directory and its engine. Every tick and value is in its log; `close` (the end of `with`) makes all
# of it durable, and without it nothing is lost either.

# %%
with fw.open(f"{place}/data", factors) as engine:
    out = engine.process_many(ticks)
print(out.to_pandas().tail(3))

# %% [markdown]
# Opened again, it goes on where it was, windows and averages included. One tick is one call; `values`
# is the engine's own and is overwritten by the next tick.

# %%
with fw.open(f"{place}/data", factors) as engine:
    instrument = engine.instrument("rb2105.SHFE")
    last = ticks.to_pandas()
    last = last[last.instrument_id == "rb2105.SHFE"].iloc[-1]
    values = engine.process(instrument, last.timestamp + np.timedelta64(500, "ms"), list(last[engine.fields]))
    print({name: values[name] for name in engine.factor_names}, np.asarray(values))
    engine.wait_durable(values.ticket)  # from here on it survives a power failure
    print(engine.marks)
    print(engine.certificate)

# %% [markdown]
# What was computed is history: as Arrow, for polars, pandas, pyarrow and DuckDB.

# %%
history = fw.history(f"{place}/data").filter(instrument="rb2105.SHFE", factors=["ma5", "rsi14"])
print(history.to_pandas().tail(3))
