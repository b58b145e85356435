#include "feed/arrow/arrow_layout.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "feed/bytes/cells.h"
#include "feed/bytes/utf8_scan.h"
#include "feed/columns/column_guess.h"
#include "feed/limits.h"
#include "feed/printable.h"

namespace factorwal::feed {
namespace {

constexpr std::int64_t kArrowSampleRows = 200;
/// So many rows may wait in memory until the form of the timestamps is known.
constexpr std::int64_t kHeldRows = std::int64_t{1} << 16;

std::string fix_of(const ArrowType& type) {
  const ArrowType& is = type.value_type();
  if (is.name == "struct") return "make its parts columns of their own (flatten, unnest)";
  if (is.name.find("list") != std::string::npos || is.name == "map") {
    return "make the parts that are needed columns of their own";
  }
  return "cast it to double or to string";
}

class ArrowLayoutMaker {
 public:
  ArrowLayoutMaker(const std::string& name, ArrowBatches& batches, const ReopenArrowStream& reopen,
                   const FeedOptions& options, FeedReport& report, std::size_t files)
      : name_(name),
        batches_(batches),
        reopen_(reopen),
        options_(options),
        report_(report),
        files_(files) {}

  Result<ArrowLayout> make() {
    if (Status read = read_types(); !read) return read.error();
    if (Status read = read_sample(); !read) return read.error();
    const std::vector<std::vector<std::string>> sample = sample_;
    Result<ColumnLayout> layout = make_layout(
        LayoutInput{name_, header_, std::move(sample_), {}, 1, files_}, options_, report_);
    if (!layout) return with_type(layout.error());
    out_.layout = std::move(*layout);
    if (Status usable = check_types(); !usable) return usable.error();
    if (!options_.fields_only) {
      if (Status planned = plan_stamps(sample); !planned) return planned.error();
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] Error fail(const std::string& what) const {
    return Error{Errc::kInvalidArgument, name_ + ": " + what};
  }

  /// The rules for text know no types: the column that they name gets its own.
  [[nodiscard]] Error with_type(Error error) const {
    for (std::size_t i = 0; i < header_.size(); ++i) {
      const std::string named = "column " + in_quotes(header_[i]);
      const std::size_t at = error.message.find(named);
      if (at == std::string::npos) continue;
      error.message.insert(at + named.size(), " (" + out_.types[i].name + ")");
      break;
    }
    return error;
  }

  Status read_types() {
    Result<OwnedArrowSchema> schema = batches_.schema();
    if (!schema) return schema.error();
    const ArrowSchema& table = **schema;
    const auto count = static_cast<std::size_t>(table.n_children);
    if (count == 0) return fail("has no columns");
    if (count > kMaxColumns) {
      return fail("has " + std::to_string(count) + " columns; at most " +
                  std::to_string(kMaxColumns) + " are read");
    }
    if (!options_.header.empty() && options_.header.size() != count) {
      return fail(options_.words.header + " gives " + std::to_string(options_.header.size()) +
                  " names, but it has " + std::to_string(count) + " columns");
    }
    for (std::size_t i = 0; i < count; ++i) {
      const ArrowSchema& column = *table.children[i];
      std::string name(trimmed(column.name == nullptr ? "" : column.name));
      if (!is_utf8(name)) return fail("a column's name is not UTF-8: " + in_quotes(name));
      out_.types.push_back(arrow_type(column));
      out_.header += name + ':' + out_.types.back().name + '\n';
      header_.push_back(options_.header.empty() ? name : options_.header[i]);
    }
    for (const ArrowType& type : out_.types) columns_.emplace_back(type);
    return expect_one_of_each_name();
  }

  /// Which one is meant is told by number, or by leaving the name out.
  [[nodiscard]] Status expect_one_of_each_name() const {
    const auto by_number = [](const ColumnMapping& one) { return one.column.starts_with('#'); };
    if (std::ranges::any_of(options_.map, by_number)) return {};
    for (auto at = header_.begin(); at != header_.end(); ++at) {
      const auto first = std::find(header_.begin(), at, *at);
      if (first == at || at->empty() || std::ranges::count(options_.drop, *at) > 0) continue;
      return fail("columns " + std::to_string(first - header_.begin() + 1) + " and " +
                  std::to_string(at - header_.begin() + 1) + " are both called " + in_quotes(*at) +
                  ": rename one, or say which is meant, by its number (" + options_.words.map +
                  ", \"#" + std::to_string(first - header_.begin() + 1) + "\"), or leave it out (" +
                  options_.words.drop + ")");
    }
    return {};
  }

  Status read_sample() {
    std::int64_t rows = 0;
    while (rows < kArrowSampleRows) {
      Result<OwnedArrowArray> batch = batches_.next(static_cast<std::int64_t>(columns_.size()));
      if (!batch) return batch.error();
      if (*batch == nullptr) break;
      if (Status bound = bind_all(**batch); !bound) return bound;
      const std::int64_t count = std::min((*batch)->length, kArrowSampleRows - rows);
      for (std::int64_t row = 0; row < count; ++row) sample_.push_back(texts_of(row));
      rows += (*batch)->length;
      out_.batches.push_back(std::move(*batch));
    }
    held_rows_ = rows;
    if (!sample_.empty()) {
      for (const std::string& cell : sample_.front()) out_.first_row += cell + '\n';
    }
    return {};
  }

  Status bind_all(const ArrowArray& batch) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (Status bound = bind_column(batch, i, columns_[i]); !bound) {
        return Error{bound.error().code,
                     name_ + ": column " + in_quotes(header_[i]) + ": " + bound.error().message};
      }
    }
    return {};
  }

