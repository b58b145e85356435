#pragma once
/// Inputs of targets whose files have checksums: a list of sections, which the target assembles
/// into files and seals. So a fuzzer gets behind the checksums, and a change of one length does not
/// move everything behind it.

#include <functional>
#include <random>
#include <vector>

#include "base/coding.h"

namespace factorwal::fuzz {

struct Section {
  std::uint8_t tag = 0;
  Bytes body;
};

/// A tag, a length of two bytes, the body; the last one may be cut short.
[[nodiscard]] std::vector<Section> split_sections(ByteView input);
[[nodiscard]] Bytes join_sections(const std::vector<Section>& sections);
void put_section(Bytes& out, std::uint8_t tag, ByteView body);

/// Changes bytes in place, which may become up to `size_max` many.
using ByteMutator = std::function<void(Bytes& bytes, std::size_t size_max)>;
/// Changes one body, or doubles, drops, moves or joins sections.
[[nodiscard]] Bytes mutate_sections(ByteView input, std::size_t size_max, std::mt19937_64& random,
                                    const ByteMutator& mutate);

/// A body as a list of (u16 offset, u8 mask): damage that no seal covers.
void apply_flips(ByteView flips, Bytes& to);

}  // namespace factorwal::fuzz
