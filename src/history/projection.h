#pragma once
/// What a history query makes of records: which rows, which columns, and the ids of its stream.

#include "history/selection.h"
#include "history/tick_columns.h"

namespace factorwal::history {

/// Ids in order of their first use. A batch shares the list as it is then.
class IdDictionary {
 public:
  [[nodiscard]] std::uint32_t place(std::uint32_t handle, std::string_view id) {
    if (handle >= places_.size()) places_.resize(std::size_t{handle} + 1, kNone);
    auto& place = places_[handle];
    if (place == kNone) {
      place = static_cast<std::uint32_t>(ids_.size());
      ids_.emplace_back(id);
    }
    return place;
  }
  /// What a batch gets.
  [[nodiscard]] const Dictionary& share() {
    if (shared_->size() != ids_.size()) {
      shared_ = std::make_shared<const std::vector<std::string>>(ids_);
    }
    return shared_;
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::vector<std::uint32_t> places_;  // by handle
  std::vector<std::string> ids_;
  Dictionary shared_ = std::make_shared<const std::vector<std::string>>();
};

struct Projection {
  /// `layouts`: all that the log knows.
  Projection(const HistoryQuery& asked, const wal::LayoutTable& layouts)
      : query(asked), times(asked) {
    if (!query.instruments.empty()) instruments = IdSelection(query.instruments);
    if (query.data_set == DataSet::kTicks) {
      columns = TickColumns(query, layouts);
    } else if (query.factors) {
      factors = IdSelection(*query.factors);
    }
  }

  [[nodiscard]] bool takes_sequence(Sequence sequence) const noexcept {
    return sequence >= query.first_sequence && sequence <= query.last_sequence;
  }

  HistoryQuery query;
  TimeRange times;
  IdSelection instruments;
  IdSelection factors;  ///< of ticks: all
  TickColumns columns;  ///< of ticks
  IdDictionary instrument_ids;
  IdDictionary factor_ids;
};

}  // namespace factorwal::history
