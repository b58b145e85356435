// One target under libFuzzer: FACTORWAL_FUZZ_TARGET names it.

#include <algorithm>
#include <cstdint>

#include "fuzz/fuzz_target.h"
#include "fuzz/sections.h"

using namespace factorwal;

extern "C" {

std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::FACTORWAL_FUZZ_TARGET.run(std::as_bytes(std::span(data, size)));
  return 0;
}

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                    unsigned seed) {
  // Now and then the bytes as they are: lengths and tags as well.
  if (!fuzz::FACTORWAL_FUZZ_TARGET.has_sections || seed % 16 == 0) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  std::mt19937_64 random(seed);
  const auto mutated = fuzz::mutate_sections(
      std::as_bytes(std::span(data, size)), max_size, random, [](Bytes& bytes, std::size_t most) {
        const auto held = bytes.size();
        bytes.resize(most);
        bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), held, most));
      });
  std::ranges::copy(mutated, reinterpret_cast<std::byte*>(data));
  return mutated.size();
}
}