  [[nodiscard]] std::vector<std::string> texts_of(std::int64_t row) const {
    std::vector<std::string> cells;
    CellText room;
    for (const ArrowColumn& column : columns_) {
      // No number, so that nobody takes the column for a field.
      const bool other = column.type().is_other();
      cells.push_back(other ? column.type().name : std::string(trimmed(column.text(row, room))));
    }
    return cells;
  }

  Status check_types() {
    ColumnLayout& layout = out_.layout;
    const auto refuse = [&](std::size_t column, const std::string& role) {
      return fail("column " + in_quotes(layout.header[column]) + " is " + role +
                  ", but of the type " + out_.types[column].name + "; " +
                  fix_of(out_.types[column]));
    };
    for (const std::size_t column : layout.instrument) {
      if (out_.types[column].is_other()) return refuse(column, "the instrument");
    }
    for (const std::size_t column : layout.stamp) {
      const bool flag = out_.types[column].value_type().kind == ArrowKind::kBool;
      if (out_.types[column].is_other() || flag) return refuse(column, "the timestamp");
    }
    std::vector<std::string> left_out;
    for (auto at = layout.fields.begin(); at != layout.fields.end();) {
      const ArrowType& type = out_.types[at->column];
      const bool no_number = type.is_other() || type.is_temporal();
      if (no_number && at->required) return refuse(at->column, "the field " + in_quotes(at->field));
      const bool index = !at->required && layout.header[at->column].starts_with("__index_level_");
      if (no_number || index) {
        left_out.push_back(layout.header[at->column]);
        at = layout.fields.erase(at);
      } else {
        ++at;
      }
    }
    if (!left_out.empty()) report_.note(name_, "columns left out: " + quoted_list(left_out));
    if (layout.fields.empty()) return fail("has no column of numbers beside the timestamp");
    return {};
  }

