#!/usr/bin/env bash
# Kills a run at random times and resumes it, many times over: the history must equal, bit for bit,
# that of a run that nobody disturbed.
#
#   scripts/crash_loop.sh [--kills N] [--seed S] [--ticks FILE]...
#
# Without --ticks: generated ticks. Each file is a loop of its own. A seed repeats a loop's choices.
set -eu
cd "$(dirname "$0")/.."
kills=1000
seed=
files=()
while [ $# -gt 0 ]; do
  case "$1" in
    --kills) kills=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    --ticks) files+=("$(realpath "$2")"); shift 2 ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "crash_loop: unknown argument $1; see --help" >&2; exit 2 ;;
  esac
done
scripts/setup test
[ -e build/release/CMakeCache.txt ] || cmake --preset release
cmake --build build/release --target crash_test
export FACTORWAL_CRASH_ROUNDS=$kills
[ -z "$seed" ] || export FACTORWAL_CRASH_SEED=$seed
if [ ${#files[@]} -eq 0 ]; then
  build/release/bin/crash_test --gtest_brief=1
fi
for file in "${files[@]}"; do
  echo "$file"
  FACTORWAL_CRASH_TICKS=$file build/release/bin/crash_test --gtest_brief=1
done
