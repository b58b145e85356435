#include "feed/column_layout.h"

#include <algorithm>

#include "factorwal/feed/text_stamp.h"
#include "feed/column_choice.h"
#include "feed/column_guess.h"
#include "feed/column_names.h"
#include "feed/header_lines.h"
#include "feed/name_words.h"
#include "feed/number_forms.h"
#include "feed/printable.h"
#include "feed/scanner.h"
#include "feed/stamp_plan.h"

namespace factorwal::feed {
namespace {

class LayoutMaker {
 public:
  LayoutMaker(LayoutInput input, const FeedOptions& options, FeedReport& report)
      : input_(std::move(input)), options_(options), report_(report) {
    layout_.header = input_.header;
    used_.resize(layout_.header.size(), false);
  }

  Result<ColumnLayout> make() {
    if (options_.decimal_comma && options_.thousands) {
      return fail(words().decimal_comma + " reads thousands as well; " + words().thousands +
                  " is for numbers with a point");
    }
    Result<ColumnChoice> choice = ColumnChoice::make(
        layout_.header, options_, [&](const std::string& name) { return column_named(name); });
    if (!choice) return fail(choice.error().message);
    choice_ = std::move(*choice);
    numbers_ = number_forms(layout_.header.size(), input_.sample, options_);
    for (const ColumnMapping& mapping : options_.map) {
      if (Status mapped = apply(mapping); !mapped) return mapped.error();
    }
    if (layout_.instrument.empty()) find_instrument();
    if (layout_.stamp.empty()) find_stamp();
    if (Status found = require_roles(); !found) return found.error();
    if (Status complete = expect_no_time_left(); !complete) return complete.error();
    for (const std::size_t column : layout_.instrument) mark_used(column);
    for (const std::size_t column : layout_.stamp) mark_used(column);
    if (Status clear = expect_clear_amount(); !clear) return clear.error();
    if (Status clear = expect_clear_numbers(); !clear) return clear.error();
    collect_fields();
    if (layout_.fields.empty()) {
      return fail("has no column of numbers beside the timestamp: " + quoted_list(layout_.header));
    }
    note_names();
    return std::move(layout_);
  }

 private:
  [[nodiscard]] Error fail(const std::string& what) const {
    return Error{Errc::kInvalidArgument, input_.file + ": " + what};
  }

  [[nodiscard]] const FeedWords& words() const { return options_.words; }

  void mark_used(std::size_t column) {
    if (column != kNoColumn) used_[column] = true;
  }

  /// By its name, or as `#3` by its number.
  [[nodiscard]] std::size_t column_named(const std::string& name) const {
    const auto& header = layout_.header;
    if (const std::size_t column = column_numbered(name); column != kNoColumn) return column;
    auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) {
      found = std::find_if(header.begin(), header.end(), [&](const std::string& candidate) {
        return snake_case(candidate) == snake_case(name);
      });
    }
    return found == header.end() ? kNoColumn : static_cast<std::size_t>(found - header.begin());
  }
  [[nodiscard]] std::size_t column_numbered(const std::string& name) const {
    if (name.size() < 2 || name.size() > 5 || name.front() != '#') return kNoColumn;
    if (whole_digits(std::string_view(name).substr(1)) != name.size() - 1) return kNoColumn;
    const std::int64_t number = digits_value(std::string_view(name).substr(1));
    const bool there = number >= 1 && number <= static_cast<std::int64_t>(layout_.header.size());
    return there ? static_cast<std::size_t>(number - 1) : kNoColumn;
  }

  /// `Date+Time+Milliseconds`, or one name.
  Result<std::vector<std::size_t>> columns_named(const std::string& names) const {
    if (const std::size_t whole = column_named(names); whole != kNoColumn) {
      return std::vector<std::size_t>{whole};
    }
    std::vector<std::size_t> columns;
    std::string_view rest = names;
    while (!rest.empty()) {
      const std::size_t plus = rest.find('+');
      const std::string name(rest.substr(0, plus));
      columns.push_back(column_named(name));
      if (columns.back() == kNoColumn) return no_such_column(name);
      rest = plus == std::string_view::npos ? std::string_view{} : rest.substr(plus + 1);
    }
    return columns;
  }

