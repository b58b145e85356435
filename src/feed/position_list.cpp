#include "factorwal/feed/position_list.h"

#include <algorithm>
#include <cstring>

namespace factorwal::feed {

bool PositionList::goes_on(const FeedPosition& position) const noexcept {
  if (runs_.empty()) return false;
  const auto& [begin, first] = runs_.back();
  return first.identity == position.identity && first.form_rows == position.form_rows &&
         first.check.has_value() == position.check.has_value() &&
         first.next_row + (size_ - begin) == position.next_row;
}

void PositionList::push_back(const FeedPosition& position) {
  if (!goes_on(position)) runs_.push_back({size_, position});
  if (position.check) {
    checks_.resize(size_);
    checks_.push_back(*position.check);
  }
  ++size_;
}

void PositionList::push_back_rows(const FeedPosition& first, std::size_t count) {
  if (count == 0) return;
  push_back(first);
  size_ += count - 1;
}

void PositionList::clear() noexcept {
  runs_.clear();
  checks_.clear();
  size_ = 0;
}

FeedPosition PositionList::operator[](std::size_t index) const {
  const auto behind =
      std::upper_bound(runs_.begin(), runs_.end(), index,
                       [](std::size_t at, const Run& run) { return at < run.begin; });
  const auto& [begin, first] = *std::prev(behind);
  FeedPosition position = first;
  position.next_row += index - begin;
  if (position.check) position.check = checks_[index];
  return position;
}

void PositionList::encode(std::uint32_t reading, std::span<PositionBytes> out) const {
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const auto end = i + 1 < runs_.size() ? runs_[i + 1].begin : size_;
    FeedPosition position = runs_[i].first;
    for (std::size_t row = runs_[i].begin; row < end; ++row, ++position.next_row) {
      if (position.check) position.check = checks_[row];
      auto& [bytes, size] = out[row];
      std::memcpy(bytes.data(), &reading, sizeof reading);
      const auto rest = std::span(bytes).subspan<sizeof reading>();
      size = static_cast<std::uint32_t>(sizeof reading + encode_position(position, rest));
    }
  }
}

}  // namespace factorwal::feed
