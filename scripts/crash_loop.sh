#!/usr/bin/env bash
# The proofs of durability in full size: kills, power failures, damage, failing calls. The tests run
# the same programs in a small size.
#
#   scripts/crash_loop.sh [--kills N] [--states N] [--seed S] [--ticks FILE]... [--out DIR] [PROOF...]
#
#   kills       random SIGKILLs of `factorwal run`, resumed to the end, history compared byte for
#               byte; of generated ticks, or of each FILE (N kills each, default 1000)
#   accepted    random SIGKILLs of two sending threads, for shm and file (N kills each), then kills
#               at every named point, and in recoveries
#   steps       a SIGKILL at every instruction of a send
#   simulation  kills and power failures at any call of simulated disks, N distinct states of the
#               disk (default 10000), and the broken writers that must be caught
#   damage      every byte of a segment and of a ring flipped, every length cut, pages and files
#               swapped; every call failed in turn
#
# Without PROOF: all of them. --out DIR keeps what each says, with its seeds and the machine.
# A seed repeats a proof's choices.
set -eu
cd "$(dirname "$0")/.."
kills=1000
states=10000
seed=
out=
files=()
proofs=()
while [ $# -gt 0 ]; do
  case "$1" in
    --kills) kills=$2; shift 2 ;;
    --states) states=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    --ticks) files+=("$(realpath "$2")"); shift 2 ;;
    --out) out=$2; shift 2 ;;
    -h | --help) sed -n '2,21s/^# \{0,1\}//p' "$0"; exit 0 ;;
    kills | accepted | steps | simulation | damage) proofs+=("$1"); shift ;;
    *) echo "crash_loop: unknown argument $1; see --help" >&2; exit 2 ;;
  esac
done
[ ${#proofs[@]} -gt 0 ] || proofs=(kills accepted steps simulation damage)

scripts/setup test
[ -e build/release/CMakeCache.txt ] || cmake --preset release
cmake --build build/release --target crash_test accepted_test single_step_test simulation_test \
  wal_damage_test wal_crash_test channel_drain_test
bin=build/release/bin
[ -z "$seed" ] || export FACTORWAL_CRASH_SEED=$seed FACTORWAL_SIMULATION_SEED=$seed

# prove NAME COMMAND...: runs it, shows and keeps what it says.
prove() {
  local name=$1 code=0 started=$SECONDS
  shift
  echo "=== $name"
  if [ -n "$out" ]; then
    mkdir -p "$out"
    "$@" 2>&1 | tee "$out/$name.txt" || code=$?
    echo "$((SECONDS - started)) s" >>"$out/$name.txt"
  else
    "$@" || code=$?
  fi
  return $code
}

if [ -n "$out" ]; then
  mkdir -p "$out"
  {
    git describe --always --dirty
    uname -sr
    grep -m1 'model name' /proc/cpuinfo || true
    nproc
    df -T . | tail -1 | awk '{print $2}'
  } >"$out/machine.txt"
fi
set -o pipefail
failed=0
for proof in "${proofs[@]}"; do
  case $proof in
    kills)
      [ ${#files[@]} -gt 0 ] || files=("")
      for file in "${files[@]}"; do
        name=kills${file:+-$(basename "${file%%.*}")}
        [ -z "$file" ] || export FACTORWAL_CRASH_TICKS=$file
        FACTORWAL_CRASH_ROUNDS=$kills prove "$name" $bin/crash_test --gtest_filter='KillResume*' || failed=1
      done
      ;;
    accepted)
      FACTORWAL_CRASH_ROUNDS=$kills FACTORWAL_CRASH_POINT_ROUNDS=10 \
        prove accepted $bin/accepted_test || failed=1
      ;;
    steps) FACTORWAL_CRASH_EVERY_STEP=1 prove steps $bin/single_step_test || failed=1 ;;
    simulation)
      FACTORWAL_SIMULATION_STATES=$states prove simulation $bin/simulation_test || failed=1
      ;;
    damage)
      FACTORWAL_TEST_FULL=1 prove damage-segment $bin/wal_damage_test || failed=1
      FACTORWAL_TEST_FULL=1 prove damage-ring $bin/channel_drain_test || failed=1
      FACTORWAL_TEST_FULL=1 prove calls $bin/wal_crash_test || failed=1
      ;;
  esac
done
exit $failed
