#include "channel/ring_store.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace factorwal::channel {
namespace {

std::uint64_t random_identity(FileSystem& files) {
  for (;;) {
    if (const auto identity = random_bits(files); identity != 0) return identity;
  }
}

}  // namespace

void RingStore::begin(RingRegister rings, bool on_disk, OwnsLog owns_log) {
  const std::lock_guard lock(mutex_);
  register_ = std::move(rings);
  on_disk_ = on_disk;
  owns_log_ = std::move(owns_log);
}

void RingStore::keep_on_record(std::span<const RegisteredRing> lost) {
  const std::lock_guard lock(mutex_);
  for (const auto& ring : lost) lost_.push_back(ring.identity);
}

// One that stays, since it cannot be removed or a crash came first, says that there are no rings.
void RingStore::end(bool losses_told) {
  const std::lock_guard lock(mutex_);
  const auto told = std::erase_if(register_.rings, [&](const RegisteredRing& ring) {
    return losses_told && std::ranges::find(lost_, ring.identity) != lost_.end();
  });
  if (!expect_own_directory()) return;
  if (register_.rings.empty()) {
    (void)files_.remove(join_path(directory_, kRegisterName));
  } else if (told > 0) {
    (void)store_ring_register(files_, directory_, register_);
  }
}

void RingStore::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

RingStore::Made RingStore::make(ChannelKind kind, std::size_t capacity, std::size_t usable,
                                std::size_t count) {
  const std::lock_guard lock(mutex_);
  if (auto done = expect_own_directory(); !done) return done.error();
  const Sizes sizes{capacity, usable};
  auto made = make_of_kind(kind, sizes, count);
  if (made || kind != ChannelKind::kShm) return made;
  auto instead = make_of_kind(ChannelKind::kFile, sizes, count);
  if (!instead) {
    return Error{instead.error().code,
                 made.error().message + "; and instead of it: " + instead.error().message,
                 instead.error().errno_value};
  }
  for (auto& memory : *instead) memory.fallback = made.error().message;
  return instead;
}

RingStore::Made RingStore::make_of_kind(ChannelKind kind, Sizes sizes, std::size_t count) {
  std::vector<RingMemory> made;
  while (made.size() < count) {
    auto one = make_one(kind, sizes);
    if (!one && made.empty()) return one.error();
    if (!one) break;  // what there is serves
    made.push_back(std::move(*one));
  }
  if (auto done = put_on_record(made); !done) {
    for (const auto& memory : made) {
      const auto path = ring_path(files_, directory_, memory.ring);
      if (!path.empty()) (void)files_.remove(path);
    }
    return done.error();
  }
  return made;
}

Result<RingMemory> RingStore::make_one(ChannelKind kind, Sizes sizes) {
  RingMemory memory;
  memory.ring = {random_identity(files_), kind};
  memory.usable = sizes.usable;
  const auto bytes = kRingHeaderBytes + sizes.capacity;
  if (kind != ChannelKind::kShm) {
    memory.own = PrivateMemory(bytes);
    memory.bytes = memory.own.bytes();
    if (memory.bytes.empty()) return Error{Errc::kIo, "no memory for a ring", ENOMEM};
  }
  if (kind == ChannelKind::kHeap) return memory;
  const auto path = ring_path(files_, directory_, memory.ring);
  RingHeader header;
  header.directory = register_.directory;
  header.identity = memory.ring.identity;
  header.capacity = sizes.capacity;
  header.boot = register_.boot;
  header.directory_id = register_.directory_id;
  header.pid = static_cast<std::uint64_t>(::getpid());
  header.directory_path = register_.directory_path;
  const auto content = encode_ring_header(header);
  const NewFile wanted{bytes, kRingHeaderBytes + sizes.usable, content, directory_};
  if (kind == ChannelKind::kFile) {
    auto file = files_.create_new(path, wanted);
    if (!file) return file.error();
    memory.file = std::move(*file);
    return memory;
  }
  auto mapped = files_.map_new(path, wanted);
  if (!mapped) return mapped.error();
  memory.mapped = std::move(*mapped);
  memory.bytes = memory.mapped->bytes();
  return memory;
}

// One that was moved away keeps its list, and what is at its old place now keeps its own. The
// device counts as well: while this process has files open there, only another mount has another
// one. Whoever opens the directory next stores a list of its own, behind a closed log or a deleted
// lock: what stands there names rings that this process knows nothing of.
Status RingStore::expect_own_directory() const {
  if (closed_) return Error{Errc::kClosed, directory_ + ": the log is closed", 0};
  const auto there = files_.file_id(directory_);
  if (!there) return there.error();
  if (*there == register_.directory_id) return owns_log_();
  return Error{Errc::kIo,
               directory_ +
                   ": is another directory than the one that was opened; put it back, or "
                   "reopen",
               0};
}

Status RingStore::put_on_record(std::span<const RingMemory> made) {
  if (auto done = expect_own_directory(); !done) return done;
  auto rings = register_;
  for (const auto& memory : made) rings.rings.push_back(memory.ring);
  if (auto done = store_ring_register(files_, directory_, rings); !done) return done;
  register_ = std::move(rings);
  on_disk_ = true;
  return {};
}

// Before it is taken off the record: whatever ends this in between, the next open misses it there.
Status RingStore::set_aside(std::span<const RegisteredRing> rings) {
  const std::lock_guard lock(mutex_);
  if (rings.empty()) return {};
  if (auto done = expect_own_directory(); !done) return done;
  for (const auto& ring : rings) {
    const auto path = ring_path(files_, directory_, ring);
    auto done = files_.rename(path, path + std::string(kKeptSuffix));
    if (!done && done.error().code != Errc::kNotFound) return done;
  }
  return files_.sync_directory(directory_);
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
