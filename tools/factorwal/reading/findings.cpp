#include "reading/findings.h"

#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

constexpr std::size_t kShownMax = 10;

}  // namespace

std::string describe(const Finding& finding) {
  std::string text(to_string(finding.damage));
  text += ": " + printable(finding.file) + ", offset " + std::to_string(finding.offset);
  if (finding.bytes > 0) text += ", " + counted(finding.bytes, "byte");
  if (finding.first_sequence > 0) {
    text += ", sequences " + std::to_string(finding.first_sequence);
    text += finding.last_sequence > 0 ? " to " + std::to_string(finding.last_sequence) : " on";
  }
  return text + ": " + printable(finding.what);
}

ExitCode report_findings(std::span<const Finding> findings, std::string_view directory) {
  std::size_t corrupt = 0;
  std::uint64_t cut_bytes = 0;
  const Finding* cut = nullptr;
  for (const auto& finding : findings) {
    if (finding.damage == Damage::kCorrupt) {
      if (++corrupt <= kShownMax) say(describe(finding));
    } else {
      cut = cut == nullptr ? &finding : cut;
      cut_bytes += finding.bytes;
    }
  }
  if (corrupt > kShownMax) {
    say("and " + counted(corrupt - kShownMax, "further corrupt place") +
        ": see `factorwal verify --data " + std::string(directory) + "`");
  }
  if (cut != nullptr) {
    say("note: after a crash, " + counted(cut_bytes, "byte") + " from offset " +
        std::to_string(cut->offset) + " of " + printable(cut->file) + " are " +
        std::string(to_string(cut->damage)) + " and not counted; nothing says they were durable");
  }
  return corrupt > 0 ? ExitCode::kCorruption : ExitCode::kOk;
}

void report_cut(const CutRecords& cut) {
  if (cut.records == 0) return;
  say("retention cut " + counted(cut.records, "record") +
      " while they were to be read: sequences " + grouped(cut.first) + " to " + grouped(cut.last));
}

void report_cut(std::uint64_t records) {
  if (records == 0) return;
  say("retention cut " + counted(records, "record") + " before they were read");
}

void write_findings(JsonWriter& json, std::span<const Finding> findings) {
  json.begin_array();
  for (const auto& finding : findings) {
    json.begin_object()
        .member("damage", to_string(finding.damage))
        .member("file", finding.file)
        .member("offset", finding.offset)
        .member("bytes", finding.bytes)
        .member("first_sequence", finding.first_sequence)
        .member("last_sequence", finding.last_sequence)
        .member("what", finding.what)
        .end_object();
  }
  json.end_array();
}

}  // namespace factorwal::tool
