#include "curves/curve.h"

#include <algorithm>
#include <cmath>

#include "support.h"

namespace factorwal::bench {
namespace {

std::string number(double value) {
  char text[32];
  // Four digits that count; rounds differ in the second already.
  const auto places =
      value == 0 ? 0 : 3 - static_cast<int>(std::floor(std::log10(std::abs(value))));
  const auto unit = std::pow(10.0, -places);
  std::snprintf(text, sizeof text, "%.*f", std::max(places, 0),
                places < 0 ? std::round(value / unit) * unit : value);
  return text;
}

std::string spread(const std::vector<double>& rounds) {
  if (rounds.empty()) return ",,,";
  const auto [low, high] = std::minmax_element(rounds.begin(), rounds.end());
  std::string text;
  for (const auto value : {median(rounds), *low, *high}) {
    text += ',';
    text += number(value);
  }
  return text;
}

}  // namespace

Curve::Curve(std::string name, std::string x, std::vector<std::string> figures)
    : name_(std::move(name)), x_(std::move(x)), figures_(std::move(figures)) {}

void Curve::add(std::uint64_t x, const std::vector<double>& figures) {
  auto& point = points_[x];
  point.resize(figures_.size());
  for (std::size_t i = 0; i < figures_.size(); ++i) {
    if (!std::isnan(figures.at(i))) point[i].push_back(figures[i]);
  }
}

std::string Curve::csv() const {
  auto text = x_;
  for (const auto& figure : figures_) {
    for (const auto* which : {"", "_low", "_high"}) {
      text += ',';
      text += figure;
      text += which;
    }
  }
  text += "\n";
  for (const auto& [x, point] : points_) {
    text += std::to_string(x);
    for (const auto& rounds : point) text += spread(rounds);
    text += "\n";
  }
  return text;
}

std::vector<std::uint64_t> ladder(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> steps;
  for (std::uint64_t ten = first; ten < last; ten *= 10) {
    steps.push_back(ten);
    if (ten * 3 < last) steps.push_back(ten * 3);
  }
  steps.push_back(last);
  return steps;
}

}  // namespace factorwal::bench
