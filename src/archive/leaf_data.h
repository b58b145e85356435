#pragma once
/// The content of one Parquet column of one row group, as its writer takes it and its reader gives
/// it: values that are there, one after the other, and levels that say where they are.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/part_schema.h"

namespace factorwal::archive {

/// Texts without repetition.
class TextTable {
 public:
  [[nodiscard]] std::int32_t code_of(std::string_view text);
  [[nodiscard]] const std::vector<std::string>& texts() const noexcept { return texts_; }
  void clear();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> codes_;
};

struct LeafData {
  TextTable table;                     ///< of kText
  std::vector<std::int32_t> codes;     ///< places in `table`
  std::vector<std::int64_t> integers;  ///< of kInteger; unsigned ones by their bits
  std::vector<double> numbers;         ///< of kNumber; never NaN
  std::vector<std::int16_t> definitions;
  std::vector<std::int16_t> repetitions;

  void clear();
  /// Of levels and values together. Equal content has an equal hash, whatever the codes are.
  [[nodiscard]] std::uint64_t hash(LeafType type) const;
  [[nodiscard]] std::size_t value_count(LeafType type) const noexcept;
};

}  // namespace factorwal::archive
