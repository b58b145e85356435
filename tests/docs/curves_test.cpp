// The pictures of curves are those of the figures that docs/performance.md links to.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace factorwal {
namespace {

namespace fs = std::filesystem;

const fs::path kDocs = fs::path(FACTORWAL_SOURCE_DIR) / "docs";

std::string file_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path << " cannot be read";
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A picture holds the figures that it was drawn from. Failure: figures are measured anew, and a
// picture, or a link, stays behind.
TEST(PerformancePage, ShowsEachCurveAsItsTableHasIt) {
  const auto page = file_text(kDocs / "performance.md");
  const std::regex shown(R"(\((pictures/curve_(\w+)\.svg)\))");
  const std::regex linked(R"(\((\.\./bench/results/[^)/]+)/(\w+)\.csv\))");
  std::set<std::string> curves;
  for (std::sregex_iterator it(page.begin(), page.end(), shown), end; it != end; ++it) {
    curves.insert((*it)[2]);
  }
  EXPECT_EQ(curves.size(), 7U);
  for (std::sregex_iterator it(page.begin(), page.end(), linked), end; it != end; ++it) {
    const auto name = (*it)[2].str();
    const auto figures = file_text(kDocs / (*it)[1].str() / (name + ".csv"));
    const auto picture = file_text(kDocs / "pictures" / ("curve_" + name + ".svg"));
    EXPECT_FALSE(figures.empty()) << name;
    EXPECT_NE(picture.find(figures), std::string::npos)
        << "docs/pictures/curve_" << name << ".svg shows other figures than " << (*it)[0]
        << ": draw it again with scripts/bench_curves --draw FOLDER";
    EXPECT_EQ(curves.erase(name), 1U) << name << " is linked to and not shown";
  }
  for (const auto& name : curves) ADD_FAILURE() << "no table is linked to for curve " << name;
}

// What is drawn without its table cannot be checked.
TEST(PerformancePage, ShowsEveryPictureOfACurve) {
  const auto page = file_text(kDocs / "performance.md");
  for (const auto& entry : fs::directory_iterator(kDocs / "pictures")) {
    const auto name = entry.path().filename().string();
    EXPECT_NE(page.find("(pictures/" + name + ")"), std::string::npos) << name << " is not shown";
  }
}

}  // namespace
}  // namespace factorwal
