#include "channel/ring_store.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace factorwal::channel {
namespace {

std::uint64_t random_identity(FileSystem& files) {
  for (;;) {
    if (const auto identity = random_bits(files); identity != 0) return identity;
  }
}

std::string absolute(const std::string& path) {
  std::error_code failed;
  const auto found = std::filesystem::absolute(path, failed);
  return failed ? path : found.lexically_normal().string();
}

}  // namespace

void RingStore::begin(RingRegister rings, bool on_disk) {
  const std::lock_guard lock(mutex_);
  register_ = std::move(rings);
  on_disk_ = on_disk;
}

// One that stays, since it cannot be removed or a crash came first, says that there are no rings.
void RingStore::end() {
  const std::lock_guard lock(mutex_);
  if (register_.rings.empty() && expect_own_directory())
    (void)files_.remove(join_path(directory_, kRegisterName));
}

Result<RingMemory> RingStore::make(ChannelKind kind, std::uint64_t capacity) {
  const std::lock_guard lock(mutex_);
  if (kind == ChannelKind::kHeap) {
    RingMemory memory;
    memory.ring = {random_identity(files_), kind};
    memory.heap.resize(static_cast<std::size_t>(kRingHeaderBytes + capacity) / sizeof(CacheLine));
    memory.bytes = std::as_writable_bytes(std::span(memory.heap));
    if (auto done = put_on_record(memory.ring); !done) return done.error();
    return memory;
  }
  auto memory = make_mapped(kind, capacity);
  if (memory || kind != ChannelKind::kShm) return memory;
  auto instead = make_mapped(ChannelKind::kFile, capacity);
  if (!instead) {
    return Error{instead.error().code,
                 memory.error().message + "; and instead of it: " + instead.error().message,
                 instead.error().errno_value};
  }
  instead->fallback = memory.error().message;
  return instead;
}

Result<RingMemory> RingStore::make_mapped(ChannelKind kind, std::uint64_t capacity) {
  RingMemory memory;
  memory.ring = {random_identity(files_), kind};
  const auto path = ring_path(files_, directory_, memory.ring);
  RingHeader header;
  header.directory = register_.directory;
  header.identity = memory.ring.identity;
  header.capacity = capacity;
  header.boot = register_.boot;
  header.directory_id = register_.directory_id;
  header.pid = static_cast<std::uint64_t>(::getpid());
  header.directory_path = absolute(directory_);
  auto mapped = files_.map_new(path, kRingHeaderBytes + capacity, encode_ring_header(header));
  if (!mapped) return mapped.error();
  memory.mapped = std::move(*mapped);
  memory.bytes = memory.mapped->bytes();
  if (auto done = put_on_record(memory.ring); !done) {
    (void)files_.remove(path);
    return done.error();
  }
  return memory;
}

// One that was moved away keeps its list, and what is at its old place now keeps its own.
Status RingStore::expect_own_directory() const {
  const auto there = files_.file_id(directory_);
  if (!there) return there.error();
  if (*there == register_.directory_id) return {};
  return Error{Errc::kIo,
               directory_ +
                   ": is another directory than the one that was opened; put it back, or "
                   "reopen",
               0};
}

Status RingStore::put_on_record(const RegisteredRing& ring) {
  if (auto done = expect_own_directory(); !done) return done;
  auto rings = register_;
  rings.rings.push_back(ring);
  if (auto done = store_ring_register(files_, directory_, rings); !done) return done;
  register_ = std::move(rings);
  on_disk_ = true;
  return {};
}

// Off the record first: a ring on record that is not there would be missed at the next open. One
// that is there and on no record holds nothing that the log does not; `factorwal rings` clears it.
Status RingStore::remove(std::span<const RegisteredRing> rings) {
  const std::lock_guard lock(mutex_);
  auto left = register_;
  std::erase_if(left.rings, [&](const RegisteredRing& known) {
    return std::ranges::any_of(
        rings, [&](const RegisteredRing& ring) { return ring.identity == known.identity; });
  });
  if (auto done = expect_own_directory(); !done) return done;
  if (!on_disk_ || left.rings.size() != register_.rings.size()) {
    if (auto done = store_ring_register(files_, directory_, left); !done) return done;
    register_ = std::move(left);
    on_disk_ = true;
  }
  for (const auto& ring : rings) {
    const auto path = ring_path(files_, directory_, ring);
    if (!path.empty()) (void)files_.remove(path);
  }
  return {};
}

}  // namespace factorwal::channel
