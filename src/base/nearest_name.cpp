#include "factorwal/nearest_name.h"

#include <algorithm>
#include <vector>

namespace factorwal {
namespace {

// Longer names are never somebody's slip for one of ours, and the table below is quadratic.
constexpr std::size_t kLongestComparedBytes = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Optimal string alignment distance.
std::size_t edit_count(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        current[j] = std::min(current[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, current);
  }
  return last[b.size()];
}

std::string sentence(const std::optional<std::string_view>& name) {
  if (!name) return {};
  std::string text = " (did you mean `";
  text += *name;
  text += "`?)";
  return text;
}

std::vector<std::string_view> views(std::span<const std::string> names) {
  return {names.begin(), names.end()};
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view wanted,
                                             std::span<const std::string_view> candidates) {
  if (wanted.size() > kLongestComparedBytes) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t best_edits = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kLongestComparedBytes) continue;
    const std::size_t edits = edit_count(wanted, candidate);
    if (edits < best_edits && edits < candidate.size()) {
      best = candidate;
      best_edits = edits;
    }
  }
  return best;
}

std::optional<std::string_view> nearest_name(std::string_view wanted,
                                             std::span<const std::string> candidates) {
  // The views point into `candidates`, so the answer outlives the vector.
  return nearest_name(wanted, std::span<const std::string_view>(views(candidates)));
}

std::string did_you_mean(std::string_view wanted, std::span<const std::string_view> candidates) {
  return sentence(nearest_name(wanted, candidates));
}

std::string did_you_mean(std::string_view wanted, std::span<const std::string> candidates) {
  return sentence(nearest_name(wanted, candidates));
}

}  // namespace factorwal
