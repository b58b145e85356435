#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>
#include <utility>

#include "base/bind.h"
#include "base/errors.h"
#include "base/findings.h"
#include "base/gil.h"
#include "base/one_caller.h"
#include "factorwal/reader.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

/// A LogRecord with memory of its own.
struct Record {
  RecordType type = RecordType::kUpdate;
  Sequence sequence = 0;
  TimestampNs timestamp_ns = kNoTimestamp;
  std::string instrument_id;
  std::string factor_id;
  double value = 0;
  std::vector<double> values;
  std::vector<double> fields;
  std::vector<std::pair<std::string, double>> snapshot;
  std::uint64_t checkpoint_id = 0;
  TickNumber tick_number;
  std::shared_ptr<const TickLayout> layout;
  std::vector<std::byte> position;
  std::vector<std::byte> state;
};

/// The records of one look at a log, and, if asked for, those that come behind it.
class RecordPass {
 public:
  RecordPass(const std::string& directory, Sequence first, bool follow) {
    auto opened = [&]() -> Status {
      WithoutGil released;
      auto reader = Reader::open(directory);
      if (!reader) return reader.error();
      auto stream = reader->records(first);
      if (!stream) return stream.error();
      stream_.emplace(std::move(*stream));
      if (!follow) return {};
      auto follower = reader->follow();
      if (!follower) return follower.error();
      follower_.emplace(std::move(*follower));
      return {};
    }();
    if (!opened && opened.error().code == Errc::kCorruption) raise_open(opened.error(), directory);
    expect(opened);
  }

  /// Some; none at the end, or while there is nothing new.
  nb::list next(std::size_t most) {
    const OneCaller::Turn turn(caller_);
    std::vector<std::unique_ptr<Record>> found;
    const auto done = without_gil([&] { return read(most, found); });
    expect(done);
    nb::list records;
    for (auto& record : found) {
      records.append(nb::cast(record.release(), nb::rv_policy::take_ownership));
    }
    return records;
  }
  [[nodiscard]] nb::list findings() {
    const OneCaller::Turn turn(caller_);
    return list_findings(stream_->findings());
  }
  [[nodiscard]] bool corrupt() {
    const OneCaller::Turn turn(caller_);
    return stream_->corrupt();
  }
  [[nodiscard]] std::uint64_t cut() {
    const OneCaller::Turn turn(caller_);
    return stream_->cut_records() + (follower_ ? follower_->cut_records() : 0);
  }
  [[nodiscard]] std::uint64_t missed() {
    const OneCaller::Turn turn(caller_);
    return follower_ ? follower_->missed_records() : 0;
  }

 private:
  Status read(std::size_t most, std::vector<std::unique_ptr<Record>>& found) {
    LogRecord record;
    while (found.size() < most && !stream_over_) {
      if (stream_->next(record)) {
        found.push_back(copy(record));
      } else if (!stream_->status()) {
        return stream_->status().error();
      } else {
        stream_over_ = true;
      }
    }
    while (found.size() < most && follower_) {
      if (!follower_->next(record)) {
        if (!follower_->status()) return follower_->status().error();
        break;
      }
      found.push_back(copy(record));
    }
    return {};
  }

  std::unique_ptr<Record> copy(const LogRecord& from) {
    auto to = std::make_unique<Record>();
    to->type = from.type;
    to->sequence = from.sequence;
    to->timestamp_ns = from.timestamp_ns;
    to->instrument_id = from.instrument_id;
    to->factor_id = from.factor_id;
    to->value = from.value;
    to->values.assign(from.values.begin(), from.values.end());
    to->fields.assign(from.fields.begin(), from.fields.end());
    if (from.type == RecordType::kSnapshot) {
      for (const auto& one : from.factors) to->snapshot.emplace_back(one.factor_id, one.value);
    }
    to->checkpoint_id = from.checkpoint_id;
    to->tick_number = from.tick_number;
    to->layout = layout_of(from);
    to->position.assign(from.position.begin(), from.position.end());
    to->state.assign(from.state.begin(), from.state.end());
    return to;
  }

  /// One copy for all records in a row that have it.
  std::shared_ptr<const TickLayout> layout_of(const LogRecord& record) {
    const bool has_layout =
        record.type == RecordType::kTick || record.type == RecordType::kOperatorState;
    if (!has_layout || record.layout == nullptr) return nullptr;
    if (!layout_ || !(*layout_ == *record.layout)) {
      layout_ = std::make_shared<const TickLayout>(*record.layout);
    }
    return layout_;
  }