  Status plan_stamps(const std::vector<std::vector<std::string>>& sample) {
    const std::vector<std::size_t>& stamp = out_.layout.stamp;
    const auto typed = [&](std::size_t column) { return out_.types[column].is_temporal(); };
    const ArrowType& first = out_.types[stamp.front()];
    if (stamp.size() == 1 && first.is_time()) {
      return fail("the timestamp column " + in_quotes(out_.layout.header[stamp.front()]) +
                  " has times of day without a date (" + first.name + ")");
    }
    out_.stamp_is_typed = stamp.size() == 1 && first.is_temporal();
    if (out_.stamp_is_typed) return {};
    StampGuess guess(stamp.size());
    // Where all parts have types of their own there is nothing to give a form to.
    const bool all_typed = std::all_of(stamp.begin(), stamp.end(), typed);
    if (Status told = guess.use_format(all_typed ? "" : options_.time_format); !told) {
      return Error{told.error().code, options_.words.time_format + ": " + told.error().message};
    }
    std::vector<std::string_view> parts(stamp.size());
    for (const std::vector<std::string>& row : sample) {
      for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = row[stamp[i]];
      guess.add(parts);
    }
    if (Status looked = look_ahead(guess); !looked) return looked;
    Result<StampPlan> plan = guess.plan(options_.words.time_format);
    if (!plan) {
      const std::size_t column = stamp.front();
      return Error{plan.error().code, name_ + ": column " + in_quotes(out_.layout.header[column]) +
                                          " (" + out_.types[column].name +
                                          "): " + plan.error().message};
    }
    out_.stamp_plan = std::move(*plan);
    return {};
  }

  /// Where the first rows do not tell the form, later ones may.
  Status look_ahead(StampGuess& guess) {
    if (guess.settled()) return {};
    if (!reopen_) {
      // The rows of the sample are seen twice, which changes nothing.
      for (const OwnedArrowArray& batch : out_.batches) {
        if (Status seen = show(*batch, guess); !seen) return seen;
      }
      return look_into(batches_, guess, true);
    }
    Result<OwnedArrowStream> again = reopen_({});
    if (!again) return again.error();
    ArrowBatches all(std::move(*again), name_, options_.stop);
    if (Result<OwnedArrowSchema> schema = all.schema(); !schema) return schema.error();
    return look_into(all, guess, false);
  }

  Status look_into(ArrowBatches& batches, StampGuess& guess, bool hold) {
    while (!guess.settled() && (!hold || held_rows_ < kHeldRows)) {
      Result<OwnedArrowArray> batch = batches.next(static_cast<std::int64_t>(columns_.size()));
      if (!batch) return batch.error();
      if (*batch == nullptr) return {};
      if (Status seen = show(**batch, guess); !seen) return seen;
      if (!hold) continue;
      held_rows_ += (*batch)->length;
      out_.batches.push_back(std::move(*batch));
    }
    return {};
  }

  Status show(const ArrowArray& batch, StampGuess& guess) {
    if (Status bound = bind_all(batch); !bound) return bound;
    const std::vector<std::size_t>& stamp = out_.layout.stamp;
    std::array<CellText, kStampColumnsMax> rooms;
    std::array<std::string_view, kStampColumnsMax> parts;
    for (std::int64_t row = 0; row < batch.length && !guess.settled(); ++row) {
      for (std::size_t i = 0; i < stamp.size(); ++i) {
        parts[i] = columns_[stamp[i]].text(row, rooms[i]);
      }
      guess.add(std::span(parts.data(), stamp.size()));
    }
    return {};
  }

  const std::string& name_;
  ArrowBatches& batches_;
  const ReopenArrowStream& reopen_;
  const FeedOptions& options_;
  FeedReport& report_;
  std::size_t files_;
  ArrowLayout out_;
  std::vector<std::string> header_;
  std::vector<ArrowColumn> columns_;
  std::vector<std::vector<std::string>> sample_;
  std::int64_t held_rows_ = 0;
};

}  // namespace

Result<ArrowLayout> lay_out_arrow(const std::string& name, ArrowBatches& batches,
                                  const ReopenArrowStream& reopen, const FeedOptions& options,
                                  FeedReport& report, std::size_t files) {
  return ArrowLayoutMaker(name, batches, reopen, options, report, files).make();
}

Status bind_column(const ArrowArray& batch, std::size_t child, ArrowColumn& column) {
  // An offset of the struct is one of its children, too.
  return column.bind(*batch.children[child], batch.offset, batch.length, &batch, batch.offset);
}

}  // namespace factorwal::feed
