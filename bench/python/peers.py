"""Twelve handles of TA-Lib and twelve objects of rtta a tick, beside one `process` with the log."""

import numpy as np
import rtta
import talib
from talib import stream

import factorwal as fw
from measure import Times, Watch, ratio
from one_tick import run_ticks, ticks_of
from ticks import FIELDS, TWELVE, make_rows

WARM_UP = 300  # rows that TA-Lib's handles begin with


def talib_loop(rows):
    """The quickest loop that uses them: no function around the calls."""
    close, volume, bid, ask = (np.ascontiguousarray(rows[:, column]) for column in (0, 1, 4, 6))
    sma = stream.SMA(close, timeperiod=20).update
    ema12 = stream.EMA(close, timeperiod=12).update
    ema26 = stream.EMA(close, timeperiod=26).update
    std = stream.STDDEV(close, timeperiod=20).update
    rsi = stream.RSI(close, timeperiod=14).update
    atr = stream.ATR(ask, bid, close, timeperiod=14).update
    low = stream.MIN(close, timeperiod=20).update
    high = stream.MAX(close, timeperiod=20).update
    mom = stream.MOM(close, timeperiod=10).update
    corr = stream.CORREL(close, volume, timeperiod=20).update
    macd = stream.MACD(close, fastperiod=12, slowperiod=26, signalperiod=9).update
    bands = stream.BBANDS(close, timeperiod=20, nbdevup=2.0, nbdevdn=2.0).update

    def loop(ticks):
        with Watch() as watch:
            for close, volume, bid, ask in ticks:
                sma(close)
                ema12(close)
                ema26(close)
                std(close)
                rsi(close)
                atr(ask, bid, close)
                low(close)
                high(close)
                mom(close)
                corr(close, volume)
                macd(close)
                bands(close)
        return watch.taken

    return loop


def rtta_loop():
    """It has no correlation: a sum stands in its place."""
    sma = rtta.SMA(20).update
    ema12 = rtta.EMA(12).update
    ema26 = rtta.EMA(26).update
    std = rtta.StdDev(20).update
    rsi = rtta.RSI(14).update
    atr = rtta.ATR(14).update
    low = rtta.Low(20).update
    high = rtta.High(20).update
    roc = rtta.ROC(10).update
    total = rtta.Summation(20).update
    macd = rtta.MACD(12, 26, 9).update
    bands = rtta.BollingerBands(20).update

    def loop(ticks):
        with Watch() as watch:
            for close, volume, bid, ask in ticks:
                sma(close)
                ema12(close)
                ema26(close)
                std(close)
                rsi(close)
                atr(close, ask, bid)
                low(close)
                high(close)
                roc(close)
                total(volume)
                macd(close)
                bands(close)
        return watch.taken

    return loop


def beside_peers(scale):
    rows = make_rows(scale.block, 1)
    few = list(zip(*(rows["fields"][:, column].tolist() for column in (0, 1, 4, 6))))
    loops = {f"TA-Lib {talib.__version__}": talib_loop(rows["fields"][:WARM_UP]), "rtta": rtta_loop()}
    times = {name: Times(len(rows)) for name in (*loops, "process")}
    with fw.open(scale.directory / "peers", TWELVE, fields=FIELDS) as engine:
        ticks = ticks_of(engine, rows)
        for round_ in range(scale.rounds + 1):
            taken = {name: loop(few) for name, loop in loops.items()}
            taken["process"] = run_ticks(engine.process, ticks)
            engine.flush()
            if round_ > 0:
                for name, one in taken.items():
                    times[name].add(one)
    print("12 factors, 16 values a tick: nanoseconds a tick, processor's time of the calling thread")
    for name, of_it in times.items():
        print(f"  {name:18} {of_it}")
    for name in loops:
        print(f"  process / {name:10} {ratio(times['process'], times[name]):8.2f}; aim: 0.5 of the cheapest")
    print(flush=True)
