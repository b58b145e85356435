#pragma once
/// Which rows a history query asks for, by handles of one reader.

#include <unordered_set>

#include "factorwal/history.h"

namespace factorwal::history {

/// A set of ids, asked by handle: each handle's id is looked up once.
class IdSelection {
 public:
  IdSelection() = default;
  explicit IdSelection(const std::vector<std::string>& ids)
      : all_(false), ids_(ids.begin(), ids.end()) {}

  [[nodiscard]] bool all() const noexcept { return all_; }
  [[nodiscard]] bool takes(std::uint32_t handle, std::string_view id) {
    if (all_) return true;
    if (handle >= known_.size()) known_.resize(std::size_t{handle} + 1, Answer::kUnknown);
    auto& answer = known_[handle];
    if (answer == Answer::kUnknown) {
      answer = ids_.contains(std::string(id)) ? Answer::kYes : Answer::kNo;
    }
    return answer == Answer::kYes;
  }

 private:
  enum class Answer : std::uint8_t { kUnknown, kYes, kNo };
  bool all_ = true;
  std::unordered_set<std::string> ids_;
  std::vector<Answer> known_;
};

/// A range of event times; rows without a time lie in no bounded one.
class TimeRange {
 public:
  TimeRange() = default;
  explicit TimeRange(const HistoryQuery& query)
      : all_(!query.from && !query.to), first_(query.from.value_or(kNoTimestamp)), end_(query.to) {}

  [[nodiscard]] bool all() const noexcept { return all_; }
  [[nodiscard]] bool takes(TimestampNs time) const noexcept {
    return all_ || (time != kNoTimestamp && time >= first_ && (!end_ || time < *end_));
  }

 private:
  bool all_ = true;
  TimestampNs first_ = kNoTimestamp;
  std::optional<TimestampNs> end_;
};

}  // namespace factorwal::history
