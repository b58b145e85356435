#!/usr/bin/env bash
# reads_benches_test.sh BIN DIR: figures.awk must know what the benches print today, or the guard
# compares nothing.
set -euo pipefail
bin=$1 dir=$2
cd "$(dirname "$0")"

failures=0
expect_figures() {  # AT_LEAST BENCH PARAMETERS...
  local least=$1 bench=$2 printed count
  shift 2
  printed=$("$bin/$bench" "$@" "dir=$dir")
  count=$(awk -v side=A -v round=1 -v bench="$bench" -f figures.awk <<<"$printed" | wc -l)
  echo "$bench: $count figures"
  if [ "$count" -lt "$least" ]; then
    printf 'FAILED: at least %d figures are expected of:\n%s\n' "$least" "$printed"
    failures=1
  fi
}
expect_figures 10 bench_tick ticks=2000 instruments=7 snapshot_every=1000
expect_figures 20 bench_operators ticks=500 rounds=1 many=7 very_many=20
expect_figures 24 bench_persister updates=2000 paced_updates=640 rounds=1
expect_figures 1 bench_recovery updates=20000 rounds=1
exit $failures
