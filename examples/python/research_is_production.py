# %% [markdown]
# # Research is production
# One factor text, three ways to run it: `fw.compute` over a table, `process_many` into a log,
# `process` tick by tick. The bits are the same, so that what was researched is what trades.

# %%
import tempfile

import numpy as np
import polars

import factorwal as fw

factors = fw.FactorSet(
    """
    spread_bp = spread / mid * 10000
    imbalance = queue_imbalance(bid_volume, ask_volume)
    z20       = (close - ts_mean(close, 20)) / ts_std(close, 20)
    corr60    = ts_corr(delta(close, 1), volume, 60)
    rank100   = ts_rank(close, 100)
    """,
    fields="quotes",
)
ticks = polars.DataFrame(fw.sample_ticks(30_000))
place = tempfile.mkdtemp()

# %% [markdown]
# Research: a table in, a table out. Nothing is written.

# %%
research = fw.compute(ticks, factors)
frame = polars.DataFrame(research)
print(frame.drop_nulls().tail(3))

# %% [markdown]
# What is a factor worth? Its rank correlation with the next move of the price, by instrument (of
# made-up ticks, whose figures mean nothing).

# %%
information = (
    ticks.select("instrument_id", "close")
    .hstack(frame.drop("instrument_id"))
    .with_columns(future=(polars.col("close").shift(-10) / polars.col("close") - 1).over("instrument_id"))
    .group_by("instrument_id")
    .agg(
        polars.corr(name, "future", method="spearman").alias(name)
        for name in ("imbalance", "z20", "corr60", "rank100")
    )
    .sort("instrument_id")
)
print(information)

# %% [markdown]
# Production, in batches and in single ticks, into logs.

# %%
with fw.open(f"{place}/batches", factors) as engine:
    batches = [engine.process_many(ticks.slice(begin, 7_000), append=True).to_numpy()
               for begin in range(0, ticks.height, 7_000)]  # fmt: skip

with fw.open(f"{place}/single", factors, fields="quotes") as engine:
    single = np.empty((ticks.height, len(factors)))
    rows = ticks.select(polars.col("timestamp").dt.epoch("ns"), *ticks.columns[2:])
    for row, (instrument, (time, *fields)) in enumerate(zip(ticks["instrument_id"], rows.iter_rows(), strict=True)):
        single[row] = engine.process(instrument, time, fields)

# %% [markdown]
# All bits are equal.

# %%
expected = research.to_numpy()
for place_of_factor, name in enumerate(factors.names):
    bits = expected[name].tobytes()
    assert np.concatenate([batch[name] for batch in batches]).tobytes() == bits, name
    assert single[:, place_of_factor].tobytes() == bits, name
    print(f"{name}: {len(expected[name]):,} values, the same bits three times")
