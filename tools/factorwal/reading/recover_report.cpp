#include "reading/recover_report.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "factorwal/feed/source_position.h"
#include "factorwal/reader.h"
#include "factorwal/recovery_certificate.h"
#include "reading/findings.h"
#include "reading/inventory.h"
#include "reading/row_printer.h"
#include "reading/text.h"
#include "reading/time_text.h"
#include "ring_text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

constexpr std::size_t kInstrumentsShown = 20;

/// Everything that the report says.
struct Found {
  Found() : columns({}, {}), inventory(columns) {}
  std::string directory;
  std::optional<Reader> reader;
  std::optional<RecordStream> stream;  // whose ids the inventory refers to
  Columns columns;
  Inventory inventory;
  Sequence last_sequence = 0;
  std::vector<Finding> findings;
  RecoveryCertificate certificate;  // of the next open

  /// Where the source goes on, behind what rings of accepted records hold.
  [[nodiscard]] const std::vector<std::byte>& position() const {
    return certificate.position.empty() ? inventory.position : certificate.position;
  }
  [[nodiscard]] std::uint64_t discarded_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& finding : findings) {
      if (finding.damage != Damage::kCorrupt) bytes += finding.bytes;
    }
    return bytes;
  }
  /// Instruments that have ticks and a state, and the ticks behind the states.
  [[nodiscard]] std::size_t states() const {
    return static_cast<std::size_t>(std::count_if(inventory.instruments.begin(),
                                                  inventory.instruments.end(),
                                                  [](const auto& i) { return i.states > 0; }));
  }
  [[nodiscard]] std::uint64_t replay_ticks() const {
    if (certificate.instruments > 0) return certificate.snapshots.ticks_replayed;
    std::uint64_t ticks = 0;
    for (const auto& i : inventory.instruments) {
      ticks += std::min(i.ticks, i.last_tick.ordinal - i.state_tick.ordinal);
    }
    return ticks;
  }
};

Status read(Found& found) {
  auto reader = Reader::open(found.directory);
  if (!reader) return reader.error();
  auto stream = reader->records();
  if (!stream) return stream.error();
  LogRecord record;
  while (stream->next(record)) take_stock(found.inventory, found.columns, record);
  if (!stream->status()) return stream->status();
  found.last_sequence = stream->last_sequence();
  auto certificate = examine_recovery(found.directory);
  if (!certificate) return certificate.error();
  found.certificate = std::move(*certificate);
  found.findings = found.certificate.corrupt;
  const auto& cut = found.certificate.cut;
  found.findings.insert(found.findings.end(), cut.begin(), cut.end());
  report_cut(stream->cut());
  found.reader = std::move(*reader);
  found.stream = std::move(*stream);
  return {};
}

void write_values(JsonWriter& json, const Columns& columns, const Row& row) {
  json.begin_object();
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    json.key(columns.titles()[i]);
    if (const auto* vector = row.vector_at(i)) {
      json.value(std::span<const double>(*vector));
    } else {
      json.value(row.values[i]);
    }
  }
  json.end_object();
}

void write_position(JsonWriter& json, std::span<const std::byte> position) {
  if (position.empty()) {
    json.null();
    return;
  }
  json.begin_object().member("hex", to_hex(position));
  if (const auto decoded = feed::decode_source_position(position)) {
    json.member("next_row", decoded->feed.next_row);
  }
  json.end_object();
}

void print_json(Found& found, Output& out) {
  JsonWriter json(out.buffer());
  json.begin_object()
      .member("directory", found.directory)
      .member("format_version", found.certificate.format_version)
      .member("clean", found.reader->clean())
      .member("writer_pid", found.reader->writer_pid())
      .member("epoch", found.reader->epoch())
      .member("segments", found.reader->segments().size())
      .member("last_sequence", found.last_sequence)
      .member("durable_sequence", found.reader->durable_sequence());
  json.key("records").begin_object();
  for (std::size_t i = 0; i < kRecordTypes; ++i) {
    json.member(to_string(static_cast<RecordType>(i)), found.inventory.records[i]);
  }
  json.end_object();
  json.key("position");
  write_position(json, found.position());
  json.member("replay_ticks", found.replay_ticks());
  json.member("discarded_bytes", found.discarded_bytes());
  json.key("findings");
  write_findings(json, found.findings);
  json.key("instruments").begin_array();
  const RowSink with_values = [&](Row& row) {
    const auto& instrument = found.inventory.instruments[row.instrument.index];
    json.begin_object()
        .member("instrument_id", instrument.id)
        .member("ticks", instrument.ticks)
        .member("updates", instrument.updates)
        .member("snapshots", instrument.snapshots)
        .member("last_ordinal", instrument.last_tick.ordinal)
        .member("last_counted", instrument.last_tick.counted);
    json.key("last_timestamp_ns");
    if (instrument.last_time_ns == kNoTimestamp) {
      json.null();
    } else {
      json.value(instrument.last_time_ns);
    }
    json.key("state");
    if (instrument.states == 0) {
      json.null();
    } else {
      json.begin_object()
          .member("count", instrument.states)
          .member("ordinal", instrument.state_tick.ordinal)
          .member("counted", instrument.state_tick.counted)
          .member("bytes", instrument.state_bytes)
          .end_object();
    }
    json.key("values");
    write_values(json, found.columns, row);
    json.end_object();
    out.settle();
    return out.open();
  };
  (void)found.inventory.latest.emit(with_values);
  json.end_array();
  json.key("certificate").raw(found.certificate.to_json());
  json.end_object();
  out << "\n";
}

