#include "feed/column_layout.h"

#include <algorithm>

#include "factorwal/feed/text_stamp.h"
#include "feed/column_guess.h"
#include "feed/column_names.h"
#include "feed/number.h"
#include "feed/printable.h"
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
    for (const ColumnMapping& mapping : options_.map) {
      if (Status mapped = apply(mapping); !mapped) return mapped.error();
    }
    if (layout_.instrument == kNoColumn) layout_.instrument = best_of(ColumnRole::kInstrument);
    if (layout_.stamp.empty()) find_stamp();
    if (Status found = require_roles(); !found) return found.error();
    if (Status complete = expect_no_time_left(); !complete) return complete.error();
    mark_used(layout_.instrument);
    for (const std::size_t column : layout_.stamp) mark_used(column);
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

  [[nodiscard]] std::size_t column_named(const std::string& name) const {
    const auto& header = layout_.header;
    auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) {
      found = std::find_if(header.begin(), header.end(), [&](const std::string& candidate) {
        return snake_case(candidate) == snake_case(name);
      });
    }
    return found == header.end() ? kNoColumn : static_cast<std::size_t>(found - header.begin());
  }

  /// `Date+Time+Milliseconds`, or one name.
  Result<std::vector<std::size_t>> stamp_columns(const std::string& names) const {
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
    if (columns.size() > kStampColumnsMax)
      return fail(words().map + ": a timestamp has at most date+time+milliseconds");
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
      Result<std::vector<std::size_t>> columns = stamp_columns(mapping.column);
      if (!columns) return columns.error();
      layout_.stamp = std::move(*columns);
      stamp_is_mapped_ = true;
      return {};
    }
    const std::size_t column = column_named(mapping.column);
    if (column == kNoColumn) return no_such_column(mapping.column);
    if (role == ColumnRole::kInstrument) {
      if (layout_.instrument != kNoColumn) return fail(words().map + " gives the instrument twice");
      layout_.instrument = column;
      return {};
    }
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

  /// Midnight for every row, while times of day lie beside it, is a wrong time without a word.
  Status expect_no_time_left() const {
    if (layout_.stamp.size() != 1 || stamp_is_mapped_) return {};
    const std::size_t date = layout_.stamp.front();
    const bool no_date = mostly(date, is_time_alone, false) && !mostly(date, is_date_alone, false);
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      if (i == date || i == layout_.instrument || is_mapped(i)) continue;
      const std::string name = snake_case(layout_.header[i]);
      const auto named = [&](std::string_view part) {
        return name.find(part) != std::string::npos;
      };
      const auto clock = [&](const std::string& cell) {
        return is_time_alone(cell) &&
               (name.ends_with("time") || cell.find(':') != std::string::npos);
      };
      const bool time_left = mostly(date, is_date_alone, false) && mostly(i, clock, false);
      const bool date_left =
          no_date && (named("date") || named("day")) && mostly(i, is_date_alone, false);
      if (!time_left && !date_left) continue;
      const std::string& first = layout_.header[time_left ? date : i];
      const std::string& second = layout_.header[time_left ? i : date];
      return fail("dates are in " + in_quotes(first) + ", times of day in " + in_quotes(second) +
                  "; " + map_option(words(), "timestamp_ns=" + first + "+" + second) +
                  " reads both together, " +
                  map_option(words(), "timestamp_ns=" + layout_.header[date]) + " that one alone");
    }
    return {};
  }

  Status require_roles() const {
    const bool has_instrument = layout_.instrument != kNoColumn;
    if (has_instrument && !options_.instrument.empty()) {
      return fail(words().instrument + " " + printable(options_.instrument) +
                  " is for files without an instrument column; this one has " +
                  in_quotes(layout_.header[layout_.instrument]));
    }
    const bool need_instrument = !has_instrument && options_.instrument.empty();
    if (!need_instrument && !layout_.stamp.empty()) return {};
    std::string missing = need_instrument ? "instrument" : "";
    if (layout_.stamp.empty()) missing += missing.empty() ? "timestamp" : " and timestamp";
    std::string message = "the header does not tell the " + missing +
                          " column; columns found: " + quoted_list(layout_.header);
    const Guess guess = guess_columns(
        {input_.file, layout_.header, input_.sample, need_instrument, layout_.stamp.empty()});
    const std::string options = to_text(guess, words());
    if (!options.empty()) {
      message += "; this probably would: " + options;
    } else {
      message += "; name it with " + words().map + " timestamp_ns=COLUMN";
    }
    return fail(message);
  }

  [[nodiscard]] std::string first_cell(std::size_t column) const {
    for (const auto& row : input_.sample) {
      if (column < row.size() && !row[column].empty()) return row[column];
    }
    return {};
  }

  void collect_fields() {
    std::vector<std::string> left_out;
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      const std::string& name = layout_.header[i];
      if (snake_case(name) == "trading_day") layout_.trading_day = i;
      for (const FieldColumn& known : mapped_) {
        if (known.column == i) layout_.fields.push_back(known);
      }
      if (used_[i] || is_mapped(i)) continue;
      const std::optional<std::string> known = known_field(name);
      double number = 0;
      if (name.empty() || (!known && !parse_number(first_cell(i), number))) {
        left_out.push_back(name);
      } else {
        add_field(known ? *known : name, i);
      }
    }
    if (!left_out.empty()) {
      report_.note(input_.file, "columns left out, not numbers: " + quoted_list(left_out));
    }
  }

  void add_field(const std::string& field, std::size_t column) {
    const auto same = [&](const FieldColumn& known) { return known.field == field; };
    const auto mapped = std::find_if(mapped_.begin(), mapped_.end(), same);
    const auto& fields = layout_.fields;
    const auto taken = std::find_if(fields.begin(), fields.end(), same);
    if (mapped == mapped_.end() && taken == fields.end()) {
      layout_.fields.push_back({field, column});
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
    const std::string options =
        to_text(guess_columns({input_.file, layout_.header, input_.sample, false, false}), words());
    report_.note(input_.file,
                 "no column is the last price (close)" +
                     (options.empty() ? "" : "; this probably would name it: " + options));
  }

  LayoutInput input_;
  const FeedOptions& options_;
  FeedReport& report_;
  ColumnLayout layout_;
  std::vector<FieldColumn> mapped_;
  std::vector<bool> used_;
  bool stamp_is_mapped_ = false;
};

}  // namespace

Result<ColumnLayout> make_layout(LayoutInput input, const FeedOptions& options,
                                 FeedReport& report) {
  if (looks_headerless(input.header)) {
    return Error{Errc::kInvalidArgument, input.file +
                                             ": seems to have no header; its first line is " +
                                             quoted_list(input.header) +
                                             "; put the columns' names before it, e.g. "
                                             "instrument_id,timestamp_ns,last_price,volume"};
  }
  return LayoutMaker(std::move(input), options, report).make();
}

}  // namespace factorwal::feed
