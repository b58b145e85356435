#include "archive/leaf_data.h"

#include <span>

#include "archive/hash.h"

namespace factorwal::archive {

std::int32_t TextTable::code_of(std::string_view text) {
  if (const auto found = codes_.find(text); found != codes_.end()) return found->second;
  const auto code = static_cast<std::int32_t>(texts_.size());
  texts_.emplace_back(text);
  codes_.emplace(texts_.back(), code);
  return code;
}

void TextTable::clear() {
  texts_.clear();
  codes_.clear();
}

void LeafData::clear() {
  table.clear();
  codes.clear();
  integers.clear();
  numbers.clear();
  definitions.clear();
  repetitions.clear();
}

std::size_t LeafData::value_count(LeafType type) const noexcept {
  switch (type) {
    case LeafType::kText: return codes.size();
    case LeafType::kInteger: return integers.size();
    case LeafType::kNumber: break;
  }
  return numbers.size();
}

std::uint64_t LeafData::hash(LeafType type) const {
  auto hash = hash_of(std::as_bytes(std::span(definitions)));
  hash = hash_of(std::as_bytes(std::span(repetitions)), hash);
  if (type == LeafType::kInteger) return hash_of(std::as_bytes(std::span(integers)), hash);
  if (type == LeafType::kNumber) return hash_of(std::as_bytes(std::span(numbers)), hash);
  std::vector<std::uint64_t> by_code;
  for (const auto& text : table.texts()) by_code.push_back(hash_of(std::as_bytes(std::span(text))));
  std::vector<std::uint64_t> by_row;
  by_row.reserve(codes.size());
  for (const auto code : codes) by_row.push_back(by_code[static_cast<std::size_t>(code)]);
  return hash_of(std::as_bytes(std::span(by_row)), hash);
}

}  // namespace factorwal::archive
