// Which figures does this machine give, beside their targets? Ratios are of one round; each figure
// is the median of rounds in which all measurements take turns. Sync policy: one fdatasync a
// commit.

#include <array>
#include <fstream>

#include "measure/other_programs.h"
#include "table/row.h"

namespace {

using namespace factorwal::bench;

std::string number(double value) {
  std::array<char, 32> text{};
  const int places = value < 10 ? 2 : value < 100 ? 1 : 0;
  std::snprintf(text.data(), text.size(), "%.*f", places, value);
  return text.data();
}

std::string target_of(const Row& row) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", row.target());
  std::string target = row.at_most() ? "<= " : ">= ";
  return target.append(text.data());
}

std::string verdict_of(const Row& row) {
  if (!row.measured()) return "not measured";
  return row.met() ? "met" : "**no**";
}

void print(const Table& table) {
  std::printf("\n| Figure | Unit | Median | Lowest to highest | Target | Met | |\n");
  std::printf("|---|---|---:|---:|---:|---|---|\n");
  for (const auto& row : table.rows()) {
    std::string range;
    if (row.measured()) {
      const auto [least, most] = std::minmax_element(row.rounds().begin(), row.rounds().end());
      range.append(number(*least)).append(" to ").append(number(*most));
    }
    std::printf("| %s | %s | %s | %s | %s | %s | %s |\n", row.figure().c_str(), row.unit().c_str(),
                row.measured() ? number(row.value()).c_str() : "", range.c_str(),
                target_of(row).c_str(), verdict_of(row).c_str(), row.note().c_str());
  }
}

/// A line a row. Texts need no escapes.
void write_json(const Table& table, const std::string& path) {
  std::ofstream file(path);
  for (const auto& row : table.rows()) {
    file << R"({"figure":")" << row.figure() << R"(","unit":")" << row.unit() << R"(","median":)";
    row.measured() ? file << row.value() : file << "null";
    file << R"(,"rounds":[)";
    for (std::size_t i = 0; i < row.rounds().size(); ++i) {
      file << (i == 0 ? "" : ",") << row.rounds()[i];
    }
    file << R"(],"target":)" << row.target() << R"(,"at_most":)"
         << (row.at_most() ? "true" : "false") << R"(,"met":)";
    file << (!row.measured() ? "null" : row.met() ? "true" : "false");
    file << R"(,"note":")" << row.note() << "\"}\n";
  }
  if (!file) die("write " + path);
}

using MakeMeasurement = std::unique_ptr<Measurement> (*)(Table&, const Scale&);

constexpr std::pair<const char*, MakeMeasurement> kMeasurements[] = {
    {"tick_times", make_tick_times},
    {"durable_ticks", make_durable_ticks},
    {"exact_commits", make_exact_commits},
    {"natural_commits", make_natural_commits},
    {"paced_commits", make_paced_commits},
    {"sends", make_sends},
    {"frames", make_frames},
    {"damage", make_damage},
    {"last_values", make_last_values},
    {"restart", make_restart},
    {"producers", make_producers},
    {"memory", make_memory},
};

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters(
      {{"rounds", "5"},
       {"updates", "1000000"},
       {"ticks", "300000"},
       {"instruments", "5000"},
       {"restart_ticks", "1000000"},
       {"slice_ms", "300"},
       {"ticks_file", "../shared/data/open/ticks_CFFEX_IF2101_20210104.csv.gz"},
       {"only", ""},
       {"json", ""},
       {"dir", "bench-data"}},
      argc, argv);
  const Scale scale{parameters.text("dir"),
                    parameters.text("ticks_file"),
                    parameters.number("updates"),
                    parameters.number("ticks"),
                    static_cast<std::uint32_t>(parameters.number("instruments")),
                    parameters.number("restart_ticks"),
                    static_cast<double>(parameters.number("slice_ms")) / 1e3};
  Table table;
  std::vector<std::unique_ptr<Measurement>> measurements;
  for (const auto& [name, make] : kMeasurements) {
    const auto only = parameters.text("only");
    if (only.empty() || only == name) measurements.push_back(make(table, scale));
  }
  if (measurements.empty()) die("no measurement is called " + parameters.text("only"));
  const factorwal::measure::OtherPrograms others;
  const auto rounds = parameters.number("rounds");
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    std::fprintf(stderr, "round %" PRIu64 " of %" PRIu64 "\n", round, rounds);
    for (auto& measurement : measurements) measurement->round();
  }
  if (const auto share = others.share()) {
    std::printf("\nOther programs took %.0f %% of the processors meanwhile.\n", *share * 100);
  }
  print(table);
  if (!parameters.text("json").empty()) write_json(table, parameters.text("json"));
}
