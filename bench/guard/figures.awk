# Reads what one bench printed; writes a line a figure: SIDE, ROUND, NAME, UNIT, VALUE, with tabs.
# Variables: side, round, bench. Counts, hashes and maxima are no figures: they are equal or luck.

function figure(name, unit, value) {
  if (value > 0) printf "%s\t%s\t%s: %s\t%s\t%s\n", side, round, bench, name, unit, value
}

# The number right before `text`, which begins at `at`.
function number_before(line, at,  start) {
  start = at
  while (start > 1 && substr(line, start - 1, 1) ~ /[0-9.]/) --start
  return substr(line, start, at - start)
}

function each(label, line, text, name,  at) {
  at = index(line, text)
  if (at > 1) figure(label (name == "" ? "" : " " name), substr(text, 2), number_before(line, at))
}

function after(label, line, word, unit,  at, rest) {
  at = index(line, word " ")
  if (at == 0) return
  rest = substr(line, at + length(word) + 1)
  sub(/^ +/, "", rest)
  if (match(rest, "^[0-9.]+ " unit)) figure(label " " word, unit, rest + 0)
}

/^(parameters:|build:|hash|\$)/ { next }
/^ *$/ { table = ""; next }
/^batch +updates\/s +x raw +records\/commit +B\/upd +send ns +p50 us +p99 us +max us/ { table = "saturated"; next }
/^mode +records\/commit +p50 us +p99 us +max us/ { table = "paced"; next }

# bench_persister: the numbers stand at the end of a row, under a heading with spaces in its names.
table == "saturated" && NF > 8 {
  label = $0
  sub(/  .*/, "", label)
  figure(label, "updates/s", $(NF - 7))
  figure(label " size", "B/update", $(NF - 4))
  figure(label " send", "ns", $(NF - 3))
  next
}
table == "paced" && NF > 4 {
  label = "paced " $0
  sub(/  .*/, "", label)
  figure(label " p50", "us", $(NF - 2))
  figure(label " p99", "us", $(NF - 1))
  next
}

{
  label = $0
  sub(/^ +/, "", label)
  if (!sub(/  .*/, "", label)) sub(/:.*/, "", label)
  if ($0 ~ /^ /) label = above ", " label
  else above = label
  each(label, $0, " ns a tick", "")
  each(label, $0, " bytes a tick", "")
  after(label, $0, "p50", "ns")
  after(label, $0, "p99", "ns")
  after(label, $0, "p50", "ms")
  if ($0 ~ /^ +opened again/) each(label, $0, " ms", "")
}
