#include "feed/number_forms.h"

#include <algorithm>

namespace factorwal::feed {
namespace {

/// The strongest meaning of a column's commas; kNone also where it is no column of numbers.
CommaMeaning meaning_of(SampleRows sample, std::size_t column) {
  if (!are_numbers(sample, column, NumberForm::kThousands)) return CommaMeaning::kNone;
  CommaMeaning strongest = CommaMeaning::kNone;
  for (const auto& row : sample) {
    if (column < row.size()) strongest = std::max(strongest, comma_meaning(row[column]));
  }
  return strongest;
}

}  // namespace

std::vector<NumberForm> number_forms(std::size_t column_count, SampleRows sample,
                                     const FeedOptions& options) {
  const NumberForm told = options.decimal_comma ? NumberForm::kDecimalComma
                          : options.thousands   ? NumberForm::kThousands
                                                : NumberForm::kPlain;
  std::vector<NumberForm> forms(column_count, told);
  if (told != NumberForm::kPlain) return forms;
  std::vector<CommaMeaning> meanings;
  for (std::size_t i = 0; i < column_count; ++i) meanings.push_back(meaning_of(sample, i));
  const bool sure =
      std::find(meanings.begin(), meanings.end(), CommaMeaning::kThousands) != meanings.end();
  for (std::size_t i = 0; i < column_count && sure; ++i) {
    if (meanings[i] != CommaMeaning::kNone) forms[i] = NumberForm::kThousands;
  }
  return forms;
}

std::string first_odd_cell(SampleRows sample, std::size_t column, NumberForm form) {
  double value = 0;
  for (const auto& row : sample) {
    if (column < row.size() && !parse_number(row[column], form, value)) return row[column];
  }
  return {};
}

bool are_numbers(SampleRows sample, std::size_t column, NumberForm form) {
  return first_odd_cell(sample, column, form).empty();
}

}  // namespace factorwal::feed