  OneCaller caller_;
  std::optional<RecordStream> stream_;
  std::optional<RecordFollower> follower_;
  bool stream_over_ = false;
  std::shared_ptr<const TickLayout> layout_;
};

nb::bytes bytes_of(const std::vector<std::byte>& bytes) {
  return nb::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

nb::object text_or_none(const std::string& text) {
  return text.empty() ? nb::none() : nb::object(nb::str(text.c_str(), text.size()));
}

nb::dict by_name(const std::vector<std::string>& names, const std::vector<double>& values) {
  nb::dict all;
  for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
    all[names[i].c_str()] = values[i];
  }
  return all;
}

nb::dict factors_of(const Record& record) {
  if (record.layout) return by_name(record.layout->factors, record.values);
  nb::dict all;
  if (record.type == RecordType::kUpdate) all[record.factor_id.c_str()] = record.value;
  for (const auto& [id, value] : record.snapshot) all[id.c_str()] = value;
  return all;
}

nb::object vector_of(const Record& record) {
  if (record.type != RecordType::kVectorUpdate) return nb::none();
  return nb::module_::import_("numpy").attr("array")(nb::cast(record.values), "float64");
}

std::string describe(const Record& record) {
  auto text = "<factorwal.Record " + std::to_string(record.sequence) + ": " +
              std::string(to_string(record.type));
  if (!record.instrument_id.empty()) text += " of " + record.instrument_id;
  if (!record.factor_id.empty()) text += ", " + record.factor_id;
  return text + ">";
}

}  // namespace

void bind_records(nb::module_& module) {
  nb::class_<Record>(module, "Record", "One record of a log. What it has depends on `type`.")
      .def_prop_ro(
          "type", [](const Record& one) { return std::string(to_string(one.type)); },
          "\"tick\", \"update\", \"vector_update\", \"snapshot\", \"time\", \"position\" "
          "or\n\"operator_state\".")
      .def_ro("sequence", &Record::sequence, "From 1; 0 of an operator_state, which has none.")
      .def_prop_ro(
          "instrument_id", [](const Record& one) { return text_or_none(one.instrument_id); },
          nb::sig("def instrument_id(self) -> str | None"))
      .def_prop_ro(
          "factor_id", [](const Record& one) { return text_or_none(one.factor_id); },
          nb::sig("def factor_id(self) -> str | None"), "Of an update or vector_update.")
      .def_prop_ro(
          "timestamp_ns",
          [](const Record& one) {
            return one.timestamp_ns == kNoTimestamp ? nb::none()
                                                    : nb::object(nb::int_(one.timestamp_ns));
          },
          nb::sig("def timestamp_ns(self) -> int | None"), "Nanoseconds, UTC; None if it has none.")
      .def_prop_ro("factors", &factors_of, nb::sig("def factors(self) -> dict[str, float]"),
                   "Values of a tick, an update or a snapshot, NaN where missing.")
      .def_prop_ro(
          "fields",
          [](const Record& one) {
            return one.layout ? by_name(one.layout->fields, one.fields) : nb::dict();
          },
          nb::sig("def fields(self) -> dict[str, float]"), "What went into a tick.")
      .def_prop_ro("vector", &vector_of,
                   nb::sig("def vector(self) -> numpy.typing.NDArray[numpy.float64] | None"),
                   "Of a vector_update.")
      .def_ro("checkpoint_id", &Record::checkpoint_id, "Of a snapshot.")
      .def_prop_ro(
          "tick_number", [](const Record& one) { return one.tick_number.ordinal; },
          "Of a tick, or of the last one in an operator_state: which of its instrument, from 1.")
      .def_prop_ro(
          "position", [](const Record& one) { return bytes_of(one.position); },
          "The source's, of a tick or a position; empty if none.")
      .def_prop_ro(
          "state", [](const Record& one) { return bytes_of(one.state); }, "Of an operator_state.")
      .def("__repr__", &describe);
  nb::class_<RecordPass>(module, "RecordPass")
      .def(nb::init<const std::string&, Sequence, bool>(), nb::arg("directory"), nb::arg("first"),
           nb::arg("follow"))
      .def("next", &RecordPass::next, nb::arg("most"),
           nb::sig("def next(self, most: int) -> list[Record]"))
      .def("findings", &RecordPass::findings,
           nb::sig("def findings(self) -> list[dict[str, typing.Any]]"))
      .def("corrupt", &RecordPass::corrupt)
      .def("cut", &RecordPass::cut)
      .def("missed", &RecordPass::missed);
}

}  // namespace factorwal::python
