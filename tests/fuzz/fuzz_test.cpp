// Every fuzz target over its corpus, and over some mutations of it: what a fuzzer once found stays
// found. scripts/fuzz runs the same targets under libFuzzer for as long as one likes.
//
// FACTORWAL_FUZZ_RUNS: mutations of each target; FACTORWAL_FUZZ_SEED repeats a run.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "fuzz/fuzz_target.h"
#include "fuzz/sections.h"
#include "support/from_environment.h"

namespace factorwal::fuzz {
namespace {

constexpr std::size_t kInputBytesMax = 8192;

using test::from_environment;

std::vector<Bytes> corpus_of(const Target& target) {
  std::vector<std::filesystem::path> paths;
  const auto folder = std::filesystem::path(FACTORWAL_SOURCE_DIR) / "tests/fuzz/corpus";
  for (const auto& entry : std::filesystem::directory_iterator(folder / target.name)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Bytes> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto bytes = as_bytes(text);
    corpus.emplace_back(bytes.begin(), bytes.end());
  }
  return corpus;
}

void mutate_bytes(Bytes& bytes, std::size_t size_max, std::mt19937_64& random) {
  const auto place = [&](std::size_t size) {
    return bytes.begin() + static_cast<std::ptrdiff_t>(random() % size);
  };
  if (bytes.empty()) bytes.resize(1);
  switch (random() % 6) {
    case 0: *place(bytes.size()) = static_cast<std::byte>(random()); break;
    case 1: *place(bytes.size()) ^= static_cast<std::byte>(1U << (random() % 8)); break;
    case 2: bytes.erase(place(bytes.size())); break;
    case 3: bytes.insert(place(bytes.size() + 1), static_cast<std::byte>(random())); break;
    case 4: bytes.resize(random() % (bytes.size() + 1)); break;
    default: {
      // A number that is at a boundary of something.
      static constexpr std::uint64_t kNumbers[] = {
          0, 1, 0x7f, 0x80, 0xffff, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff, 0xffffffffffffffff};
      const auto number = kNumbers[random() % std::size(kNumbers)];
      if (bytes.size() >= sizeof number) {
        store(bytes.data() + random() % (bytes.size() - sizeof number + 1), number);
      }
    }
  }
  if (bytes.size() > size_max) bytes.resize(size_max);
}

class Fuzz : public testing::TestWithParam<const Target*> {};

TEST_P(Fuzz, TargetSurvivesItsCorpusAndMutationsOfIt) {
  const auto& target = *GetParam();
  const auto corpus = corpus_of(target);
  ASSERT_FALSE(corpus.empty());
  for (const auto& input : corpus) target.run(input);
  const auto runs = from_environment("FACTORWAL_FUZZ_RUNS", 2000);
  const auto seed = from_environment("FACTORWAL_FUZZ_SEED", std::random_device{}());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);  // whatever ends this process, the seed is told
  std::mt19937_64 random(seed);
  for (std::uint64_t run = 0; run < runs; ++run) {
    auto input = corpus[random() % corpus.size()];
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      if (target.has_sections) {
        input = mutate_sections(input, kInputBytesMax, random, [&](Bytes& bytes, std::size_t most) {
          mutate_bytes(bytes, most, random);
        });
      } else {
        mutate_bytes(input, kInputBytesMax, random);
      }
    }
    target.run(input);
  }
}

INSTANTIATE_TEST_SUITE_P(OfBytesFromAnywhere, Fuzz,
                         testing::Values(&kLogTarget, &kStateTarget, &kRingTarget, &kFactorsTarget,
                                         &kCsvTarget, &kNumberTarget, &kTimeTarget),
                         [](const auto& tested) { return std::string(tested.param->name); });

}  // namespace
}  // namespace factorwal::fuzz
