#include "rings.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "factorwal/channel_recovery.h"
#include "factorwal/rings.h"
#include "reading/json_writer.h"
#include "reading/output.h"
#include "reading/table.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

using Ring = FoundRing;
using Verdict = RingUse;

void write_count(JsonWriter& json, std::string_view name,
                 const std::optional<std::uint64_t>& count) {
  json.key(name);
  count ? json.value(*count) : json.null();
}

void write_rings(JsonWriter& json, const std::vector<Ring>& found) {
  json.begin_array();
  for (const auto& ring : found) {
    json.begin_object()
        .member("path", ring.path)
        .member("kind", to_string(ring.kind))
        .member("file_bytes", ring.file_bytes)
        .member("verdict", to_string(ring.verdict))
        .member("why", ring.why)
        .member("directory", ring.directory)
        .member("directory_locked", ring.directory_locked)
        .member("pid", ring.pid)
        .member("process_lives", ring.process_lives);
    write_count(json, "held", ring.held);
    write_count(json, "not_logged", ring.not_logged);
    json.end_object();
  }
  json.end_array();
}

std::string count_text(const std::optional<std::uint64_t>& count) {
  return count ? grouped(*count) : "?";
}

std::string process_text(const Ring& ring) {
  if (ring.pid == 0) return "?";
  return std::to_string(ring.pid) + (ring.process_lives ? "" : ", gone");
}

void print_table(const std::vector<Ring>& found, Output& out) {
  Table table({{"ring", Table::Align::kLeft},
               {"kind", Table::Align::kLeft},
               {"size", Table::Align::kRight},
               {"verdict", Table::Align::kLeft},
               {"holds", Table::Align::kRight},
               {"not in log", Table::Align::kRight},
               {"process", Table::Align::kLeft},
               {"directory", Table::Align::kLeft},
               {"because", Table::Align::kLeft}});
  for (const auto& ring : found) {
    auto directory = ring.directory.empty() ? "?" : printable(ring.directory);
    if (ring.directory_locked) directory += ", locked";
    table.add_row({printable(ring.path), std::string(to_string(ring.kind)),
                   readable_bytes(ring.file_bytes), std::string(to_string(ring.verdict)),
                   count_text(ring.held), count_text(ring.not_logged), process_text(ring),
                   std::move(directory), printable(ring.why)});
  }
  table.print(out, 0, takes_colour(out.descriptor()));
}

/// What a person loses with it.
std::string loss(const Ring& ring) {
  const auto count = ring.not_logged ? ring.not_logged : ring.held;
  if (!count) return "whatever it holds";
  return counted(*count, "accepted record") +
         (ring.not_logged ? " that the log does not have" : " that may be in no log");
}

bool agrees(const Ring& ring) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) {
    (void)report(Error{Errc::kInvalidArgument,
                       ring.path + ": " + ring.why + "; clearing it gives up " + loss(ring) +
                           ": say --yes if that is meant",
                       0});
    return false;
  }
  write_message(ring.path + ": " + ring.why + "\nGive up " + loss(ring) + "? [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

/// A named ring's directory is looked into as well: a name alone is enough.
std::vector<std::string> directories_of(const RingsOptions& options) {
  std::vector<std::string> all;
  const auto add = [&](std::string directory) {
    while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
    if (directory == shared_memory_directory()) return;
    if (std::ranges::find(all, directory) == all.end()) all.push_back(std::move(directory));
  };
  if (!options.directory.empty()) add(options.directory);
  for (const auto& name : options.named) {
    if (const auto slash = name.rfind('/'); slash != std::string::npos) {
      add(slash == 0 ? "/" : name.substr(0, slash));
    }
  }
  return all;
}

bool is_named(const Ring& ring, const std::string& name) {
  return ring.path == name || ring.path.substr(ring.path.rfind('/') + 1) == name;
}

class Rings {
 public:
  explicit Rings(const RingsOptions& options)
      : options_(options), directories_(directories_of(options)) {}

  ExitCode execute() {
    auto found = survey_rings(directories_);
    if (!found) return report(found.error());
    found_ = std::move(*found);
    if (options_.clear) options_.named.empty() ? clear_orphans() : clear_named();
    Output out(STDOUT_FILENO);
    options_.json ? print_json(out) : print_text(out);
    out.flush();
    if (auto done = out.status(); !done) return report(done.error());
    return failed_ ? ExitCode::kFailure : ExitCode::kOk;
  }

 private:
  void clear_orphans() {
    for (const auto& ring : found_) {
      if (ring.verdict == Verdict::kOrphan || ring.verdict == Verdict::kKept) clear(ring, false);
    }
  }
  void clear_named() {
    for (const auto& name : options_.named) {
      const auto ring =
          std::ranges::find_if(found_, [&](const Ring& known) { return is_named(known, name); });
      if (ring == found_.end()) {
        fail({Errc::kNotFound, name + ": there is no such ring; `factorwal rings` lists them", 0});
        continue;
      }
      const bool asks = ring->verdict == Verdict::kNeeded || ring->verdict == Verdict::kUnclaimed;
      if (asks && !options_.yes && !agrees(*ring)) {
        failed_ = true;
        continue;
      }
      clear(*ring, true);
    }
  }
  void clear(const Ring& ring, bool given_up) {
    if (auto done = clear_ring(ring, directories_, given_up); !done) {
      return fail(done.error());
    }
    cleared_.push_back(ring);
  }
  void fail(const Error& error) {
    (void)report(error);
    failed_ = true;
  }
  void print_json(Output& out) {
    JsonWriter json(out.buffer());
    json.begin_object();
    json.key(options_.clear ? "cleared" : "rings");
    write_rings(json, options_.clear ? cleared_ : found_);
    json.end_object();
    out << "\n";
  }
  void print_text(Output& out) {
    if (!options_.clear) {
      if (found_.empty()) return say("no rings");
      return print_table(found_, out);
    }
    for (const auto& ring : cleared_) {
      out << "cleared " << printable(ring.path);
      if (ring.verdict != Verdict::kOrphan) out << ", and with it " << loss(ring);
      out << "\n";
    }
    tell_what_stays();
  }
  /// After `--clear` without names: why something is still there.
  void tell_what_stays() {
    if (!options_.named.empty()) return;
    for (const auto& ring : found_) {
      if (ring.verdict == Verdict::kUnclaimed) {
        say(ring.path + " stays: " + ring.why + "; `factorwal rings --clear " + ring.path +
            "` gives up " + loss(ring));
      }
    }
    if (cleared_.empty()) say("no orphans");
  }

  const RingsOptions& options_;
  const std::vector<std::string> directories_;
  std::vector<Ring> found_;
  std::vector<Ring> cleared_;
  bool failed_ = false;
};

}  // namespace

ExitCode run_rings(const RingsOptions& options) { return Rings(options).execute(); }

}  // namespace factorwal::tool
