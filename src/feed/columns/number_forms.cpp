#include "feed/columns/number_forms.h"

#include <algorithm>

#include "feed/printable.h"

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

bool all_are_numbers(const NumberCheck& check, NumberForm form) {
  for (std::size_t i = 0; i < check.header.size(); ++i) {
    if (check.required[i] && !are_numbers(check.sample, i, form)) return false;
  }
  return true;
}

/// `--thousands or --decimal-comma`, or one of them, or neither.
std::string comma_options(const NumberCheck& check) {
  const FeedOptions& options = check.options;
  if (options.decimal_comma || options.thousands) return {};
  if (options.on_bad_row == OnBadRow::kSkip) return {};  // counted as they come up
  std::string text;
  if (all_are_numbers(check, NumberForm::kThousands)) text = options.words.thousands;
  if (all_are_numbers(check, NumberForm::kDecimalComma)) {
    text += (text.empty() ? "" : " or ") + options.words.decimal_comma;
  }
  return text;
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

std::string unclear_numbers(const NumberCheck& check) {
  const FeedWords& words = check.options.words;
  for (std::size_t i = 0; i < check.header.size(); ++i) {
    if (check.header[i].empty() && check.asked[i] && check.required[i]) {
      const std::string number = "#" + std::to_string(i + 1);
      std::string text = words.columns + " names the column " + number + ", which has no name; ";
      return text.append(words.map).append(" FIELD=").append(number).append(" gives it one");
    }
    const std::string odd = first_odd_cell(check.sample, i, check.forms[i]);
    if (!check.required[i] || odd.empty()) continue;
    const CommaMeaning meaning = comma_meaning(odd);
    std::string column = "column " + in_quotes(check.header[i]) + ": " + in_quotes(odd);
    if (check.asked[i] && meaning == CommaMeaning::kNone) {
      return column + " is not a number, and " + words.columns + " asks for numbers";
    }
    const std::string hint = meaning == CommaMeaning::kNone ? "" : comma_options(check);
    if (hint.empty()) continue;
    if (meaning == CommaMeaning::kOpen) {
      return column.append(" may be thousands or have a comma for the point; ")
          .append(hint)
          .append(" says which");
    }
    return column.append(" has a comma for the point; ").append(hint).append(" reads it");
  }
  return {};
}

}  // namespace factorwal::feed
