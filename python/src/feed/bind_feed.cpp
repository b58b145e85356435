#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <utility>

#include "base/bind.h"
#include "base/errors.h"
#include "base/gil.h"
#include "factorwal/feed/arrow.h"
#include "factorwal/feed/source_position.h"
#include "feed/source.h"
#include "tables/arrow_capsules.h"
#include "tables/numpy_stream.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

using feed::FeedOptions;
using Columns = std::vector<std::pair<std::string, std::string>>;
using Numbers = std::vector<std::pair<std::string, double>>;

/// Messages name what a caller of this package can write.
feed::FeedWords python_words() {
  feed::FeedWords words;
  words.time_zone = "tz=\"...\"";
  words.map = "map={...}";
  words.instrument = "instrument=\"...\"";
  words.instrument_from_name = "instrument_from_name=True";
  words.time_format = "time_format=\"...\"";
  words.header = "header=[...]";
  words.skip_lines = "skip_lines=";
  words.scale = "scale={...}";
  words.cumulative_volume = "volume=\"cumulative\"";
  words.decimal_comma = "decimal_comma=True";
  words.thousands = "thousands=True";
  words.columns = "columns=[...]";
  words.drop = "drop=[...]";
  words.take_last_line = "take_last_line=True";
  words.encoding = "encoding=\"...\"";
  words.skip_bad_rows = "on_bad_row=\"skip\"";
  words.append = "append=True";
  return words;
}

Errc code_of(nb::handle exception) {
  if (!nb::hasattr(exception, "code")) return Errc::kIo;
  const auto name = nb::cast<std::string>(nb::str(exception.attr("code")));
  for (const auto code : {Errc::kInvalidArgument, Errc::kNotFound, Errc::kIo, Errc::kCorruption}) {
    if (name == to_string(code)) return code;
  }
  return Errc::kNotFound;
}

/// Parquet and Arrow files are opened by the module _archive, which only a stream leaves.
Result<OwnedArrowStream> open_table(const std::string& path,
                                    const std::vector<std::size_t>& columns) {
  WithGil held;
  try {
    const auto archives = nb::module_::import_("factorwal._archives");
    return take_stream(archives.attr("open_table")(path, columns));
  } catch (nb::python_error& error) {
    return Error{code_of(error.value()), nb::str(error.value()).c_str(), 0};
  }
}

VolumeMode volume_mode(const std::string& word) {
  if (word == "incremental") return VolumeMode::kIncremental;
  if (word == "cumulative") return VolumeMode::kCumulative;
  if (word == "session") return VolumeMode::kSession;
  throw nb::value_error("volume: \"incremental\", \"cumulative\" or \"session\" is asked for");
}

feed::OnBadRow on_bad_row(const std::string& word) {
  if (word == "stop") return feed::OnBadRow::kStop;
  if (word == "skip") return feed::OnBadRow::kSkip;
  throw nb::value_error("on_bad_row: \"stop\" or \"skip\" is asked for");
}

FeedOptions make_options(const Columns& map, const std::string& instrument,
                         const std::optional<std::string>& instrument_from_name,
                         const std::string& tz, const std::string& time_format,
                         const std::string& volume, const std::string& bad_row,
                         const std::vector<std::string>& header, std::uint64_t skip_lines,
                         bool take_last_line, const std::string& encoding, bool decimal_comma,
                         bool thousands, const std::vector<std::string>& columns,
                         const std::vector<std::string>& drop, const Numbers& missing,
                         const Numbers& scale) {
  FeedOptions options;
  for (const auto& [field, column] : map) options.map.push_back({field, column});
  options.instrument = instrument;
  options.instrument_from_name = instrument_from_name;
  options.time_zone = tz;
  options.zone_required = true;
  options.time_format = time_format;
  options.volume_mode = volume_mode(volume);
  options.on_bad_row = on_bad_row(bad_row);
  options.header = header;
  options.skip_lines = skip_lines;
  options.take_last_line = take_last_line;
  options.encoding = encoding;
  options.decimal_comma = decimal_comma;
  options.thousands = thousands;
  options.columns = columns;
  options.drop = drop;
  for (const auto& [field, value] : missing) options.missing.push_back({field, value});
  for (const auto& [field, factor] : scale) options.scale.push_back({field, factor});
  options.open_table = open_table;
  options.words = python_words();
  return options;
}

Source open_files(std::vector<std::string> paths, FeedOptions options, const nb::bytes& begun) {
  const auto reading = feed::reading_checksum(options);
  // One that is no source's is refused once the directory's state is looked at.
  const auto position = feed::decode_source_position(
      {reinterpret_cast<const std::byte*>(begun.c_str()), begun.size()});
  auto source = without_gil([&] {
    return feed::TickSource::open(std::move(paths), std::move(options),
                                  position ? std::optional(position->feed) : std::nullopt);
  });
  return {expect(std::move(source)), reading};
}

Source open_arrow(OwnedArrowStream stream, FeedOptions options, std::string name) {
  const auto reading = feed::reading_checksum(options);
  auto source = [&] {
    // A stream written in Python takes the GIL itself.
    WithoutGil released;
    return feed::open_arrow_stream(std::move(stream), std::move(options), std::move(name));
  }();
  return {expect(std::move(source)), reading};
}

}  // namespace

void bind_feed(nb::module_& module) {
  nb::class_<FeedOptions>(module, "FeedOptions");
  module.def("feed_options", &make_options, nb::arg("map"), nb::arg("instrument"),
             nb::arg("instrument_from_name").none(), nb::arg("tz"), nb::arg("time_format"),
             nb::arg("volume"), nb::arg("on_bad_row"), nb::arg("header"), nb::arg("skip_lines"),
             nb::arg("take_last_line"), nb::arg("encoding"), nb::arg("decimal_comma"),
             nb::arg("thousands"), nb::arg("columns"), nb::arg("drop"), nb::arg("missing"),
             nb::arg("scale"));
  nb::class_<Source>(module, "Source", "Ticks that process_many and compute read once.");
  module.def("open_files", &open_files, nb::arg("paths"), nb::arg("options"), nb::arg("begun"));
  module.def(
      "open_stream",
      [](nb::object capsule, FeedOptions options, std::string name) {
        return open_arrow(take_stream(capsule), std::move(options), std::move(name));
      },
      nb::arg("capsule"), nb::arg("options"), nb::arg("name"));
  module.def(
      "open_array",
      [](nb::object schema, nb::object array, FeedOptions options, std::string name) {
        return open_arrow(take_array(schema, array), std::move(options), std::move(name));
      },
      nb::arg("schema"), nb::arg("array"), nb::arg("options"), nb::arg("name"));
  module.def(
      "open_columns",
      [](nb::list columns, std::int64_t length, FeedOptions options, std::string name) {
        return open_arrow(stream_of_columns(columns, length), std::move(options), std::move(name));
      },
      nb::arg("columns"), nb::arg("length"), nb::arg("options"), nb::arg("name"),
      nb::sig(
          "def open_columns(columns: list[tuple[str, str, tuple[typing.Any, ...]]], length: int, "
          "options: FeedOptions, name: str) -> Source"));
}

}  // namespace factorwal::python
