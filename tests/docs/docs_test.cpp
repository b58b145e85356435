// What the documents say about files, examples and tests is so.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "factorwal/factor_set.h"

namespace factorwal {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = FACTORWAL_SOURCE_DIR;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path << " cannot be read";
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// All files under the folders with documents or code, without what builds leave there.
std::vector<fs::path> files_with(const std::vector<std::string>& folders,
                                 const std::string& extension) {
  std::vector<fs::path> found;
  for (const auto& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      if (entry.path().extension() == extension) found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<fs::path> documents() {
  auto all = files_with({"docs", "src", "bench", "examples"}, ".md");
  for (const auto* name : {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}) {
    all.push_back(kRoot / name);
  }
  return all;
}

struct CodeBlock {
  std::string language;
  std::string text;
};

/// A page taken apart: prose (with empty lines where code was) and fenced code.
struct Page {
  std::vector<std::string> prose;
  std::vector<CodeBlock> code;
};

Page read_page(const fs::path& path) {
  Page page;
  std::istringstream lines(text_of(path));
  std::string line;
  bool in_code = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("```")) {
      in_code = !in_code;
      if (in_code) page.code.push_back({line.substr(3), ""});
      page.prose.emplace_back();
    } else if (in_code) {
      page.code.back().text += line + "\n";
      page.prose.emplace_back();
    } else {
      page.prose.push_back(line);
    }
  }
  EXPECT_FALSE(in_code) << path << ": a code block is never closed";
  return page;
}

/// The name that a heading has in links.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ' || c == '-') {
      anchor += '-';
    } else if (std::isalnum(byte) != 0 || c == '_' || byte >= 0x80) {
      anchor += static_cast<char>(std::tolower(byte));
    }
  }
  return anchor;
}

std::set<std::string> anchors_of(const fs::path& path) {
  std::set<std::string> anchors;
  for (const auto& line : read_page(path).prose) {
    const auto level = line.find_first_not_of('#');
    if (level == 0 || level == std::string::npos || line[level] != ' ') continue;
    anchors.insert(anchor_of(line.substr(level + 1)));
  }
  return anchors;
}

TEST(Docs, EveryLinkLeadsSomewhere) {
  const std::regex link(R"(\]\(([^)\s]+)\)|(?:src|href)="([^"]+)\")");
  std::size_t count = 0;
  for (const auto& path : documents()) {
    const auto page = read_page(path);
    for (std::size_t i = 0; i < page.prose.size(); ++i) {
      const auto& line = page.prose[i];
      for (std::sregex_iterator it(line.begin(), line.end(), link), end; it != end; ++it) {
        const std::string target = (*it)[1].matched ? (*it)[1] : (*it)[2];
        if (target.find("://") != std::string::npos) continue;
        ++count;
        const auto hash = target.find('#');
        const auto name = target.substr(0, hash);
        const auto file = name.empty() ? path : path.parent_path() / name;
        const auto place = path.string() + ":" + std::to_string(i + 1) + ": " + target;
        EXPECT_TRUE(fs::exists(file)) << place << " does not exist";
        if (hash == std::string::npos || !fs::exists(file)) continue;
        EXPECT_TRUE(anchors_of(file).contains(target.substr(hash + 1)))
            << place << " names no heading there";
      }
    }
  }
  EXPECT_GT(count, 50U) << "too few links for this test to mean something";
}

TEST(Docs, EveryTestThatDurabilityNamesExists) {
  std::set<std::string> tests;
  const std::regex definition(R"(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
  for (const auto& path : files_with({"tests"}, ".cpp")) {
    const auto text = text_of(path);
    for (std::sregex_iterator it(text.begin(), text.end(), definition), end; it != end; ++it) {
      tests.insert((*it)[1].str() + "." + (*it)[2].str());
    }
  }
  const std::regex mention(R"(`([A-Z]\w+\.[A-Z]\w+)`)");
  std::size_t count = 0;
  for (const auto& line : read_page(kRoot / "docs/durability.md").prose) {
    for (std::sregex_iterator it(line.begin(), line.end(), mention), end; it != end; ++it) {
      ++count;
      EXPECT_TRUE(tests.contains((*it)[1])) << "there is no test " << (*it)[1];
    }
  }
  EXPECT_GT(count, 20U) << "too few names for this test to mean something";
}

TEST(Readme, ExampleIsTheQuickstart) {
  const auto page = read_page(kRoot / "README.md");
  const auto quickstart = text_of(kRoot / "examples/quickstart.cpp");
  EXPECT_TRUE(std::any_of(page.code.begin(), page.code.end(), [&](const CodeBlock& block) {
    return block.text == quickstart;
  })) << "README.md does not show examples/quickstart.cpp as it is";
}

void expect_cpp_blocks_are_of(const fs::path& page, const std::vector<fs::path>& files) {
  std::vector<std::string> sources;
  for (const auto& path : files) sources.push_back(text_of(path));
  for (const auto& block : read_page(page).code) {
    if (block.language != "cpp") continue;
    EXPECT_TRUE(std::any_of(
        sources.begin(), sources.end(),
        [&](const std::string& source) { return source.find(block.text) != std::string::npos; }))
        << page << ": no file that is compiled holds\n"
        << block.text;
  }
}

TEST(Readme, EveryCppBlockIsPartOfAnExample) {
  expect_cpp_blocks_are_of(kRoot / "README.md", files_with({"examples"}, ".cpp"));
}

TEST(OperatorsPage, EveryCppBlockIsPartOfACompiledFile) {
  auto files = files_with({"examples", "src/operators", "tests/operators"}, ".cpp");
  const auto headers = files_with({"src/operators"}, ".h");
  files.insert(files.end(), headers.begin(), headers.end());
  expect_cpp_blocks_are_of(kRoot / "docs/operators.md", files);
}

TEST(OperatorsPage, ShowsItsExamplesWhole) {
  const auto page = read_page(kRoot / "docs/operators.md");
  for (const auto& path : files_with({"tests/operators/example"}, ".cpp")) {
    const auto source = text_of(path);
    EXPECT_TRUE(std::any_of(page.code.begin(), page.code.end(),
                            [&](const CodeBlock& block) { return block.text == source; }))
        << "docs/operators.md does not show " << path << " as it is";
  }
}

// Failure: a page that says which operators there are lacks one that was added.
TEST(FactorLanguagePage, NamesEveryOperator) {
  const auto page = text_of(kRoot / "docs/factor_language.md");
  for (const auto& info : list_operators()) {
    EXPECT_NE(page.find("| `" + info.signature + "` |"), std::string::npos) << info.signature;
  }
}

}  // namespace
}  // namespace factorwal
