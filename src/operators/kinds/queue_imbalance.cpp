#include "operators/kinds.h"

namespace factorwal::operators {
namespace {

void update(Node node) noexcept {
  const double bid_volume = node.input(0);
  const double ask_volume = node.input(1);
  node.output((bid_volume - ask_volume) / (bid_volume + ask_volume));
}

}  // namespace

const Kind& queue_imbalance() {
  static const Kind kKind{
      .name = "queue_imbalance",
      .series = {{"bid_volume", "bid_volume"}, {"ask_volume", "ask_volume"}},
      .first_value = "1",
      .definition = "(bid_volume - ask_volume) / (bid_volume + ask_volume)",
      .source = "Gould and Bonart 2016",
      .kernel = kernel_of<update>,
  };
  return kKind;
}

}  // namespace factorwal::operators
