// How do figures change with batch size, rate, instruments, factors, window, producers and the size
// of the log? Each point is the median of rounds in which all curves take turns; the lowest and
// highest round stand beside it. Sync policy: one fdatasync a commit.

#include <fstream>

#include "curves/curve.h"
#include "support.h"

namespace {

using namespace factorwal::bench;

using Make = std::unique_ptr<CurveMeasurement> (*)(const Reach&);

const std::vector<std::pair<std::string, Make>> kCurves = {{"batch", make_batch_curve},
                                                           {"rate", make_rate_curve},
                                                           {"instruments", make_instruments_curve},
                                                           {"factors", make_factors_curve},
                                                           {"window", make_window_curve},
                                                           {"producers", make_producers_curve},
                                                           {"log_size", make_log_size_curve}};

std::vector<std::unique_ptr<CurveMeasurement>> make_curves(const std::string& only,
                                                           const Reach& reach) {
  std::vector<std::unique_ptr<CurveMeasurement>> made;
  std::string names;
  for (const auto& [name, make] : kCurves) {
    names += " " + name;
    if (only.empty() || only == name) made.push_back(make(reach));
  }
  if (made.empty()) die("only=" + only + " is no curve; there are:" + names);
  return made;
}

void write(const Curve& curve, const std::string& directory) {
  std::printf("\n%s\n%s", curve.name().c_str(), curve.csv().c_str());
  if (directory.empty()) return;
  std::filesystem::create_directories(directory);
  const auto path = directory + "/" + curve.name() + ".csv";
  std::ofstream file(path);
  file << curve.csv();
  if (!file.flush()) die("write " + path);
}

Reach reach_of(const Parameters& parameters) {
  Reach reach;
  reach.dir = parameters.text("dir");
  reach.seconds = static_cast<double>(parameters.number("slice_ms")) / 1e3;
  reach.events = parameters.number("events");
  reach.updates = parameters.number("updates");
  reach.ticks = parameters.number("ticks");
  reach.snapshot_every = parameters.number("snapshot_every");
  reach.batch_max = parameters.number("batch_max");
  reach.rate_max = parameters.number("rate_max");
  reach.instruments_max = parameters.number("instruments_max");
  reach.factors_max = parameters.number("factors_max");
  reach.window_max = parameters.number("window_max");
  reach.rows_min = parameters.number("rows_min");
  reach.rows_max = parameters.number("rows_max");
  return reach;
}

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters({{"rounds", "5"},
                               {"only", ""},
                               {"out", ""},
                               {"slice_ms", "300"},
                               {"events", "300"},
                               {"updates", "10000000"},
                               {"ticks", "200000"},
                               {"snapshot_every", "200000"},
                               {"batch_max", "100000"},
                               {"rate_max", "30000000"},
                               {"instruments_max", "50000"},
                               {"factors_max", "1000"},
                               {"window_max", "10000"},
                               {"rows_min", "1000000"},
                               {"rows_max", "100000000"},
                               {"dir", "bench-data"}},
                              argc, argv);
  const auto reach = reach_of(parameters);
  const auto curves = make_curves(parameters.text("only"), reach);
  const auto rounds = parameters.number("rounds");
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    for (const auto& measurement : curves) {
      std::fprintf(stderr, "round %" PRIu64 " of %" PRIu64 ": %s\n", round, rounds,
                   measurement->curve().name().c_str());
      measurement->round();
    }
  }
  for (const auto& measurement : curves) write(measurement->curve(), parameters.text("out"));
}
