# %% [markdown]
# # From TA-Lib to factorwal
# The indicators of TA-Lib, under the same names and with the same values, for a strategy that must be
# able to crash. A stream of TA-Lib begins anew with its process; an engine of factorwal does not.

# %%
import tempfile

import numpy as np
import talib

import factorwal as fw

close = fw.sample_ticks(20_000, instruments=1).to_numpy()["close"]
close = close[~np.isnan(close)]

# %% [markdown]
# A batch. Names, order of inputs, parameters and first values are TA-Lib's.

# %%
factors = """
sma30  = SMA(close, 30)
ema12  = EMA(close, 12)
rsi14  = RSI(close, 14)
dema20 = DEMA(close, 20)
mom10  = MOM(close, 10)
factor (upper, middle, lower) = BBANDS(close, 20, 2)
factor (macd, signal, hist)   = MACD(close, 12, 26, 9)
"""
ticks = {
    "instrument": np.full(len(close), "rb2105.SHFE"),
    "timestamp": 1_704_153_600_000_000_000 + 500_000_000 * np.arange(len(close)),
    "close": close,
}
ours = fw.compute(ticks, factors).to_numpy()

upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
macd, signal, hist = talib.MACD(close, 12, 26, 9)
theirs = {
    "sma30": talib.SMA(close, 30),
    "ema12": talib.EMA(close, 12),
    "rsi14": talib.RSI(close, 14),
    "dema20": talib.DEMA(close, 20),
    "mom10": talib.MOM(close, 10),
    "upper": upper,
    "middle": middle,
    "lower": lower,
    "macd": macd,
    "signal": signal,
    "hist": hist,
}
for name, expected in theirs.items():
    assert np.array_equal(np.isnan(expected), np.isnan(ours[name])), name
    error = np.nanmax(np.abs(ours[name] - expected)) / np.nanmax(np.abs(expected))
    assert error < 1e-9, name
    print(f"{name:7} first value at {int(np.isnan(expected).sum()) + 1:3}, largest difference {error:.0e}")

# %% [markdown]
# The same, tick by tick, in a directory. Half of the ticks, then the process ends (here: the engine is
# closed; `live_loop.py` kills it), then the other half. There is no warm-up to be loaded again: the
# values are those of the batch, bit for bit.

# %%
directory = f"{tempfile.mkdtemp()}/data"
half = len(close) // 2
live = []
for begin, end in ((0, half), (half, len(close))):
    with fw.open(directory, factors, fields=["close"]) as engine:
        instrument = engine.instrument("rb2105.SHFE")
        for row in range(begin, end):
            values = engine.process(instrument, int(ticks["timestamp"][row]), (close[row],))
            live.append(values["rsi14"])
assert np.array(live).tobytes() == ours["rsi14"].tobytes()
print(f"{len(live):,} values of rsi14, across a restart: the same bits as the batch's")
