#!/usr/bin/env bash
# The proofs of durability in full size: kills, power failures, damage, failing calls, fuzzing, soak.
# The tests run the same programs in a small size.
#
#   scripts/crash_loop.sh [--kills N] [--states N] [--fuzz-runs N] [--minutes M] [--seed S]
#                         [--updates N] [--ticks FILE]... [--out DIR] [PROOF...]
#
#   kills       random SIGKILLs of `factorwal run` under random configurations (preset, channel,
#               commit timing, segments, snapshots, factor file), resumed to the end, history
#               compared byte for byte; of generated ticks, or of each FILE (N kills each,
#               default 1000)
#   accepted    random SIGKILLs of two sending threads, for shm and file (N kills each), then kills
#               at every named point, and in recoveries
#   points      an engine killed before and after every named call: commit, rotation, snapshot,
#               open and drain, close (the first 10 occurrences of each)
#   steps       a SIGKILL at every instruction of a send
#   simulation  kills and power failures at any call of simulated disks, N distinct states that
#               power failures leave (default 10000), under random configurations
#   power       a power failure at every call of a life, and at every call of each recovery
#   mutants     broken writers must be caught, each by name: no sync, sync before write, no sync of
#               the directory, rename before content
#   damage      every byte of a segment and of a ring flipped, every length cut, pages swapped,
#               doubled, zeroed, of older states and other segments, frames moved, files exchanged
#   calls       every call failed in turn at every occurrence, once, four times, until mended, with
#               stop and degrade: of a whole engine, of the log's writer, of an open
#   full        a disk that is full, and has space again
#   archive     random SIGKILLs of a writer and of the archiver beside it (N rounds), power failures at
#               every call of a commit, damage of every file; ten days of 50,000 ticks as DuckDB,
#               polars, pandas and pyarrow read them, beside `query`
#   fuzz        scripts/fuzz: log, state, ring, factors, csv (N runs each, default 10000000)
#   tsan        channel, persister, readers beside a live writer under the thread sanitizer
#   soak        ticks for M minutes (default 120) or N updates (default 1,000,000,000), whichever
#               ends first: rate, latency, memory, size of the log
#
# Without PROOF: all of them, which takes hours. --out DIR keeps what each says, with its seeds and
# the machine. A seed repeats a proof's choices.
set -eu
cd "$(dirname "$0")/.."
kills=1000
states=10000
fuzz_runs=10000000
minutes=120
updates=1000000000
seed=
out=
files=()
proofs=()
while [ $# -gt 0 ]; do
  case "$1" in
    --kills) kills=$2; shift 2 ;;
    --states) states=$2; shift 2 ;;
    --fuzz-runs) fuzz_runs=$2; shift 2 ;;
    --minutes) minutes=$2; shift 2 ;;
    --updates) updates=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    --ticks) files+=("$(realpath "$2")"); shift 2 ;;
    --out) out=$2; shift 2 ;;
    -h | --help) sed -n '2,36s/^# \{0,1\}//p' "$0"; exit 0 ;;
    kills | accepted | points | steps | simulation | power | mutants | damage | calls | full | archive | fuzz | tsan | soak)
      proofs+=("$1")
      shift
      ;;
    *) echo "crash_loop: unknown argument $1; see --help" >&2; exit 2 ;;
  esac
done
[ ${#proofs[@]} -gt 0 ] || proofs=(kills accepted points steps simulation power mutants damage calls full archive fuzz tsan soak)

scripts/setup test
[ -e build/release/CMakeCache.txt ] || cmake --preset release
bin=build/release/bin
[ -z "$seed" ] || export FACTORWAL_CRASH_SEED=$seed FACTORWAL_SIMULATION_SEED=$seed

build() { cmake --build build/release --target "$@"; }

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
      build crash_test
      [ ${#files[@]} -gt 0 ] || files=("")
      for file in "${files[@]}"; do
        name=kills${file:+-$(basename "${file%%.*}")}
        [ -z "$file" ] || export FACTORWAL_CRASH_TICKS=$file
        FACTORWAL_CRASH_ROUNDS=$kills prove "$name" $bin/crash_test --gtest_filter='KillResume*' || failed=1
      done
      ;;
    accepted)
      build accepted_test
      FACTORWAL_CRASH_ROUNDS=$kills FACTORWAL_CRASH_POINT_ROUNDS=10 \
        prove accepted $bin/accepted_test || failed=1
      ;;
    points)
      build engine_points_test
      FACTORWAL_CRASH_POINT_ROUNDS=10 prove points $bin/engine_points_test || failed=1
      ;;
    steps)
      build single_step_test
      FACTORWAL_CRASH_EVERY_STEP=1 prove steps $bin/single_step_test || failed=1
      ;;
    simulation)
      build simulation_test
      FACTORWAL_SIMULATION_STATES=$states \
        prove simulation $bin/simulation_test --gtest_filter='Simulation.*' || failed=1
      ;;
    power)
      build simulation_test
      FACTORWAL_TEST_FULL=1 prove power $bin/simulation_test --gtest_filter='*PowerLoss*' || failed=1
      ;;
    mutants)
      build simulation_test
      prove mutants $bin/simulation_test --gtest_filter='SimulationCatches*' || failed=1
      ;;
    damage)
      build wal_damage_test recovery_test
      FACTORWAL_TEST_FULL=1 prove damage-segment $bin/wal_damage_test || failed=1
      FACTORWAL_TEST_FULL=1 prove damage-ring $bin/recovery_test || failed=1
      ;;
    calls)
      build simulation_test wal_storage_failure_test wal_crash_test
      FACTORWAL_TEST_FULL=1 \
        prove calls-engine $bin/simulation_test --gtest_filter='*FailingCall*' || failed=1
      FACTORWAL_TEST_FULL=1 \
        prove calls-writer $bin/wal_storage_failure_test --gtest_filter='*OfACall*' || failed=1
      FACTORWAL_TEST_FULL=1 prove calls-open $bin/wal_crash_test || failed=1
      ;;
    full)
      build wal_storage_failure_test persister_failure_test
      prove full-writer $bin/wal_storage_failure_test --gtest_filter='*StorageFull*' || failed=1
      prove full-engine $bin/persister_failure_test --gtest_filter='*Degrade*' || failed=1
      ;;
    archive)
      scripts/setup archive
      cmake build/release -DFACTORWAL_BUILD_ARCHIVE=ON >/dev/null
      build archive_test archive_kills_test archive_readers_test
      FACTORWAL_CRASH_ROUNDS=$kills prove archive-kills $bin/archive_kills_test || failed=1
      prove archive-power $bin/archive_test --gtest_filter='ArchiveCommit*' || failed=1
      prove archive-damage $bin/archive_test --gtest_filter='ArchiveVerify*' || failed=1
      FACTORWAL_ARCHIVE_DAY_TICKS=50000 prove archive-readers $bin/archive_readers_test || failed=1
      ;;
    fuzz)
      scripts/fuzz --runs "$fuzz_runs" ${seed:+--seed "$seed"} ${out:+--out "$out"} || failed=1
      ;;
    tsan) prove tsan scripts/test tsan || failed=1 ;;
    soak)
      build bench_soak
      prove soak $bin/bench_soak --minutes "$minutes" --updates "$updates" --interval 30 \
        --dir build/release/soak || failed=1
      ;;
  esac
done
exit $failed
