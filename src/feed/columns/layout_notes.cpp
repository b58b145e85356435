#include "feed/columns/layout_notes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "feed/columns/column_guess.h"
#include "feed/columns/column_names.h"
#include "feed/number.h"
#include "feed/printable.h"

namespace factorwal::feed {
namespace {

/// What tells contracts of one symbol apart.
struct ContractPart {
  std::string_view name;
  int place;  ///< in the id; 0 says all
};
constexpr auto kContractParts = std::to_array<ContractPart>({{"contract", 0},
                                                             {"contract_id", 0},
                                                             {"contract_code", 0},
                                                             {"合约", 0},
                                                             {"expiration", 1},
                                                             {"expiry", 1},
                                                             {"expiration_date", 1},
                                                             {"expiry_date", 1},
                                                             {"maturity", 1},
                                                             {"strike", 2},
                                                             {"strike_price", 2},
                                                             {"right", 3},
                                                             {"option_type", 3},
                                                             {"call_put", 3},
                                                             {"put_call", 3}});

int place_in_id(const std::string& name) {
  const std::string plain = snake_case(name);
  const auto found = std::find_if(kContractParts.begin(), kContractParts.end(),
                                  [&](const ContractPart& one) { return one.name == plain; });
  return found == kContractParts.end() ? -1 : found->place;
}

class LayoutNotes {
 public:
  LayoutNotes(const ColumnLayout& layout, const LayoutInput& input, const FeedOptions& options,
              const std::string& close_hint, FeedReport& report)
      : layout_(layout),
        input_(input),
        words_(options.words),
        options_(options),
        close_hint_(close_hint),
        report_(report) {}

  void note() {
    note_names();
    note_form();
    note_words();
    note_thousands();
    note_stamp_parts();
    note_parts_left();
    note_missing_close();
    note_running_total();
    note_contracts();
  }

 private:
  void say(std::string text) { report_.note(input_.file, std::move(text)); }

  void note_names() {
    constexpr std::size_t kShown = 40;
    std::string names;
    std::size_t count = 0;
    for (const FieldColumn& known : layout_.fields) {
      const std::string& name = layout_.header[known.column];
      if (name == known.field || ++count > kShown) continue;
      names += (names.empty() ? "" : ", ") + printable(name) + " = " + known.field;
    }
    if (count > kShown) names += ", and " + std::to_string(count - kShown) + " more";
    if (count > 0) say("columns by other names: " + names);
  }

  void note_form() {
    const VendorForm& form = input_.form;
    const bool one = layout_.stamp.size() == 1;
    if (!form.name.empty() && form.columns.empty()) {
      say("read as " + form.name +
          (one ? ": timestamps are in " + printable(layout_.header[layout_.stamp.front()]) : ""));
    }
    if (form.scale.empty()) return;
    say("prices are in small units: " + words_.scale + " " + to_text(form.scale) + " is taken");
  }

  void note_words() {
    std::string sides;
    std::string flags;
    for (const FieldColumn& known : layout_.fields) {
      if (known.kind == CellKind::kNumber) continue;
      std::string& list = known.kind == CellKind::kSide ? sides : flags;
      list += (list.empty() ? "" : ", ") + in_quotes(layout_.header[known.column]);
    }
    if (!sides.empty()) say("buy is 1 and sell -1 in " + sides);
    if (!flags.empty()) say("true is 1 and false 0 in " + flags);
  }

  void note_thousands() {
    std::vector<std::string> names;
    for (const FieldColumn& known : layout_.fields) {
      const bool found = known.form == NumberForm::kThousands && !options_.thousands;
      if (found) names.push_back(layout_.header[known.column]);
    }
    if (!names.empty()) say("numbers with commas between thousands: " + quoted_list(names));
  }

  void note_stamp_parts() {
    if (layout_.stamp.size() < 2) return;
    std::string parts;
    for (const std::size_t column : layout_.stamp) {
      parts += parts.empty() ? "" : " + ";
      parts += column == kNoColumn ? layout_.day + " (the date in the file's name)"
                                   : printable(layout_.header[column]);
    }
    std::string text = "timestamps are put together from " + parts;
    const std::size_t date = layout_.stamp.front();
    const std::string name = date == kNoColumn ? "" : snake_case(layout_.header[date]);
    if (name.ends_with("_day") || name == "业务日期" || name == "交易日") {
      text += " (exchanges differ in which day they give at night)";
    }
    say(std::move(text));
  }

