#!/usr/bin/env python3
"""What the Python module costs beside C++ and beside other libraries, in one run.

usage: run.py [--quick] [--only one_tick|many|peers|history]... BENCH_CALLS DIRECTORY

BENCH_CALLS: that program. DIRECTORY: an empty one, on the file system that is meant.
All that is compared takes turns, block by block; the processor's time of the calling thread counts,
and the median of the rounds.
"""

import argparse
import os
import pathlib

os.environ["POLARS_MAX_THREADS"] = "1"

import one_tick  # noqa: E402
import peers  # noqa: E402
import tables  # noqa: E402
from ticks import BUNDLE_20, ONE  # noqa: E402


def measure_one_tick(scale):
    one_tick.beside_cpp("8 fields, 20 factors", BUNDLE_20, scale)
    one_tick.beside_cpp("8 fields, 1 factor", ONE, scale)


def measure_many(scale):
    tables.beside_cpp("tables of 8 fields, 20 factors", BUNDLE_20, scale)
    tables.beside_cpp("tables of 8 fields, 1 factor", ONE, scale)


PARTS = {
    "one_tick": measure_one_tick,
    "many": measure_many,
    "peers": peers.beside_peers,
    "history": tables.history,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("program")
    parser.add_argument("directory", type=pathlib.Path)
    scale = parser.parse_args()
    # Ticks of a block stay in the caches, as those of a live loop, which have just been made, are.
    scale.block, scale.rounds = (2_000, 11) if scale.quick else (2_000, 301)
    scale.rows, scale.table_rounds = (20_000, 2) if scale.quick else (250_000, 31)
    scale.directory.mkdir(parents=True, exist_ok=True)
    for part in scale.only or PARTS:
        PARTS[part](scale)


main()
