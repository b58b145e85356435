#pragma once
/// A tick layout as bytes: the same in the log and in the channel.

#include "base/coding.h"
#include "factorwal/record.h"

namespace factorwal::channel {

inline void put_layout(Bytes& out, const TickLayout& layout) {
  for (const auto* names : {&layout.fields, &layout.factors}) {
    put_varint(out, names->size());
    for (const auto& name : *names) put_text(out, name);
  }
  put_text(out, layout.factor_text);
}

/// False when the bytes are no layout.
[[nodiscard]] inline bool get_layout(Cursor& from, TickLayout& layout) {
  for (auto* names : {&layout.fields, &layout.factors}) {
    const auto count = from.varint();
    if (!from.ok() || count > from.remaining()) return false;
    for (std::uint64_t i = 0; i < count; ++i) names->emplace_back(from.text());
  }
  layout.factor_text = from.text();
  return from.ok();
}

}  // namespace factorwal::channel