  [[nodiscard]] Error no_such_column(const std::string& name) const {
    return fail(words().map + " names the column " + in_quotes(name) +
                ", which is not there; columns found: " + quoted_list(layout_.header));
  }

  Status apply(const ColumnMapping& mapping) {
    const ColumnRole role = role_of(mapping.field).role;
    if (role == ColumnRole::kStamp || role == ColumnRole::kTimeOfDay) {
      if (!layout_.stamp.empty()) return fail(words().map + " gives the timestamp twice");
      Result<std::vector<std::size_t>> columns = columns_named(mapping.column);
      if (!columns) return columns.error();
      if (columns->size() > kStampColumnsMax) {
        return fail(words().map + ": a timestamp has at most date+time+milliseconds");
      }
      layout_.stamp = std::move(*columns);
      stamp_is_mapped_ = true;
      return {};
    }
    if (role == ColumnRole::kInstrument) {
      if (!layout_.instrument.empty()) return fail(words().map + " gives the instrument twice");
      Result<std::vector<std::size_t>> columns = columns_named(mapping.column);
      if (!columns) return columns.error();
      layout_.instrument = std::move(*columns);
      return {};
    }
    const std::size_t column = column_named(mapping.column);
    if (column == kNoColumn) return no_such_column(mapping.column);
    const std::string field(canonical_field(mapping.field));
    const auto same = [&](const FieldColumn& known) { return known.field == field; };
    if (std::any_of(mapped_.begin(), mapped_.end(), same)) {
      return fail(words().map + " gives the field " + in_quotes(field) + " twice");
    }
    mapped_.push_back({field, column});
    return {};
  }

  /// The unused column whose name fits the role best; the first of equals.
  [[nodiscard]] std::size_t best_of(ColumnRole role) const {
    std::size_t best = kNoColumn;
    int best_rank = 0;
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      const RoleGuess guess = role_of(layout_.header[i]);
      if (guess.role != role || is_mapped(i)) continue;
      if (best == kNoColumn || guess.rank < best_rank) {
        best = i;
        best_rank = guess.rank;
      }
    }
    return best;
  }

  [[nodiscard]] bool is_mapped(std::size_t column) const {
    return std::any_of(mapped_.begin(), mapped_.end(),
                       [&](const FieldColumn& known) { return known.column == column; });
  }

  /// Whether the column's filled cells are mostly such; `without_rows` where there are none.
  template <class Test>
  [[nodiscard]] bool mostly(std::size_t column, Test test, bool without_rows) const {
    if (column == kNoColumn) return false;
    std::size_t filled = 0;
    std::size_t such = 0;
    for (const auto& row : input_.sample) {
      if (column >= row.size() || row[column].empty()) continue;
      ++filled;
      such += test(row[column]) ? 1U : 0U;
    }
    return filled == 0 ? without_rows : such * 2 > filled;
  }
  [[nodiscard]] bool is_time_of_day(std::size_t column) const {
    return mostly(column, is_time_alone, true);
  }
  [[nodiscard]] bool is_date(std::size_t column) const {
    return mostly(column, is_date_alone, true);
  }

