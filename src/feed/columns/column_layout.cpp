#include "feed/columns/column_layout.h"

#include <algorithm>
#include <optional>

#include "factorwal/feed/text_stamp.h"
#include "feed/columns/column_choice.h"
#include "feed/columns/column_guess.h"
#include "feed/columns/column_names.h"
#include "feed/columns/dates_alone.h"
#include "feed/columns/header_lines.h"
#include "feed/columns/layout_notes.h"
#include "feed/columns/name_words.h"
#include "feed/columns/number_forms.h"
#include "feed/columns/sample_columns.h"
#include "feed/files/instrument_name.h"
#include "feed/printable.h"
#include "feed/times/stamp_plan.h"

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
        layout_.header, options_,
        [&](const std::string& name) { return find_column(layout_.header, name); });
    if (!choice) return fail(choice.error().message);
    choice_ = std::move(*choice);
    numbers_ = number_forms(layout_.header.size(), input_.sample, options_);
    cells_.emplace(layout_.header, input_.sample, numbers_);
    for (const ColumnMapping& mapping : options_.map) {
      if (Status mapped = apply(mapping); !mapped) return mapped.error();
    }
    layout_.instrument_id = options_.instrument;
    if (Status known = apply_form(); !known) return known.error();
    if (layout_.instrument.empty()) find_instrument();
    if (layout_.stamp.empty()) find_stamp();
    if (layout_.instrument.empty() && layout_.instrument_id.empty()) find_instrument_in_name();
    if (Status found = require_roles(); !found) return found.error();
    if (Status complete = expect_no_time_left(); !complete) return complete.error();
    for (const std::size_t column : layout_.instrument) {
      const std::string& name = layout_.header[column];
      const bool optional =
          role_of(name).role != ColumnRole::kInstrument && !names_an_exchange(name);
      layout_.may_be_empty.push_back(optional && !layout_.may_be_empty.empty());
      mark_used(column);
    }
    for (const std::size_t column : layout_.stamp) mark_used(column);
    if (Status clear = expect_clear_amount(); !clear) return clear.error();
    if (Status clear = expect_clear_numbers(); !clear) return clear.error();
    collect_fields();
    if (layout_.fields.empty()) {
      return fail("has no column of numbers beside the timestamp: " + quoted_list(layout_.header));
    }
    take_form_scale();
    note_layout(layout_, input_, options_, hint_for_close(), report_);
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

  /// `Date+Time+Milliseconds`, or one name.
  Result<std::vector<std::size_t>> columns_named(const std::string& names) const {
    if (const std::size_t whole = find_column(layout_.header, names); whole != kNoColumn) {
      return std::vector<std::size_t>{whole};
    }
    std::vector<std::size_t> columns;
    std::string_view rest = names;
    while (!rest.empty()) {
      const std::size_t plus = rest.find('+');
      const std::string name(rest.substr(0, plus));
      columns.push_back(find_column(layout_.header, name));
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
    const std::size_t column = find_column(layout_.header, mapping.column);
    if (column == kNoColumn) return no_such_column(mapping.column);
    const std::string field(canonical_field(mapping.field));
    const auto same = [&](const FieldColumn& known) { return known.field == field; };
    if (std::any_of(mapped_.begin(), mapped_.end(), same)) {
      return fail(words().map + " gives the field " + in_quotes(field) + " twice");
    }
    mapped_.push_back({field, column});
    return {};
  }

  [[nodiscard]] bool is_mapped_field(std::string_view field) const {
    return std::any_of(mapped_.begin(), mapped_.end(),
                       [&](const FieldColumn& known) { return known.field == field; });
  }

  /// What the form of the file says, where the user has not said anything else.
  Status apply_form() {
    VendorForm& form = input_.form;
    if (form.name.empty()) form = form_of_header(input_.file, layout_.header, input_.sample);
    if (form.name.empty()) return {};
    for (const ColumnMapping& one : form.map) {
      const ColumnRole role = role_of(one.field).role;
      const bool stamp = role == ColumnRole::kStamp && !layout_.stamp.empty();
      const bool instrument = role == ColumnRole::kInstrument && !layout_.instrument.empty();
      if (stamp || instrument || is_mapped_field(canonical_field(one.field))) continue;
      const bool field = role == ColumnRole::kNone;
      if (field && is_mapped(find_column(layout_.header, one.column))) continue;
      if (Status mapped = apply(one); !mapped) return mapped;
    }
    if (!form.day.empty() && layout_.stamp.size() == 1) {
      layout_.day = form.day;
      layout_.stamp.insert(layout_.stamp.begin(), kNoColumn);
    }
    layout_.time_format = form.time_format;
    return apply_form_scale();
  }

  Status apply_form_scale() {
    VendorForm& form = input_.form;
    std::erase_if(form.scale, [&](const FieldScale& one) {
      return std::any_of(options_.scale.begin(), options_.scale.end(),
                         [&](const FieldScale& given) { return given.field == one.field; });
    });
    if (form.scale.empty() || !form.scale_is_unclear || options_.fields_only) return {};
    std::vector<FieldScale> whole = form.scale;
    for (FieldScale& one : whole) one.factor = 1;
    return fail("its prices may be as they stand or, as in some files of this form (" + form.name +
                "), in small units; " + words().scale + " " + to_text(whole) + " or " +
                words().scale + " " + to_text(form.scale) + " says which");
  }

  /// Where no column and no option tells it.
  void find_instrument_in_name() {
    if (options_.fields_only) return;
    std::string id = input_.form.instrument;
    if (id.empty()) id = instrument_of_name(input_.file);
    const bool told = !input_.form.instrument.empty();
    if (!told && (input_.form.name_is_no_id || !is_plain_instrument(id))) return;
    report_.note(input_.file, "no column is the instrument; it is " + in_quotes(id) +
                                  (told ? " (" : ", as the file's name says (") +
                                  words().instrument + " gives another)");
    layout_.instrument_id = std::move(id);
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

  [[nodiscard]] bool is_time_of_day(std::size_t column) const {
    return cells_->mostly(column, is_time_alone, true);
  }
  [[nodiscard]] bool is_date(std::size_t column) const {
    return cells_->mostly(column, is_date_alone, true);
  }

  void find_instrument() {
    const std::size_t best = best_of(ColumnRole::kInstrument);
    if (best == kNoColumn) return;
    layout_.instrument = {best};
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      // Polygon's trades of one symbol come from many exchanges.
      const bool venue = input_.form.name.starts_with("Polygon");
      if (names_an_exchange(layout_.header[i]) && !venue) layout_.exchange = i;
    }
  }

  void find_stamp() {
    const std::size_t stamp = best_of(ColumnRole::kStamp);
    const std::size_t date = best_of(ColumnRole::kDate);
    const std::size_t time = best_of(ColumnRole::kTimeOfDay);
    if (stamp != kNoColumn && !cells_->mostly(stamp, is_time_alone, false)) {
      if (time != kNoColumn && cells_->mostly(stamp, is_date_alone, false) &&
          cells_->mostly(time, is_time_alone, false)) {
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
    // A time that has its milliseconds must not get them twice.
    if (cells_->mostly(milliseconds, is_milliseconds, true) &&
        cells_->mostly(time, is_whole_second, true)) {
      layout_.stamp.push_back(milliseconds);
    }
  }

  [[nodiscard]] bool is_instrument(std::size_t column) const {
    return std::find(layout_.instrument.begin(), layout_.instrument.end(), column) !=
           layout_.instrument.end();
  }

  /// Midnight for every row, while times of day lie beside it, is a wrong time without a word.
  Status expect_no_time_left() const {
    if (layout_.stamp.size() != 1 || stamp_is_mapped_) return {};
    const std::size_t date = layout_.stamp.front();
    const bool no_date =
        cells_->mostly(date, is_time_alone, false) && !cells_->mostly(date, is_date_alone, false);
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
      const bool time_left =
          cells_->mostly(date, is_date_alone, false) && cells_->mostly(i, clock, false);
      const bool date_left =
          no_date && (named("date") || named("day")) && cells_->mostly(i, is_date_alone, false);
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
    std::vector<bool> taken;
    for (std::size_t i = 0; i < layout_.header.size(); ++i) taken.push_back(is_mapped(i));
    const std::string alone =
        dates_alone(DatesAlone{layout_, input_.sample, std::move(taken), words()});
    if (!alone.empty()) return fail(alone);
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
    const bool need_instrument = !has_instrument && layout_.instrument_id.empty();
    if (!need_instrument && !layout_.stamp.empty()) return {};
    std::string missing = need_instrument ? "instrument" : "";
    if (layout_.stamp.empty()) missing += missing.empty() ? "timestamp" : " and timestamp";
    std::string message = "the header does not tell the " + missing +
                          " column; columns found: " + quoted_list(layout_.header);
    const Guess guessed = guess(need_instrument, layout_.stamp.empty());
    const std::string options = to_text(guessed, words());
    const std::string lines =
        options_.header.empty()
            ? several_header_lines(input_.header, input_.header_line, input_.sample, words())
            : "";
    if (!lines.empty()) {
      return fail("the header seems to have several lines; this probably would read it: " + lines);
    }
    if (!guessed.texts.empty()) {
      message += "; " + question_of(guessed, words());
    } else if (!options.empty()) {
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

  /// Options for what is missing.
  [[nodiscard]] Guess guess(bool need_instrument, bool need_stamp) const {
    GuessInput input{input_.file, layout_.header, input_.sample, need_instrument, need_stamp};
    input.used.resize(layout_.header.size(), false);
    for (const std::size_t column : layout_.instrument) input.used[column] = true;
    for (const std::size_t column : layout_.stamp) {
      if (column != kNoColumn) input.used[column] = true;
    }
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      if (is_mapped(i)) input.used[i] = true;
      input.no_field.push_back(!choice_.takes(i));
    }
    for (const FieldColumn& known : mapped_) input.fields.push_back(known.field);
    input.numbers = numbers_;
    input.several_files = input_.files > 1;
    return guess_columns(input);
  }

  /// Its cells must be numbers: by its name, or because it was asked for.
  [[nodiscard]] bool must_be_numbers(std::size_t column) const {
    if (is_mapped(column)) return true;
    if (used_[column] || !choice_.takes(column)) return false;
    return choice_.asks_for(column) ||
           known_field(layout_.header[column], layout_.header).has_value();
  }

  Status expect_clear_numbers() const {
    if (options_.fields_only) return {};
    NumberCheck check{input_.sample, layout_.header, numbers_, {}, {}, options_};
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      if (choice_.drops(i) && is_mapped(i)) {
        return fail(words().drop + " and " + words().map + " both name the column " +
                    in_quotes(layout_.header[i]));
      }
      check.required.push_back(must_be_numbers(i));
      check.asked.push_back(choice_.asks_for(i));
    }
    const std::string unclear = unclear_numbers(check);
    if (!unclear.empty()) return fail(unclear);
    return {};
  }
  /// The field that --map gives a column.
  [[nodiscard]] std::string_view field_of(std::size_t column) const {
    for (const FieldColumn& known : mapped_) {
      if (known.column == column) return known.field;
    }
    return {};
  }

  /// `amount` is money in some markets, and a quantity in others: beside a volume it is money.
  Status expect_clear_amount() const {
    std::size_t amount = kNoColumn;
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      const std::optional<std::string> field = known_field(layout_.header[i], layout_.header);
      if (field && *field == "volume") return {};
      const bool free = !used_[i] && !is_mapped(i) && choice_.takes(i) && cells_->has_numbers(i);
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
    const std::size_t size = size_of_trades();
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      const std::string& name = layout_.header[i];
      if (names_a_trading_day(name)) layout_.trading_day = i;
      const bool action_day = !layout_.stamp.empty() && layout_.stamp.front() != kNoColumn &&
                              snake_case(layout_.header[layout_.stamp.front()]) == "业务日期";
      if (action_day && name == "日期") layout_.trading_day = i;
      for (FieldColumn& known : mapped_) {
        if (known.column != i) continue;
        known.kind = cells_->kind_of(i, known.field).value_or(CellKind::kNumber);
        known.form = numbers_[i];
        layout_.fields.push_back(known);
      }
      if (used_[i] || is_mapped(i) || !choice_.takes(i)) continue;
      const std::optional<std::string> known =
          i == size ? "volume" : known_field(name, layout_.header);
      const std::optional<CellKind> kind = cells_->kind_of(i, known.value_or(""));
      if (name.empty() || (!known && !kind)) {
        if (!name.empty() || !cells_->all_empty(i)) left_out.push_back(name);
      } else {
        const bool dressed =
            bare_name(name) != name && static_cast<unsigned char>(name.front()) < 0x80;
        const std::string field = known ? *known : dressed ? snake_case(name) : name;
        const bool required = known.has_value() || choice_.asks_for(i);
        add_field({field, i, required, kind.value_or(CellKind::kNumber), 1, numbers_[i]});
      }
    }
    if (!left_out.empty()) {
      report_.note(input_.file, "columns left out, not numbers: " + quoted_list(left_out));
    }
  }

  void take_form_scale() {
    for (FieldColumn& known : layout_.fields) {
      for (const FieldScale& one : input_.form.scale) {
        if (one.field == known.field) known.scale = one.factor;
      }
    }
  }

  /// Beside a price and without a volume, `size` is what was traded.
  [[nodiscard]] std::size_t size_of_trades() const {
    std::size_t size = kNoColumn;
    bool price = is_mapped_field("close");
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      if (is_mapped(i) || used_[i] || !choice_.takes(i)) continue;
      const std::optional<std::string> field = known_field(layout_.header[i], layout_.header);
      if (field && *field == "volume") return kNoColumn;
      price = price || (field && *field == "close");
      if (size == kNoColumn && names_a_size(layout_.header[i])) size = i;
    }
    return price && !is_mapped_field("volume") ? size : kNoColumn;
  }

  void add_field(FieldColumn one) {
    const std::string& field = one.field;
    const std::size_t column = one.column;
    const auto same = [&](const FieldColumn& known) { return known.field == field; };
    const auto mapped = std::find_if(mapped_.begin(), mapped_.end(), same);
    const auto& fields = layout_.fields;
    const auto taken = std::find_if(fields.begin(), fields.end(), same);
    if (mapped == mapped_.end() && taken == fields.end()) {
      layout_.fields.push_back(std::move(one));
      return;
    }
    const std::size_t winner = mapped != mapped_.end() ? mapped->column : taken->column;
    const std::string& name = layout_.header[column];
    const std::string number = std::to_string(column + 1);
    const bool twice = name == layout_.header[winner];
    report_.note(
        input_.file,
        "column " + (twice ? number + " (" + in_quotes(name) + ")" : in_quotes(name)) +
            " left out: it means " + in_quotes(field) + ", which is " +
            (twice ? "column " + std::to_string(winner + 1) : in_quotes(layout_.header[winner])) +
            " (" + words().map + " chooses" + (twice ? " by number: #" + number : "") + ")");
  }

  /// Legal without one, but most factors will be left out: more likely a name that was not known.
  [[nodiscard]] std::string hint_for_close() const {
    // A form that is known has no last price.
    if (!input_.form.name.empty()) return {};
    const std::string options = to_text(guess(false, false), words());
    if (options.empty()) return {};
    const bool named = options.find("last_price=") != std::string::npos;
    return (named ? "; this probably would name it: " : "; these probably are known fields: ") +
           options;
  }

  LayoutInput input_;
  const FeedOptions& options_;
  FeedReport& report_;
  ColumnLayout layout_;
  std::vector<FieldColumn> mapped_;
  std::vector<bool> used_;
  ColumnChoice choice_;
  std::vector<NumberForm> numbers_;  ///< by column
  std::optional<SampleColumns> cells_;
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
