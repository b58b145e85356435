#include "fuzz/sections.h"

#include <algorithm>
#include <utility>

namespace factorwal::fuzz {
namespace {

constexpr std::size_t kBodyBytesMax = 0xffff;

}  // namespace

std::vector<Section> split_sections(ByteView input) {
  std::vector<Section> sections;
  Cursor cursor(input);
  while (cursor.remaining() > 2) {
    Section section;
    section.tag = cursor.get<std::uint8_t>();
    const auto size = std::min<std::size_t>(cursor.get<std::uint16_t>(), cursor.remaining());
    const auto body = cursor.bytes(size);
    section.body.assign(body.begin(), body.end());
    sections.push_back(std::move(section));
  }
  return sections;
}

void put_section(Bytes& out, std::uint8_t tag, ByteView body) {
  body = body.first(std::min(body.size(), kBodyBytesMax));
  put(out, tag);
  put(out, static_cast<std::uint16_t>(body.size()));
  put_bytes(out, body);
}

Bytes join_sections(const std::vector<Section>& sections) {
  Bytes out;
  for (const auto& section : sections) put_section(out, section.tag, section.body);
  return out;
}

Bytes mutate_sections(ByteView input, std::size_t size_max, std::mt19937_64& random,
                      const ByteMutator& mutate) {
  auto sections = split_sections(input);
  if (sections.empty()) sections.emplace_back();
  const auto pick = [&] { return static_cast<std::size_t>(random() % sections.size()); };
  const auto at = pick();
  const auto position = [&](std::size_t i) {
    return sections.begin() + static_cast<std::ptrdiff_t>(i);
  };
  switch (random() % 16) {
    case 0: sections.insert(position(pick()), Section(sections[at])); break;
    case 1: sections.erase(position(at)); break;
    case 2: std::swap(sections[at], sections[pick()]); break;
    case 3: sections[at].tag = static_cast<std::uint8_t>(random() % 10); break;
    case 4: sections[at].body = sections[pick()].body; break;
    case 5: sections.insert(position(at), {static_cast<std::uint8_t>(random() % 10), {}}); break;
    default:
      mutate(sections[at].body,
             std::min(kBodyBytesMax, sections[at].body.size() + size_max / 8 + 16));
  }
  auto out = join_sections(sections);
  if (out.size() > size_max) out.resize(size_max);
  return out;
}

void apply_flips(ByteView flips, Bytes& to) {
  Cursor cursor(flips);
  while (cursor.remaining() >= 3) {
    const auto offset = cursor.get<std::uint16_t>();
    const auto mask = cursor.get<std::byte>();
    if (offset < to.size()) to[offset] ^= mask;
  }
}

}  // namespace factorwal::fuzz
