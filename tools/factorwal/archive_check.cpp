#include "archive_check.h"

#include "factorwal/archive.h"
#include "factorwal/archived.h"
#include "interrupt.h"
#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

constexpr std::size_t kFaultsShown = 10;

std::string as_text(const std::string& archive, const ArchiveVerification& found) {
  std::string text;
  for (std::size_t i = 0; i < found.faults.size() && i < kFaultsShown; ++i) {
    text += "archive: " + printable(found.faults[i].place) + ": " +
            printable(found.faults[i].message) + "\n";
  }
  if (found.faults.size() > kFaultsShown) {
    text += "archive: " + counted(found.faults.size() - kFaultsShown, "further fault") + "\n";
  }
  return text + (found.intact() ? "ok" : "CORRUPT") + ": " + archive + ": " +
         counted(found.files, "file") + ", " + counted(found.rows, "row") + ", " +
         readable_bytes(found.bytes) + "; sequences " + grouped(found.first_sequence) + " to " +
         grouped(found.archived_sequence) + "; " + counted(found.compared_rows, "row") +
         " compared with the log\n";
}

std::string as_json(const ArchiveVerification& found) {
  std::string text;
  JsonWriter json(text);
  json.begin_object()
      .member("intact", found.intact())
      .member("files", found.files)
      .member("rows", found.rows)
      .member("bytes", found.bytes)
      .member("first_sequence", found.first_sequence)
      .member("archived_sequence", found.archived_sequence)
      .member("compared_rows", found.compared_rows);
  json.key("faults").begin_array();
  for (const auto& fault : found.faults) {
    json.begin_object().member("place", fault.place).member("message", fault.message).end_object();
  }
  json.end_array().end_object();
  return text;
}

}  // namespace

Result<std::optional<ArchiveCheck>> check_archive(const std::string& directory) {
  const auto archive = directory + "/archive";
  const auto found = verify_archive(archive, directory, &interrupt_flag());
  if (!found && found.error().code == Errc::kNotFound) {
    const auto mark = archived_sequence(directory);
    if (mark && mark->value_or(0) > 0) {
      say("the log's archive, to sequence " + grouped(**mark) + ", is not at " + archive +
          ": it is not checked");
    }
    return std::optional<ArchiveCheck>{};
  }
  if (!found) return found.error();
  return std::optional(ArchiveCheck{as_text(archive, *found), as_json(*found), found->intact()});
}

}  // namespace factorwal::tool