  void find_instrument() {
    const std::size_t best = best_of(ColumnRole::kInstrument);
    if (best == kNoColumn) return;
    layout_.instrument = {best};
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      const std::string name = snake_case(layout_.header[i]);
      if (name == "exchange" || name == "exchange_id" || name == "market" || name == "venue") {
        layout_.exchange = i;
      }
    }
  }

  void find_stamp() {
    const std::size_t stamp = best_of(ColumnRole::kStamp);
    const std::size_t date = best_of(ColumnRole::kDate);
    const std::size_t time = best_of(ColumnRole::kTimeOfDay);
    if (stamp != kNoColumn && !mostly(stamp, is_time_alone, false)) {
      if (time != kNoColumn && mostly(stamp, is_date_alone, false) &&
          mostly(time, is_time_alone, false)) {
        return put_together(stamp, time);
      }
      layout_.stamp = {stamp};
      return;
    }
    const std::size_t clock = stamp != kNoColumn ? stamp : time;
    // A pattern of both says what they are.
    const bool told = options_.time_format.find('%') != std::string::npos;
    if (clock != kNoColumn && date != kNoColumn &&
        (told || (is_time_of_day(clock) && is_date(date)))) {
      return put_together(date, clock);
    }
    // A time column with whole timestamps, a date column with them, or what there is.
    const bool whole_time = clock != kNoColumn && !is_time_of_day(clock);
    if (whole_time || date == kNoColumn) {
      if (clock != kNoColumn) layout_.stamp = {clock};
    } else {
      layout_.stamp = {date};
    }
  }

  void put_together(std::size_t date, std::size_t time) {
    layout_.stamp = {date, time};
    const std::size_t milliseconds = best_of(ColumnRole::kMilliseconds);
    if (milliseconds != kNoColumn) layout_.stamp.push_back(milliseconds);
  }

  [[nodiscard]] bool is_instrument(std::size_t column) const {
    return std::find(layout_.instrument.begin(), layout_.instrument.end(), column) !=
           layout_.instrument.end();
  }

  /// Midnight for every row, while times of day lie beside it, is a wrong time without a word.
  Status expect_no_time_left() const {
    if (layout_.stamp.size() != 1 || stamp_is_mapped_) return {};
    const std::size_t date = layout_.stamp.front();
    const bool no_date = mostly(date, is_time_alone, false) && !mostly(date, is_date_alone, false);
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      if (i == date || is_mapped(i) || is_instrument(i)) continue;
      const std::string name = snake_case(layout_.header[i]);
      const auto named = [&](std::string_view part) {
        return name.find(part) != std::string::npos;
      };
      const auto clock = [&](const std::string& cell) {
        return is_time_alone(cell) &&
               (words_of(name).ends_with("time") || cell.find(':') != std::string::npos);
      };
      const bool time_left = mostly(date, is_date_alone, false) && mostly(i, clock, false);
      const bool date_left =
          no_date && (named("date") || named("day")) && mostly(i, is_date_alone, false);
      if (!time_left && !date_left) continue;
      const std::size_t first = time_left ? date : i;
      const std::size_t second = time_left ? i : date;
      std::string message =
          "dates are in " + in_quotes(layout_.header[first]) + ", times of day in " +
          in_quotes(layout_.header[second]) + "; " +
          map_option(words(), "timestamp_ns=" + option_name(layout_.header, first) + "+" +
                                  option_name(layout_.header, second)) +
          " reads both together";
      // Times of day alone are no timestamps.
      if (time_left) {
        message += ", " + map_option(words(), "timestamp_ns=" + option_name(layout_.header, date)) +
                   " the dates alone";
      }
      return fail(message);
    }
    return {};
  }

  Status require_roles() const {
    const bool has_instrument = !layout_.instrument.empty();
    if (has_instrument && !options_.instrument.empty()) {
      return fail(words().instrument + " " + printable(options_.instrument) +
                  " is for files without an instrument column; this one has " +
                  in_quotes(layout_.header[layout_.instrument.front()]));
    }
    if (options_.fields_only) return {};
    const bool need_instrument = !has_instrument && options_.instrument.empty();
    if (!need_instrument && !layout_.stamp.empty()) return {};
    std::string missing = need_instrument ? "instrument" : "";
    if (layout_.stamp.empty()) missing += missing.empty() ? "timestamp" : " and timestamp";
    std::string message = "the header does not tell the " + missing +
                          " column; columns found: " + quoted_list(layout_.header);
    std::string options = guess(need_instrument, layout_.stamp.empty());
    const std::string lines =
        options_.header.empty()
            ? several_header_lines(input_.header, input_.header_line, input_.sample, words())
            : "";
    if (!lines.empty()) {
      return fail("the header seems to have several lines; this probably would read it: " + lines);
    }
    if (!options.empty()) {
      const bool choice = options.find(" or " + words().map) != std::string::npos;
      message += (choice ? "; one of these probably would: " : "; this probably would: ") + options;
    } else {
      message += "; name it with " + words().map + " timestamp_ns=COLUMN";
      if (need_instrument) {
        message +=
            ",instrument_id=COLUMN, or give " + words().instrument + " and an id for all rows";
      }
    }
    return fail(message);
  }

  /// Options for what is missing; as a text, empty where nothing fits.
  [[nodiscard]] std::string guess(bool need_instrument, bool need_stamp) const {
    GuessInput input{input_.file, layout_.header, input_.sample, need_instrument, need_stamp};
    input.used.resize(layout_.header.size(), false);
    for (const std::size_t column : layout_.instrument) input.used[column] = true;
    for (const std::size_t column : layout_.stamp) input.used[column] = true;
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      if (is_mapped(i)) input.used[i] = true;
      input.no_field.push_back(!choice_.takes(i));
    }
    for (const FieldColumn& known : mapped_) input.fields.push_back(known.field);
    input.numbers = numbers_;
    return to_text(guess_columns(input), words());
  }

  /// No cell of the sample is anything but a number or missing.
  [[nodiscard]] bool has_numbers(std::size_t column) const {
    return are_numbers(input_.sample, column, numbers_[column]);
  }

  /// Its cells must be numbers: by its name, or because it was asked for.
  [[nodiscard]] bool must_be_numbers(std::size_t column) const {
    if (is_mapped(column)) return true;
    if (used_[column] || !choice_.takes(column)) return false;
    return choice_.asks_for(column) || known_field(layout_.header[column]).has_value();
  }

  /// 51,5 and 1,234 are found in the first rows, before anything is logged.
  Status expect_clear_numbers() const {
    if (options_.fields_only) return {};
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      const std::string& name = layout_.header[i];
      if (choice_.drops(i) && is_mapped(i)) {
        return fail(words().drop + " and " + words().map + " both name the column " +
                    in_quotes(name));
      }
      if (name.empty() && choice_.asks_for(i)) {
        return fail(words().columns + " names the column #" + std::to_string(i + 1) +
                    ", which has no name; " + words().map + " FIELD=#" + std::to_string(i + 1) +
                    " gives it one");
      }
      if (!must_be_numbers(i) || has_numbers(i)) continue;
      const std::string odd = first_odd_cell(input_.sample, i, numbers_[i]);
      const CommaMeaning meaning = comma_meaning(odd);
      const std::string column = "column " + in_quotes(name) + ": " + in_quotes(odd);
      if (choice_.asks_for(i) && meaning == CommaMeaning::kNone) {
        return fail(column + " is not a number, and " + words().columns + " asks for numbers");
      }
      if (options_.decimal_comma || options_.thousands || meaning == CommaMeaning::kNone) continue;
      if (options_.on_bad_row == OnBadRow::kSkip) continue;  // counted as it comes up
      std::string hint;
      if (all_are_numbers(NumberForm::kThousands)) hint = words().thousands;
      if (all_are_numbers(NumberForm::kDecimalComma)) {
        hint += (hint.empty() ? "" : " or ") + words().decimal_comma;
      }
      if (hint.empty()) continue;
      if (meaning == CommaMeaning::kOpen) {
        return fail(column + " may be thousands or have a comma for the point; " + hint +
                    " says which");
      }
      return fail(column + " has a comma for the point; " + hint + " reads it");
    }
    return {};
  }
  [[nodiscard]] bool all_are_numbers(NumberForm form) const {
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      if (must_be_numbers(i) && !are_numbers(input_.sample, i, form)) return false;
    }
    return true;
  }

  /// `amount` is money in some markets, and a quantity in others: beside a volume it is money.
  Status expect_clear_amount() const {
    std::size_t amount = kNoColumn;
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      const std::optional<std::string> field = known_field(layout_.header[i]);
      if (field && *field == "volume") return {};
      const bool free = !used_[i] && !is_mapped(i) && choice_.takes(i) && has_numbers(i);
      if (snake_case(layout_.header[i]) == "amount" && free) amount = i;
    }
    const auto given = [](const FieldColumn& known) {
      return known.field == "volume" || known.field == "turnover";
    };
    if (amount == kNoColumn || options_.fields_only ||
        std::any_of(mapped_.begin(), mapped_.end(), given)) {
      return {};
    }
    const std::string name = option_name(layout_.header, amount);
    return fail("column " + in_quotes(layout_.header[amount]) + " may be a quantity or money; " +
                map_option(words(), "volume=" + name) + " or " +
                map_option(words(), "turnover=" + name) + " says which");
  }

  void collect_fields() {
    std::vector<std::string> left_out;
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      const std::string& name = layout_.header[i];
      if (snake_case(name) == "trading_day") layout_.trading_day = i;
      for (const FieldColumn& known : mapped_) {
        if (known.column != i) continue;
        layout_.fields.push_back(known);
        layout_.fields.back().form = numbers_[i];
      }
      if (used_[i] || is_mapped(i) || !choice_.takes(i)) continue;
      const std::optional<std::string> known = known_field(name);
      if (name.empty() || (!known && !has_numbers(i))) {
        left_out.push_back(name);
      } else {
        add_field(known ? *known : name, i, known.has_value() || choice_.asks_for(i));
      }
    }
    note_thousands();
    if (!left_out.empty()) {
      report_.note(input_.file, "columns left out, not numbers: " + quoted_list(left_out));
    }
  }

  void note_thousands() {
    std::vector<std::string> names;
    for (const FieldColumn& known : layout_.fields) {
      const bool found = known.form == NumberForm::kThousands && !options_.thousands;
      if (found) names.push_back(layout_.header[known.column]);
    }
    if (names.empty()) return;
    report_.note(input_.file, "numbers with commas between thousands: " + quoted_list(names));
  }

  void add_field(const std::string& field, std::size_t column, bool required) {
    const auto same = [&](const FieldColumn& known) { return known.field == field; };
    const auto mapped = std::find_if(mapped_.begin(), mapped_.end(), same);
    const auto& fields = layout_.fields;
    const auto taken = std::find_if(fields.begin(), fields.end(), same);
    if (mapped == mapped_.end() && taken == fields.end()) {
      layout_.fields.push_back({field, column, required, numbers_[column]});
      return;
    }
    const std::size_t winner = mapped != mapped_.end() ? mapped->column : taken->column;
    report_.note(input_.file, "column " + in_quotes(layout_.header[column]) +
                                  " left out: it means " + in_quotes(field) + ", which is " +
                                  in_quotes(layout_.header[winner]) + " (" + words().map +
                                  " chooses)");
  }

  void note_names() {
    std::string names;
    for (const FieldColumn& known : layout_.fields) {
      const std::string& name = layout_.header[known.column];
      if (name != known.field)
        names += (names.empty() ? "" : ", ") + printable(name) + " = " + known.field;
    }
    if (!names.empty()) report_.note(input_.file, "columns by other names: " + names);
    note_stamp_parts();
    note_missing_close();
  }

  void note_stamp_parts() {
    if (layout_.stamp.size() < 2) return;
    std::string parts;
    for (const std::size_t column : layout_.stamp) {
      parts += (parts.empty() ? "" : " + ") + printable(layout_.header[column]);
    }
    std::string text = "timestamps are put together from " + parts;
    if (snake_case(layout_.header[layout_.stamp.front()]).ends_with("_day")) {
      text += " (exchanges differ in which day they give at night)";
    }
    report_.note(input_.file, std::move(text));
  }

  /// Legal, but most factors will be left out: more likely a name that was not known.
  void note_missing_close() {
    const auto is_price = [](const FieldColumn& known) { return known.field == "close"; };
    if (std::any_of(layout_.fields.begin(), layout_.fields.end(), is_price)) return;
    const std::string options = guess(false, false);
    const bool named = options.find("last_price=") != std::string::npos;
    const std::string hint =
        (named ? "; this probably would name it: " : "; these probably are known fields: ") +
        options;
    report_.note(input_.file,
                 "no column is the last price (close)" + (options.empty() ? "" : hint));
  }

  LayoutInput input_;
  const FeedOptions& options_;
  FeedReport& report_;
  ColumnLayout layout_;
  std::vector<FieldColumn> mapped_;
  std::vector<bool> used_;
  ColumnChoice choice_;
  std::vector<NumberForm> numbers_;  ///< by column
  bool stamp_is_mapped_ = false;
};

}  // namespace

Result<ColumnLayout> make_layout(LayoutInput input, const FeedOptions& options,
                                 FeedReport& report) {
  if (options.header.empty() && looks_headerless(input.header)) {
    return Error{
        Errc::kInvalidArgument,
        input.file + ": seems to have no header; its first line is " + quoted_list(input.header) +
            "; " + options.words.header + " gives the names of its " +
            std::to_string(input.header.size()) +
            " columns, parted by commas, e.g. instrument_id,timestamp_ns,last_price,volume"};
  }
  return LayoutMaker(std::move(input), options, report).make();
}

}  // namespace factorwal::feed
