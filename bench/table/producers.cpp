// Does the sum of what several threads send, and what becomes durable of it, fall with their
// number?

#include <thread>

#include "support/producers.h"
#include "table/row.h"

namespace factorwal::bench {
namespace {

class Producers final : public Measurement {
 public:
  Producers(Table& table, const Scale& scale)
      : scale_(scale),
        two_(table.at_least("producers: durable updates of 2, beside 1", "x one", 0.95)),
        four_(table.at_least("producers: durable updates of 4, beside 1", "x one", 0.95)),
        updates_(make_updates(scale.updates)) {
    two_.note("less than a twentieth below 1 is noise");
    four_.note(std::to_string(std::thread::hardware_concurrency()) + " processors");
  }

  void round() override {
    const auto one = rate_with(1);
    two_.add(rate_with(2) / one);
    four_.add(rate_with(4) / one);
  }

 private:
  double rate_with(std::size_t threads) {
    const BenchDir dir(scale_.dir);
    return run_producers(dir.path(), updates_, threads).updates_per_second;
  }

  const Scale& scale_;
  Row& two_;
  Row& four_;
  std::vector<Update> updates_;
};

}  // namespace

std::unique_ptr<Measurement> make_producers(Table& table, const Scale& scale) {
  return std::make_unique<Producers>(table, scale);
}

}  // namespace factorwal::bench
