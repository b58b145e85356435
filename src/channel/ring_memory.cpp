#include "channel/ring_memory.h"

#include <sys/mman.h>

namespace factorwal::channel {

PrivateMemory::PrivateMemory(std::size_t bytes) {
  void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at != MAP_FAILED) bytes_ = {static_cast<std::byte*>(at), bytes};
}

PrivateMemory::~PrivateMemory() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

Status RingMemory::allocate(std::size_t offset, std::size_t size) {
  const auto from = kRingHeaderBytes + offset;
  if (mapped) return mapped->allocate(from, size);
  return file ? file->allocate(from, size) : Status{};
}

Status RingMemory::discard(std::size_t offset, std::size_t size) {
  const auto from = kRingHeaderBytes + offset;
  if (mapped) return mapped->discard(from, size);
  if (file) {
    if (auto done = file->discard(from, size); !done) return done;
  }
  ::madvise(bytes.data() + from, size, MADV_DONTNEED);
  return {};
}

Result<bool> RingMemory::has_name() const {
  if (mapped) return mapped->has_name();
  return file ? file->has_name() : Result<bool>(true);
}

}  // namespace factorwal::channel