std::string state_of_directory(const Reader& reader) {
  if (reader.writer_pid() != 0) {
    return "process " + std::to_string(reader.writer_pid()) + " is writing to it now";
  }
  return reader.clean() ? "closed in order" : "not closed in order: the next run recovers it";
}

void print_summary(const Found& found, Output& out) {
  const auto line = [&](std::string_view name, const std::string& text) {
    std::string start(name);
    start.resize(14, ' ');
    out << start << text << "\n";
  };
  const auto& reader = *found.reader;
  line("directory", printable(found.directory));
  line("state", state_of_directory(reader));
  line("format", "version " + std::to_string(found.certificate.format_version) + ", epoch " +
                     std::to_string(reader.epoch()) + ", " +
                     counted(reader.segments().size(), "segment"));
  line("sequences",
       "to " + grouped(found.last_sequence) + ", durable to " + grouped(reader.durable_sequence()));
  std::string records;
  for (std::size_t i = 0; i < kRecordTypes; ++i) {
    const auto count = found.inventory.records[i];
    if (count == 0) continue;
    records += (records.empty() ? "" : ", ") + grouped(count) + " " +
               std::string(to_string(static_cast<RecordType>(i)));
  }
  line("records", records.empty() ? "none" : records);
  if (found.inventory.records[static_cast<std::size_t>(RecordType::kTick)] > 0) {
    line("resume", "state of " + counted(found.states(), "instrument") + ", then " +
                       counted(found.replay_ticks(), "tick") + " to replay");
  }
  if (const auto& position = found.position(); !position.empty()) {
    const auto decoded = feed::decode_source_position(position);
    line("feed", decoded
                     ? "goes on at row " + grouped(decoded->feed.next_row) + " (from 0) of its file"
                     : "position " + to_hex(position));
  }
  line("discarded", found.discarded_bytes() == 0
                        ? "nothing"
                        : counted(found.discarded_bytes(), "byte") +
                              " after the last whole commit (a crash cut a write short)");
}

void print_instruments(Found& found, Output& out) {
  Table table({{"instrument", Table::Align::kLeft},
               {"ticks", Table::Align::kRight},
               {"updates", Table::Align::kRight},
               {"snapshots", Table::Align::kRight},
               {"last event (UTC)", Table::Align::kLeft},
               {"state at tick", Table::Align::kRight},
               {"state bytes", Table::Align::kRight}});
  std::size_t count = 0;
  for (const auto& i : found.inventory.instruments) {
    if (i.id.empty() || ++count > kInstrumentsShown) continue;
    table.add_row({printable(i.id), grouped(i.ticks), grouped(i.updates), grouped(i.snapshots),
                   iso_time(i.last_time_ns), i.states > 0 ? tick_number(i.state_tick) : "-",
                   i.states > 0 ? grouped(i.state_bytes) : "-"});
  }
  if (count == 0) return;
  out << "\n";
  table.print(out, terminal_width(out.descriptor()), takes_colour(out.descriptor()));
  out << "\nlast values\n";
  auto printer = make_row_printer(Format::kTable, found.columns, false, out);
  std::size_t shown = 0;
  const RowSink print = [&](Row& row) {
    printer->row(row);
    return ++shown < kInstrumentsShown;
  };
  (void)found.inventory.latest.emit(print);
  printer->end();
  if (count > kInstrumentsShown) {
    say("the first " + std::to_string(kInstrumentsShown) + " of " + counted(count, "instrument") +
        "; --json has all");
  }
}

}  // namespace

ExitCode run_recover(const RecoverOptions& options) {
  Found found;
  found.directory = options.directory;
  if (auto done = read(found); !done) return report(done.error());
  Output out(STDOUT_FILENO);
  if (options.json) {
    print_json(found, out);
  } else {
    print_summary(found, out);
    print_instruments(found, out);
    out << "\nwhat the next open finds and does\n" << found.certificate.to_text();
  }
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  const auto code = report_findings(found.findings, options.directory);
  const auto& certificate = found.certificate;
  const bool lost = report_losses(certificate.rings);
  if (code != ExitCode::kOk) return code;
  if (certificate.refusal.empty()) return lost ? ExitCode::kDegraded : ExitCode::kOk;
  const bool newer = certificate.decision == RecoveryCase::kRefuseVersion;
  return report(Error{newer ? Errc::kUnsupportedVersion : Errc::kCorruption,
                      "the next open is refused: " + certificate.refusal, 0});
}

}  // namespace factorwal::tool
