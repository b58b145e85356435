# Compares two commits by what their benches measured in turns. Reads the lines of figures.awk, of
# sides A (base) and B (head); prints a table, and exits with 1 if something got slower.
# Variables: limit, percent (default 5); slower_file, where the names that got slower go.
#
# A change is the ratio of the two medians, as a cost: +10 % is slower, be it nanoseconds or updates
# a second. Its noise is three standard errors of that ratio, by the median distance of each side's
# values from their own median, so that a few disturbed rounds count for little. A change counts if it
# exceeds limit and noise both.

BEGIN {
  FS = "\t"
  if (limit == "") limit = 5
}

NF == 5 {
  if (!($3 in unit)) { order[++names] = $3; unit[$3] = $4 }
  values[$1, $3, ++count[$1, $3]] = $5 + 0
}

function sort_list(list, n,  i, j, x) {
  for (i = 2; i <= n; ++i) {
    x = list[i]
    for (j = i - 1; j >= 1 && list[j] > x; --j) list[j + 1] = list[j]
    list[j + 1] = x
  }
}

function median_of(list, n) {
  sort_list(list, n)
  return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function median(side, name,  i, n, list) {
  n = count[side, name]
  for (i = 1; i <= n; ++i) list[i] = values[side, name, i]
  return median_of(list, n)
}

# The standard deviation, relative to the median, of both sides' values around their own medians.
function spread(name, a, b,  i, n, list, d) {
  n = 0
  for (i = 1; i <= count["A", name]; ++i) {
    d = values["A", name, i] / a - 1
    list[++n] = d < 0 ? -d : d
  }
  for (i = 1; i <= count["B", name]; ++i) {
    d = values["B", name, i] / b - 1
    list[++n] = d < 0 ? -d : d
  }
  sort_list(list, n)
  # Each median lies at distance 0 from itself: those two say nothing.
  for (i = 3; i <= n; ++i) list[i - 2] = list[i]
  return n > 2 ? 1.4826 * median_of(list, n - 2) : 1
}

function verdict(change, noise) {
  if (change <= limit && change >= -limit) return ""
  if ((change < 0 ? -change : change) <= noise) return "within noise"
  return change > 0 ? "SLOWER" : "quicker"
}

function line(name,  a, b, noise, change, word) {
  a = median("A", name); b = median("B", name)
  change = 100 * ((unit[name] ~ /\/s$/ ? a / b : b / a) - 1)
  noise = 300 * spread(name, a, b) * 1.2533 * sqrt(1 / count["A", name] + 1 / count["B", name])
  word = verdict(change, noise)
  ++found[word]
  if (word == "SLOWER" && slower_file != "") print name > slower_file
  printf "%-58s %11.6g %11.6g %-12s %+7.1f %% +- %-5.1f %s\n", name, a, b, unit[name], change, noise,
         word
}

END {
  if (names == 0) { print "no figures to compare"; exit 2 }
  printf "%-58s %11s %11s %-12s %9s    %-5s\n", "", "base", "head", "", "cost", "noise"
  for (i = 1; i <= names; ++i) {
    name = order[i]
    if (count["A", name] && count["B", name]) line(name)
    else printf "%-58s only in %s\n", name, count["A", name] ? "base" : "head"
  }
  printf "\nmore than %g %% and more than noise: %d slower, %d quicker; %d within noise (more rounds decide)\n",
         limit, found["SLOWER"], found["quicker"], found["within noise"]
  exit found["SLOWER"] ? 1 : 0
}
