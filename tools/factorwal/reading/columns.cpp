#include "reading/columns.h"

#include <algorithm>

namespace factorwal::tool {
namespace {

/// Marks `index`; false if it was marked already.
bool mark(std::vector<bool>& marks, std::size_t index) {
  if (index >= marks.size()) marks.resize(index + 1);
  if (marks[index]) return false;
  marks[index] = true;
  return true;
}

}  // namespace

Columns::Columns(std::vector<std::string> fields, const std::vector<std::string>& factors)
    : all_factors_(factors.empty()), fields_(std::move(fields)), titles_(fields_) {
  for (const auto& factor : factors) add_factor(factor);
}

void Columns::add_factor(std::string_view id) {
  const auto [at, added] =
      factor_columns_.try_emplace(std::string(id), static_cast<std::uint32_t>(titles_.size()));
  if (!added) return;
  titles_.emplace_back(id);
  // A field of the same name steps back: factors are what the log is about.
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i] == id) titles_[i] = "field." + fields_[i];
  }
}

void Columns::note(const LogRecord& record) {
  if (!all_factors_) return;
  if (record.type == RecordType::kTick) {
    if (!mark(noted_layouts_, record.layout_handle.index)) return;
    for (const auto& factor : record.layout->factors) add_factor(factor);
  } else if (record.type == RecordType::kUpdate || record.type == RecordType::kVectorUpdate) {
    if (mark(noted_factors_, record.factor.index)) add_factor(record.factor_id);
  }
}

void Columns::note_snapshot(const LogRecord& record) {
  if (!all_factors_) return;
  for (const auto& item : record.factors) {
    if (mark(noted_factors_, item.factor.index)) add_factor(item.factor_id);
  }
}

void Columns::add_factors(const std::vector<std::string>& names) {
  if (!all_factors_) return;
  for (const auto& name : names) add_factor(name);
}

std::uint32_t Columns::find_factor(std::string_view id) const {
  const auto at = factor_columns_.find(std::string(id));
  return at == factor_columns_.end() ? kNone : at->second;
}

const Columns::LayoutColumns& Columns::of(LayoutHandle handle, const TickLayout& layout) {
  if (handle.index >= layouts_.size()) layouts_.resize(std::size_t{handle.index} + 1);
  auto& columns = layouts_[handle.index];
  if (columns.known) return columns;
  columns.known = true;
  for (const auto& field : layout.fields) {
    const auto at = std::find(fields_.begin(), fields_.end(), field);
    columns.fields.push_back(
        at == fields_.end() ? kNone : static_cast<std::uint32_t>(at - fields_.begin()));
  }
  for (const auto& factor : layout.factors) columns.factors.push_back(find_factor(factor));
  return columns;
}

std::uint32_t Columns::of(FactorHandle handle, std::string_view id) {
  if (handle.index >= by_handle_.size()) {
    by_handle_.resize(std::size_t{handle.index} + 1, kUnknown);
  }
  auto& column = by_handle_[handle.index];
  if (column == kUnknown) column = find_factor(id);
  return column;
}

}  // namespace factorwal::tool