  /// Rows of one second that have parts of it in a column of their own.
  void note_parts_left() {
    constexpr auto kParts = std::to_array<std::string_view>(
        {"sec",    "second",   "seconds",     "ms",           "msec",
         "millis", "millisec", "millisecond", "milliseconds", "update_millisec",
         "us",     "usec",     "micros",      "microsecond",  "microseconds",
         "ns",     "nsec",     "nanos",       "nanosecond",   "nanoseconds"});
    std::vector<std::string> names;
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      const auto& stamp = layout_.stamp;
      const std::string name = snake_case(layout_.header[i]);
      if (std::find(kParts.begin(), kParts.end(), name) == kParts.end()) continue;
      if (std::find(stamp.begin(), stamp.end(), i) != stamp.end()) continue;
      names.push_back(layout_.header[i]);
    }
    if (!names.empty() && !layout_.stamp.empty()) {
      say(quoted_list(names) + (names.size() == 1 ? " is" : " are") +
          " not part of the timestamps; " + words_.map +
          " timestamp_ns can take a date, a time of day and whole milliseconds");
    }
  }

  [[nodiscard]] std::size_t column_of(std::string_view field) const {
    for (const FieldColumn& known : layout_.fields) {
      if (known.field == field) return known.column;
    }
    return kNoColumn;
  }

  void note_missing_close() {
    if (column_of("close") == kNoColumn) say("no column is the last price (close)" + close_hint_);
  }

  /// Ticks of futures with a trading day: most recorders write the day's total as `volume`.
  void note_running_total() {
    const std::size_t volume = column_of("volume");
    if (options_.volume_mode != VolumeMode::kIncremental || layout_.trading_day == kNoColumn ||
        volume == kNoColumn || column_of("bid") == kNoColumn || !never_falls(volume)) {
      return;
    }
    say("column " + in_quotes(layout_.header[volume]) +
        " never falls in the first rows; if it is the running total of a trading day, " +
        words_.cumulative_volume + " makes it what was traded since the tick before");
  }

  /// The first id of the sample under which the column has several values; empty: there is none.
  [[nodiscard]] std::string id_of_several(std::size_t column) const {
    std::map<std::string, std::string> seen;
    for (const auto& row : input_.sample) {
      const std::string& id = row[layout_.instrument.front()];
      if (id.empty() || row[column].empty()) continue;
      if (seen.try_emplace(id, row[column]).first->second != row[column]) return id;
    }
    return {};
  }

  /// `rb` beside `rb2405`: as one instrument, contracts of all months would become one series.
  void note_contracts() {
    // Who maps the instrument has chosen.
    const bool chosen =
        std::any_of(options_.map.begin(), options_.map.end(), [](const ColumnMapping& one) {
          return role_of(one.field).role == ColumnRole::kInstrument;
        });
    if (chosen || layout_.instrument.size() != 1) return;
    const std::size_t instrument = layout_.instrument.front();
    std::string joined;
    std::string text;
    for (int place = 0; place <= 3 && (place != 1 || joined.empty()); ++place) {
      for (std::size_t i = 0; i < layout_.header.size(); ++i) {
        const bool part = place_in_id(layout_.header[i]) == place && i != instrument;
        const std::string id = part ? id_of_several(i) : std::string();
        if (id.empty()) continue;
        if (text.empty()) {
          text = in_quotes(id) + " has several values of " + in_quotes(layout_.header[i]) +
                 ", and becomes one instrument; ";
        }
        joined += "+" + option_name(layout_.header, i);
      }
    }
    if (joined.empty()) return;
    say(text +
        map_option(words_, "instrument_id=" + option_name(layout_.header, instrument) + joined) +
        " tells them apart");
  }

  [[nodiscard]] bool never_falls(std::size_t column) const {
    constexpr std::size_t kEnough = 2;
    std::map<std::string, double> newest;
    std::size_t rises = 0;
    for (const auto& row : input_.sample) {
      double value = 0;
      if (!parse_number(row[column], value) || std::isnan(value)) continue;
      const std::string id = layout_.instrument.empty() ? "" : row[layout_.instrument.front()];
      const auto [last, is_new] = newest.try_emplace(id, value);
      if (value < last->second) return false;
      rises += value > last->second ? 1U : 0U;
      last->second = value;
    }
    return rises >= kEnough;
  }

  const ColumnLayout& layout_;
  const LayoutInput& input_;
  const FeedWords& words_;
  const FeedOptions& options_;
  const std::string& close_hint_;
  FeedReport& report_;
};

}  // namespace

void note_layout(const ColumnLayout& layout, const LayoutInput& input, const FeedOptions& options,
                 const std::string& close_hint, FeedReport& report) {
  LayoutNotes(layout, input, options, close_hint, report).note();
}

}  // namespace factorwal::feed
