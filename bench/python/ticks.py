"""The rows and factors that all are measured with."""

import numpy as np

FIELDS = ["close", "volume", "turnover", "open_interest", "bid", "bid_volume", "ask", "ask_volume"]

# The bundle of bench/bench_operators.cpp, over quotes: high is ask, low is bid.
BUNDLE_20 = """
a0 = ts_mean(close, 5)
a1 = ts_mean(close, 10)
a2 = ts_mean(close, 20)
a3 = ts_mean(close, 60)
a4 = ts_mean(close, 250)
b0 = ema(close, 12)
b1 = ema(close, 26)
b2 = ema(close, 60)
c0 = ts_std(close, 10, ddof=0)
c1 = ts_std(close, 20, ddof=0)
c2 = ts_std(close, 60, ddof=0)
d0 = ts_corr(close, volume, 20)
d1 = ts_corr(close, volume, 60)
e = rsi(close, 14)
factor (_, m) = macd(close, 12, 26, 9)
factor (u) = bbands(close, 20, 2)
g = atr(ask, bid, close, 14)
h = ts_min(close, 20)
i = ts_max(close, 20)
j = delta(close, 10)
"""

ONE = "a2 = ts_mean(close, 20)\n"

# What twelve handles of TA-Lib give: 16 values.
TWELVE = """
sma = ts_mean(close, 20)
ema12 = ema(close, 12)
ema26 = ema(close, 26)
std = ts_std(close, 20, ddof=0)
rsi14 = rsi(close, 14)
atr14 = atr(ask, bid, close, 14)
low = ts_min(close, 20)
high = ts_max(close, 20)
mom = delta(close, 10)
corr = ts_corr(close, volume, 20)
factor (macd_line, macd_signal, macd_hist) = macd(close, 12, 26, 9)
factor (upper, middle, lower) = bbands(close, 20, 2)
"""

ROW = np.dtype([("instrument", "i8"), ("time", "i8"), ("fields", "f8", (len(FIELDS),))])


def make_rows(count, instruments):
    """Walks on a grid of 0.2, as IF2101 has it, of instruments in random order."""
    random = np.random.default_rng(1)
    rows = np.zeros(count, ROW)
    rows["instrument"] = random.integers(0, instruments, count)
    rows["time"] = 1_700_000_000_000_000_000 + 500_000_000 * np.arange(count)
    tenths = np.zeros(count, np.int64)
    steps = 2 * random.integers(-2, 3, count)
    for instrument in range(instruments):
        of_it = rows["instrument"] == instrument
        tenths[of_it] = 52_342 + np.cumsum(steps[of_it])
    close = tenths / 10
    volume = random.integers(0, 50, count).astype(float)
    fields = rows["fields"]
    fields[:, 0] = close
    fields[:, 1] = volume
    fields[:, 2] = close * volume * 300
    fields[:, 3] = 90_000 + random.integers(0, 9, count)
    fields[:, 4] = (tenths - 2) / 10
    fields[:, 5] = 1 + random.integers(0, 9, count)
    fields[:, 6] = (tenths + 2) / 10
    fields[:, 7] = 1 + random.integers(0, 9, count)
    return rows
