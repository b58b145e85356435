# %% [markdown]
# # History, with DuckDB and polars
# Every tick and value is in the log. It is read as Arrow, also beside the program that writes it, with
# nothing exported first.

# %%
import tempfile

import duckdb
import polars

import factorwal as fw

directory = f"{tempfile.mkdtemp()}/data"
engine = fw.open(directory, "rsi14 = rsi(close, 14)\nvol20 = ts_std(log_return(close, 1), 20)")
engine.process_many(fw.sample_ticks(50_000), collect=False)
engine.flush()  # it stays open: the writer goes on while others read

# %% [markdown]
# A history is a question; nothing is read until somebody asks for rows. `filter` narrows it, and only
# those columns and rows are read.

# %%
history = fw.history(directory)
rebar = history.filter(instrument="rb2105.SHFE", factors=["rsi14"], inputs=["close", "volume"])
frame = polars.DataFrame(rebar)
print(frame.tail(3))

# %% [markdown]
# DuckDB asks it by the variable's name.

# %%
print(
    duckdb.sql(
        """
        select instrument_id, count(*) as ticks, avg(rsi14) as rsi14, max(vol20) as most_volatile
        from history group by instrument_id order by instrument_id
        """
    )
)

# %% [markdown]
# Bars of five minutes in polars, from ticks that are read once, batch after batch.

# %%
bars = (
    frame.sort("timestamp")
    .group_by_dynamic("timestamp", every="5m")
    .agg(
        open=polars.col("close").drop_nulls().first(),
        high=polars.col("close").max(),
        low=polars.col("close").min(),
        close=polars.col("close").drop_nulls().last(),
        volume=polars.col("volume").sum(),
        rsi14=polars.col("rsi14").last(),
    )
)
print(bars.tail(3))

# %% [markdown]
# A history larger than memory: `reader()` gives batch after batch.

# %%
rows = 0
for batch in history.reader():
    rows += batch.num_rows
assert rows == 50_000
engine.close()
