#include "tables/table_chunk.h"

#include <sys/mman.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>

namespace factorwal::python {
namespace {

constexpr std::size_t kLineBytes = 64;
constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;
/// From here on the C library gives memory back to the system, and gets it anew.
constexpr std::size_t kKeptBytes = std::size_t{128} << 10;

/// Pieces of tables that are gone, for the next ones: the system clears each page that it gives,
/// which can take longer than to fill it with values. Never destroyed: arrays may outlive Python.
class Spares {
 public:
  static Spares& get() {
    static auto* const spares = new Spares;
    return *spares;
  }
  /// Null where there is none of that size.
  [[nodiscard]] void* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(pieces_, bytes, &Piece::bytes);
    if (found == pieces_.end()) return nullptr;
    void* const memory = found->memory;
    pieces_.erase(found);
    bytes_ -= bytes;
    return memory;
  }
  [[nodiscard]] bool keep(void* memory, std::size_t bytes) noexcept try {
    const std::lock_guard lock(mutex_);
    if (bytes_ + bytes > kMostBytes) return false;
    pieces_.push_back({memory, bytes});
    bytes_ += bytes;
    return true;
  } catch (...) {
    return false;
  }

 private:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20;
  struct Piece {
    void* memory;
    std::size_t bytes;
  };
  std::mutex mutex_;
  std::vector<Piece> pieces_;
  std::size_t bytes_ = 0;
};

bool is_large(std::size_t bytes) { return bytes >= 2 * kHugePageBytes; }

std::size_t rounded(std::size_t bytes) {
  const auto unit = is_large(bytes) ? kHugePageBytes : kLineBytes;
  return (bytes + unit - 1) / unit * unit;
}

std::byte* allocate(std::size_t bytes) {
  const bool large = is_large(bytes);
  if (bytes >= kKeptBytes) {
    if (void* const spare = Spares::get().take(bytes)) return static_cast<std::byte*>(spare);
  }
  void* const memory = std::aligned_alloc(large ? kHugePageBytes : kLineBytes, bytes);
  if (memory == nullptr) throw std::bad_alloc();
  // Fewer faults; where the system has no huge pages, there are small ones.
  if (large) (void)::madvise(memory, bytes, MADV_HUGEPAGE);
  return static_cast<std::byte*>(memory);
}

/// Every `width`-th of the values from `from` on, past the caches: of a long table nobody reads a
/// line while it is still there.
void put_column(double* into, const double* from, std::size_t width, std::size_t rows) noexcept {
  std::size_t row = 0;
#ifdef __SSE2__
  const auto put = [&] {
    const auto bits = std::bit_cast<long long>(from[row * width]);
    _mm_stream_si64(reinterpret_cast<long long*>(into + row++), bits);
  };
  // Two at once, where the place allows it.
  if (reinterpret_cast<std::uintptr_t>(into) % sizeof(__m128d) != 0 && rows > 0) put();
  for (; row + 1 < rows; row += 2) {
    const auto one = _mm_load_sd(from + row * width);
    _mm_stream_pd(into + row, _mm_loadh_pd(one, from + (row + 1) * width));
  }
  if (row < rows) put();
#else
  for (; row < rows; ++row) into[row] = from[row * width];
#endif
}

/// A line more than the rows need: columns a power of two apart would share a few lines of the
/// cache.
std::size_t stride_of(std::size_t capacity) {
  return (capacity * sizeof(double) / kLineBytes + 2) * kLineBytes;
}

}  // namespace

void TableChunk::Free::operator()(std::byte* memory) const noexcept {
  if (bytes < kKeptBytes || !Spares::get().keep(memory, bytes)) std::free(memory);
}

TableChunk::TableChunk(std::size_t capacity, std::size_t width)
    : capacity_(capacity),
      width_(width),
      stride_(stride_of(capacity)),
      memory_(nullptr, Free{rounded(stride_ * (width + 1) + capacity * sizeof(std::uint32_t))}) {
  memory_.reset(allocate(memory_.get_deleter().bytes));
}

const TimestampNs* TableChunk::times() const noexcept {
  return reinterpret_cast<const TimestampNs*>(memory_.get());
}
double* TableChunk::column(std::size_t place) const noexcept {
  return reinterpret_cast<double*>(memory_.get() + stride_ * (place + 1));
}
const double* TableChunk::values(std::size_t place) const noexcept { return column(place); }
const std::uint32_t* TableChunk::instruments() const noexcept {
  return reinterpret_cast<const std::uint32_t*>(memory_.get() + stride_ * (width_ + 1));
}

std::size_t TableChunk::append(const feed::TickBatch& ticks, std::size_t first, std::size_t end,
                               std::span<const double> values) {
  // So many rows at once that they stay in the nearest cache for all columns.
  constexpr std::size_t kTileRows = 64;
  const auto count = std::min(end - first, capacity_ - size_);
  std::copy_n(ticks.instruments.begin() + static_cast<std::ptrdiff_t>(first), count,
              const_cast<std::uint32_t*>(instruments()) + size_);
  std::copy_n(ticks.times_ns.begin() + static_cast<std::ptrdiff_t>(first), count,
              const_cast<TimestampNs*>(times()) + size_);
  for (std::size_t tile = 0; tile < count; tile += kTileRows) {
    const auto rows = std::min(kTileRows, count - tile);
    const double* const from = values.data() + (first + tile) * width_;
    for (std::size_t place = 0; place < width_; ++place) {
      put_column(column(place) + size_ + tile, from + place, width_, rows);
    }
  }
  size_ += count;
  return count;
}

}  // namespace factorwal::python
