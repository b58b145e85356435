#pragma once
/// What a fuzzer calls: one reader of bytes that anybody may have written. The same targets run
/// under libFuzzer (scripts/fuzz) and, over their corpora and a few mutations, as an ordinary test.

#include <cstdio>
#include <cstdlib>

#include "base/coding.h"

namespace factorwal::fuzz {

struct Target {
  const char* name;       ///< of its folder in corpus/
  void (*run)(ByteView);  ///< returns, whatever the bytes are
  bool has_sections;      ///< its inputs are lists of sections, see sections.h
};

extern const Target kLogTarget;
extern const Target kStateTarget;
extern const Target kRingTarget;
extern const Target kFactorsTarget;
extern const Target kCsvTarget;
extern const Target kNumberTarget;
extern const Target kTimeTarget;

/// What must hold for any bytes. Aborts, so that a fuzzer keeps the input.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace factorwal::fuzz
