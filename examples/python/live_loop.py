# %% [markdown]
# # A live loop that is killed, and goes on
# The strategy below runs in a process of its own. It is killed with SIGKILL, as often as it takes, at
# moments that nobody chose; each time it is started again and goes on at the very next tick. Its
# history is then compared, bit for bit, with that of a run that nothing disturbed.

# %%
import random
import signal
import subprocess
import sys
import tempfile
import time

import polars

import factorwal as fw

STRATEGY = '''
import sys
import factorwal as fw

FACTORS = """
fast  = ema(close, 12)
slow  = ema(close, 26)
rsi14 = rsi(close, 14)
vol20 = ts_std(log_return(close, 1), 20)
"""

with fw.open(sys.argv[1], FACTORS, fields="quotes") as engine:
    # The position is yours: a number, an offset of a Kafka topic, a file and a line. It commits with
    # its tick, so that after a crash it says how far the log has got, no tick more and none less.
    next_row = int(engine.position or b"0")
    rows = fw.sample_ticks(200_000).to_numpy()         # in place of a market's feed
    times = rows["timestamp"].astype("int64").tolist()
    fields = list(zip(*(rows[name].tolist() for name in engine.fields)))
    print("begins", flush=True)
    for row in range(next_row, len(times)):
        values = engine.process(rows["instrument_id"][row], times[row], fields[row],
                                position=b"%d" % (row + 1))
        if values["fast"] > values["slow"] and values["rsi14"] < 30:
            pass                                       # your order
'''


def start(directory: str) -> subprocess.Popen[str]:
    """The strategy, once it has opened its directory and begins."""
    process = subprocess.Popen([sys.executable, "-c", STRATEGY, directory], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "begins\n"
    return process


place = tempfile.mkdtemp()

# %% [markdown]
# One run in peace.

# %%
undisturbed = start(f"{place}/undisturbed")
begun = time.monotonic()
assert undisturbed.wait() == 0
duration = time.monotonic() - begun

# %% [markdown]
# And one that is killed until it gets to the end.

# %%
kills = 0
while True:
    process = start(f"{place}/killed")
    time.sleep(random.uniform(0, duration / 2))
    process.send_signal(signal.SIGKILL)
    if process.wait() == 0:
        break
    kills += 1
print(f"killed {kills} times")

# %% [markdown]
# The two histories are the same, every bit of every value. A difference that a table's `equals` would
# let pass, such as -0.0 for 0.0, the bytes would not.

# %%
killed = polars.DataFrame(fw.history(f"{place}/killed").filter(sequences=False))
expected = polars.DataFrame(fw.history(f"{place}/undisturbed").filter(sequences=False))
assert killed.equals(expected)
for column in killed.iter_columns():
    if column.dtype == polars.Float64:
        assert column.to_numpy().tobytes() == expected[column.name].to_numpy().tobytes()
print(f"{killed.height:,} ticks, {killed.width - 2} columns: identical")
