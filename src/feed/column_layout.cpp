#include "feed/column_layout.h"

#include <algorithm>

#include "factorwal/feed/text_stamp.h"
#include "feed/column_guess.h"
#include "feed/column_names.h"
#include "feed/number.h"
#include "feed/printable.h"
#include "feed/text_stamp_parts.h"

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
    if (columns.size() > 3)
      return fail(words().map + ": a timestamp has at most date+time+milliseconds");
    return columns;
  }

  [[nodiscard]] Error no_such_column(const std::string& name) const {
    return fail(words().map + " names the column " + quoted(name) +
                ", which is not there; columns found: " + quoted_list(layout_.header));
  }

  Status apply(const ColumnMapping& mapping) {
    const ColumnRole role = role_of(mapping.field).role;
    if (role == ColumnRole::kStamp || role == ColumnRole::kTimeOfDay) {
      if (!layout_.stamp.empty()) return fail(words().map + " gives the timestamp twice");
      Result<std::vector<std::size_t>> columns = stamp_columns(mapping.column);
      if (!columns) return columns.error();
      layout_.stamp = std::move(*columns);
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
      return fail(words().map + " gives the field " + quoted(field) + " twice");
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

  void find_stamp() {
    const std::size_t stamp = best_of(ColumnRole::kStamp);
    const std::size_t date = best_of(ColumnRole::kDate);
    const std::size_t time = best_of(ColumnRole::kTimeOfDay);
    const std::size_t milliseconds = best_of(ColumnRole::kMilliseconds);
    if (stamp != kNoColumn) {
      layout_.stamp = {stamp};
    } else if (time != kNoColumn && date != kNoColumn && is_time_of_day(first_cell(time))) {
      layout_.stamp = {date, time};
      if (milliseconds != kNoColumn) layout_.stamp.push_back(milliseconds);
    } else if (time != kNoColumn || date != kNoColumn) {
      layout_.stamp = {time != kNoColumn ? time : date};
    }
  }

  Status require_roles() const {
    const bool has_instrument = layout_.instrument != kNoColumn;
    if (has_instrument && !options_.instrument.empty()) {
      return fail(words().instrument + " " + printable(options_.instrument) +
                  " is for files without an instrument column; this one has " +
                  quoted(layout_.header[layout_.instrument]));
    }
    const bool need_instrument = !has_instrument && options_.instrument.empty();
    if (!need_instrument && !layout_.stamp.empty()) return {};
    std::string missing = need_instrument ? "instrument" : "";
    if (layout_.stamp.empty()) missing += missing.empty() ? "timestamp" : " and timestamp";
    std::string message = "the header does not tell the " + missing +
                          " column; columns found: " + quoted_list(layout_.header);
    GuessInput guess{input_.file,     layout_.header,        {},
                     need_instrument, layout_.stamp.empty(), words()};
    if (!input_.sample.empty()) guess.first_row = input_.sample.front();
    const std::string options = guess_options(guess);
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
    report_.note(input_.file, "column " + quoted(layout_.header[column]) + " left out: it means " +
                                  quoted(field) + ", which is " + quoted(layout_.header[winner]) +
                                  " (" + words().map + " chooses)");
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
    GuessInput guess{input_.file, layout_.header, {}, false, false, words()};
    if (!input_.sample.empty()) guess.first_row = input_.sample.front();
    const std::string options = guess_options(guess);
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
