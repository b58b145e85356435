#include "feed/instrument_table.h"

namespace factorwal::feed {

FeedInstrument& InstrumentTable::intern(std::string_view id) {
  // Rows of one instrument often follow each other.
  if (last_ != nullptr && last_->id == id) return *last_;
  const auto found = by_id_.find(id);
  if (found != by_id_.end()) {
    last_ = found->second;
    return *last_;
  }
  FeedInstrument& added = instruments_.emplace_back();
  added.id = id;
  added.index = static_cast<std::uint32_t>(instruments_.size() - 1);
  by_id_.emplace(added.id, &added);
  last_ = &added;
  return added;
}

}  // namespace factorwal::feed
