#include "history/tick_columns.h"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace factorwal::history {
namespace {

constexpr std::array<std::string_view, 3> kRowColumns{"instrument_id", "timestamp", "sequence"};

/// The texts of a list, each once, in order of first appearance.
class DistinctTexts {
 public:
  void add(const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
      if (met_.insert(text).second) texts_.push_back(text);
    }
  }
  [[nodiscard]] const std::vector<std::string>& texts() const noexcept { return texts_; }

 private:
  std::unordered_set<std::string> met_;
  std::vector<std::string> texts_;
};

}  // namespace

TickColumns::TickColumns(const HistoryQuery& query, const wal::LayoutTable& known) {
  DistinctTexts inputs;
  DistinctTexts factors;
  if (query.inputs) inputs.add(*query.inputs);
  if (query.factors) factors.add(*query.factors);
  for (std::uint32_t i = 0; i < known.size(); ++i) {
    const auto& layout = *known.get(i);
    if (!query.inputs) inputs.add(layout.fields);
    if (!query.factors) factors.add(layout.factors);
  }
  add(inputs.texts(), false);
  add(factors.texts(), true);
  name_columns();
}

void TickColumns::add(const std::vector<std::string>& ids, bool are_factors) {
  for (const auto& id : ids) columns_.push_back({id, id, are_factors});
}

/// Factors keep their names before inputs do: they are what a log is about.
void TickColumns::name_columns() {
  std::unordered_set<std::string_view> taken(kRowColumns.begin(), kRowColumns.end());
  const auto name_all = [&](bool factors, const std::string& prefix) {
    for (auto& column : columns_) {
      if (column.is_factor != factors) continue;
      while (!taken.insert(column.name).second) column.name.insert(0, prefix);
    }
  };
  name_all(true, "factor.");
  name_all(false, "field.");
}

std::vector<NumberColumn> TickColumns::make() const {
  std::vector<NumberColumn> columns;
  columns.reserve(columns_.size());
  for (const auto& column : columns_)
    columns.push_back({column.name, column.is_factor, {}, column.id});
  return columns;
}

bool TickColumns::fit(const std::vector<NumberColumn>& columns) const noexcept {
  return std::ranges::equal(columns, columns_, [](const auto& has, const auto& ought) {
    return has.is_factor == ought.is_factor && has.name == ought.name;
  });
}

std::uint32_t TickColumns::find(const std::string& id, bool is_factor) const noexcept {
  const auto at = std::ranges::find_if(columns_, [&](const auto& column) {
    return column.is_factor == is_factor && column.id == id;
  });
  return at == columns_.end() ? kNone : static_cast<std::uint32_t>(at - columns_.begin());
}

const TickColumns::Places& TickColumns::of(LayoutHandle handle, const TickLayout& layout) {
  if (handle.index >= layouts_.size()) layouts_.resize(std::size_t{handle.index} + 1);
  auto& places = layouts_[handle.index];
  if (places) return *places;
  places = std::make_unique<Places>();
  std::vector<bool> met(columns_.size());
  const auto place = [&](const std::string& id, bool is_factor) {
    const auto column = find(id, is_factor);
    places->columns.push_back(column);
    if (column != kNone) met[column] = true;
  };
  for (const auto& field : layout.fields) place(field, false);
  for (const auto& factor : layout.factors) place(factor, true);
  for (std::uint32_t i = 0; i < columns_.size(); ++i) {
    if (!met[i]) places->missing.push_back(i);
  }
  return *places;
}

}  // namespace factorwal::history
