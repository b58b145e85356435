#pragma once
/// The file `RINGS` of a data directory: which rings its last writer used, if it did not close the
/// directory in order. It is durable before a ring's first use, so that a ring that should be there
/// and is not is noticed; and it is there, with or without rings, for as long as the directory
/// counts as open, so that the list itself is missed.

#include <string>
#include <vector>

#include "channel/ring_header.h"
#include "factorwal/options.h"

namespace factorwal::channel {

inline constexpr const char* kRegisterName = "RINGS";

struct RegisteredRing {
  std::uint64_t identity = 0;
  ChannelKind kind = ChannelKind::kShm;
};

/// Behind the name of a ring's file that an open has given up: it passes for no ring any more.
inline constexpr std::string_view kKeptSuffix = ".kept";

/// Where its file is; empty for kHeap, which nothing outlives.
[[nodiscard]] std::string ring_path(const FileSystem& files, const std::string& directory,
                                    const RegisteredRing& ring);

struct RingRegister {
  DirectoryIdentity directory{};
  BootId boot{};
  FileId directory_id;         ///< as it was then
  std::string directory_path;  ///< as it was then, absolute
  /// The open for writing that stored it, as the manifest counts them: each stores it before its
  /// manifest, so that one of an earlier open than the manifest's is an old copy.
  std::uint64_t epoch = 0;
  std::vector<RegisteredRing> rings;
};

[[nodiscard]] Bytes encode_ring_register(const RingRegister& rings);
[[nodiscard]] Result<RingRegister> decode_ring_register(ByteView bytes, const std::string& path);

/// kNotFound when there is none: the last writer closed in order.
[[nodiscard]] Result<RingRegister> load_ring_register(FileSystem& files,
                                                      const std::string& directory);
[[nodiscard]] Status store_ring_register(FileSystem& files, const std::string& directory,
                                         const RingRegister& rings);

}  // namespace factorwal::channel
