#!/usr/bin/env bash
# What the bench guard must call slower, and what not: made-up figures through compare.awk, printed
# ones through figures.awk.
set -u
cd "$(dirname "$0")" || exit 1
failures=0

check() {  # CLAIM EXPECTED ACTUAL
  if [ "$2" != "$3" ]; then
    echo "FAILED: $1: expected '$2', got '$3'"
    failures=$((failures + 1))
  fi
}

# figures NAME UNIT "BASE..." "HEAD...": lines as figures.awk writes them, a round a value.
figures() {
  local side=A value round
  for values in "$3" "$4"; do
    round=0
    for value in $values; do printf '%s\t%d\t%s\t%s\t%s\n' $side $((++round)) "$1" "$2" "$value"; done
    side=B
  done
}
verdict() { awk -f compare.awk | awk '/ %/ && /\+-/ { print /SLOWER/ ? "slower" : /quicker/ ? "quicker" : /within noise/ ? "noise" : "same" }'; }
status() { awk -f compare.awk >/dev/null; echo $?; }

quiet="100 101 99 100 102"
check "ten percent more nanoseconds are slower" slower \
  "$(figures x ns "$quiet" "110 111 109 110 112" | verdict)"
check "something slower is exit status 1" 1 "$(figures x ns "$quiet" "110 111 109 110 112" | status)"
check "three percent are not" same "$(figures x ns "$quiet" "103 104 102 103 105" | verdict)"
check "three percent are exit status 0" 0 "$(figures x ns "$quiet" "103 104 102 103 105" | status)"
check "ten percent fewer updates a second are slower" slower \
  "$(figures x updates/s "$quiet" "90 91 89 90 92" | verdict)"
check "more updates a second are quicker" quicker \
  "$(figures x updates/s "$quiet" "120 121 119 120 122" | verdict)"
check "quicker is exit status 0" 0 "$(figures x ns "$quiet" "80 81 79 80 82" | status)"
check "ten percent in noise of forty are noise" noise \
  "$(figures x ns "100 70 135 85 120" "110 150 80 125 95" | verdict)"
check "noise is exit status 0" 0 "$(figures x ns "100 70 135 85 120" "110 150 80 125 95" | status)"
check "a disturbed round of head is no slow-down" same \
  "$(figures x ns "$quiet" "100 101 99 900 102" | verdict)"
check "a disturbed round of base hides no slow-down" slower \
  "$(figures x ns "100 101 99 900 102" "110 111 109 110 112" | verdict)"
check "bytes that never vary count, too" slower \
  "$(figures x B/update "13 13 13 13 13" "14 14 14 14 14" | verdict)"
check "one slower figure among others is told" 1 \
  "$({ figures x ns "$quiet" "$quiet"; figures y ns "$quiet" "130 131 129 130 132"; } | status)"
check "a figure of head alone is no comparison" 0 "$({ figures x ns "$quiet" "$quiet"; figures y ns "" "$quiet"; } | status)"
check "no figures at all are an error" 2 "$(status </dev/null)"

read_figures() { awk -v side=A -v round=1 -v bench=b -f figures.awk | cut -f 3-5 | tr '\t\n' '|;'; }
check "rows of bench_tick are read" \
  "b: computed|ns a tick|190.1;b: accepted|ns a tick|492.8;b: accepted, process_tick p50|ns|330;b: accepted, process_tick p99|ns|1062;b: accepted, log|bytes a tick|138.3;b: accepted, opened again|ms|287.9;" \
  "$(read_figures <<'TEXT'
parameters: instruments=100 seed=1 snapshot_every=200000 ticks=1000000
20 factors
computed                        190.1 ns a tick     5260551 ticks/s  hash 9e03dc2a45b40187
accepted                        492.8 ns a tick     2029207 ticks/s  hash 9e03dc2a45b40187
  process_tick               p50 330 ns, p99 1062 ns, max 32635.3 us (clock included)
  log                        138.3 bytes a tick, 6.91 a factor value, 32 syncs
  opened again                  287.9 ms: 100 states loaded, 0 ticks replayed
TEXT
)"
check "tables of bench_persister are read" \
  "b: low_latency (no sync)|updates/s|10114389;b: low_latency (no sync) size|B/update|13.1;b: low_latency (no sync) send|ns|98.8;b: paced natural, spin p50|us|111;b: paced natural, spin p99|us|208;" \
  "$(read_figures <<'TEXT'
batch                     updates/s   x raw records/commit   B/upd   send ns    p50 us    p99 us    max us
low_latency (no sync)      10114389   0.065           1229    13.1      98.8      1530     18201     19096

mode                   records/commit    p50 us    p99 us    max us
natural, spin                    15.9       111       208       589
TEXT
)"
check "the row of bench_recovery is read" "b: 1000000 updates p50|ms|24.1;" \
  "$(read_figures <<<'1000000 updates: p50 24.1 ms, max 25.3 ms, 24.1 ns an update (open and read)')"

[ $failures -eq 0 ] && echo "all hold"
exit $((failures > 0))
