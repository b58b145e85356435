# %% [markdown]
# # Factors of your own
# As text, as Python expressions, and, where neither will do, as a function that numba compiles. All
# three are one language: they share what they have in common, and all of their state survives.

# %%
import tempfile

import numpy as np

import factorwal as fw
from factorwal import f

# %% [markdown]
# Expressions have every function of the language as a method. A function of Python makes them from
# others; shared parts are computed once.


# %%
def z(x, n):
    return (x - x.ts_mean(n)) / x.ts_std(n)


dif, dea, hist = f.close.macd(12, 26, 9)
up = (f.close > f.close.ts_mean(60)) & (f.queue_imbalance(f.bid_volume, f.ask_volume) > 0.2)
expressions = {
    "z20": z(f.close, 20),
    "z_spread": z(f.ask - f.bid, 100),
    "momentum": fw.if_else(up, hist, 0),
}
factors = fw.FactorSet(expressions, fields="quotes")
print(factors.text)

# %% [markdown]
# There are no values before there are ticks, so that `if` and `and` of Python cannot look at them. The
# error says what to write.

# %%
try:
    if f.close > f.open:
        pass
except TypeError as error:
    print(error)

# %% [markdown]
# A function of one tick, with a state of fixed size. numba compiles it, the engine calls it without
# Python, and its state is saved like that of every operator: an imbalance of signed volume that halves
# every `half_life` ticks.


# %%
@fw.operator(version=1, inputs=("close", "volume"), parameters=("half_life",), state=3)
def pressure(x, p, state, out):
    price, volume = x[0], x[1]
    if np.isnan(price) or np.isnan(volume):
        return  # this tick's output is missing, the state stays
    decay = 0.5 ** (1 / p[0])
    if state[0] > 0 and price != state[0]:
        state[2] = 1.0 if price > state[0] else -1.0  # the tick rule
    state[0] = price
    state[1] = decay * state[1] + (1 - decay) * state[2] * volume
    out[0] = state[1]


factors = fw.FactorSet({**expressions, "pressure50": f.close.pressure(f.volume, 50)}, fields="quotes")
directory = f"{tempfile.mkdtemp()}/data"
ticks = fw.sample_ticks(20_000)
with fw.open(directory, factors) as engine:
    live = engine.process_many(ticks)
print(live.to_pandas().tail(3))

# %% [markdown]
# Opened again, nothing has to be warmed up: the next values are those of an engine that never stopped.

# %%
more = fw.sample_ticks(21_000)
with fw.open(directory, factors) as engine:
    rest = engine.process_many(more.to_pandas().iloc[20_000:], append=True).to_numpy()
whole = fw.compute(more, factors).to_numpy()
for name in factors.names:
    assert rest[name].tobytes() == whole[name][20_000:].tobytes(), name
print("all bits equal those of a run in one piece")

# %% [markdown]
# How did a value come about? It is computed again from the log, step by step.

# %%
print(fw.explain(directory, "rb2105.SHFE", "z20", at=engine.marks.accepted, factors=factors))
