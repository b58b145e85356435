#pragma once
/// Which cells a row has: fields that were asked for, then factors, in order of first appearance
/// in the log or as asked for.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "factorwal/record.h"

namespace factorwal::tool {

class Columns {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// No `factors`: every one that `note` meets.
  Columns(std::vector<std::string> fields, const std::vector<std::string>& factors);

  /// Adds the factors of a record that makes a row, if all are wanted.
  void note(const LogRecord& record);
  /// Adds those of a snapshot too.
  void note_snapshot(const LogRecord& record);
  /// Adds those that are new, if all factors are wanted.
  void add_factors(const std::vector<std::string>& names);

  /// Titles, unique.
  [[nodiscard]] const std::vector<std::string>& titles() const noexcept { return titles_; }
  [[nodiscard]] std::size_t size() const noexcept { return titles_.size(); }

  /// Where a layout's values go.
  struct LayoutColumns {
    bool known = false;
    std::vector<std::uint32_t> fields;
    std::vector<std::uint32_t> factors;
  };
  [[nodiscard]] const LayoutColumns& of(LayoutHandle handle, const TickLayout& layout);
  /// kNone when it is not wanted.
  [[nodiscard]] std::uint32_t of(FactorHandle handle, std::string_view id);

 private:
  void add_factor(std::string_view id);
  [[nodiscard]] std::uint32_t find_factor(std::string_view id) const;

  bool all_factors_;
  std::vector<std::string> fields_;
  std::vector<std::string> titles_;
  std::unordered_map<std::string, std::uint32_t> factor_columns_;
  std::vector<LayoutColumns> layouts_;    // by layout handle
  std::vector<bool> noted_layouts_;       // by layout handle
  std::vector<bool> noted_factors_;       // by factor handle
  std::vector<std::uint32_t> by_handle_;  // factor handle -> column
  static constexpr std::uint32_t kUnknown = kNone - 1;
};

}  // namespace factorwal::tool
