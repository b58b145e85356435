#pragma once
/// \file
/// What the numbers of one field stand for.

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "factorwal/operators/missing.h"
#include "factorwal/result.h"
#include "feed/columns/column_layout.h"

namespace factorwal::feed {

struct FieldRule {
  bool required = false;  ///< known or mapped: a cell that is no number makes a bad row
  CellKind kind = CellKind::kNumber;
  NumberForm form = NumberForm::kPlain;
  double scale = 1;
  std::vector<double> missing;

  /// A plain decimal of few digits stands for itself: nothing else needs to be asked.
  [[nodiscard]] bool takes_short_decimals() const noexcept {
    return kind == CellKind::kNumber && form != NumberForm::kDecimalComma && missing.empty() &&
           scale == 1;
  }
  /// INT64_MAX: an undefined price of DBN. From 1e300 on, as CTP's DBL_MAX, in ctp.h as well.
  [[nodiscard]] static bool is_undefined(double number) noexcept {
    constexpr double kUndefined = 9223372036854775807.0;
    return (number == kUndefined) | (std::abs(number) >= 1e300);
  }
  /// The field's value of a number in the file.
  [[nodiscard]] double value_of(double number) const noexcept {
    if (is_undefined(number)) return kMissing;
    for (const double none : missing) number = number == none ? kMissing : number;
    return scale != 1 ? number * scale : number;
  }
  /// The same of many.
  void apply(std::span<double> numbers) const noexcept;
};

/// Fails where FeedOptions::scale or ::missing name a field that neither the first file's schema
/// nor one of its columns is.
[[nodiscard]] Status check_rules(const std::string& file, const ColumnLayout& layout,
                                 const TickSchema& schema, const FeedOptions& options);

/// For each field of the schema.
[[nodiscard]] std::vector<FieldRule> field_rules(const ColumnLayout& layout,
                                                 const TickSchema& schema,
                                                 const FeedOptions& options);

}  // namespace factorwal::feed
