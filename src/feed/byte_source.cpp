#include "feed/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "factorwal/feed.h"

namespace factorwal::feed {
namespace {

constexpr std::size_t kInputBytes = std::size_t{64} << 10;
constexpr std::size_t kMagicBytes = 6;

/// The name of a format that is often met under a .csv name, or empty.
std::string_view foreign_format(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("\x28\xb5\x2f\xfd"sv)) return "zstd data";
  if (head.starts_with("PK\x03\x04"sv)) return "a zip archive";
  if (head.starts_with("BZh"sv)) return "bzip2 data";
  if (head.starts_with("\xfd"
                       "7zXZ\0"sv))
    return "xz data";
  if (head.starts_with("PAR1"sv)) return "a Parquet file";
  if (head.starts_with("\xff\xfe"sv) || head.starts_with("\xfe\xff"sv)) return "UTF-16 text";
  return {};
}

}  // namespace

struct ByteSource::State {
  enum class Packing { kUnknown, kPlain, kGzip };
  std::string name;
  int fd = -1;
  bool owns_fd = false;
  bool regular = false;
  const std::atomic<bool>* stop = nullptr;
  Packing packing = Packing::kUnknown;
  bool input_ended = false;
  bool member_ended = false;
  bool inflating = false;
  z_stream stream{};
  std::unique_ptr<unsigned char[]> input =
      std::make_unique_for_overwrite<unsigned char[]>(kInputBytes);
  std::size_t begin = 0;  ///< input[begin, end) is read but not yet used
  std::size_t end = 0;

  ~State() {
    if (inflating) inflateEnd(&stream);
    if (owns_fd) ::close(fd);
  }

  [[nodiscard]] Error failure(Errc code, const std::string& what, int errno_value = 0) const {
    return Error{code, name + ": " + what, errno_value};
  }

  /// Until a pipe has something to read, or has ended.
  Status wait() const {
    constexpr int kLookMs = 100;
    for (;;) {
      if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
        return failure(Errc::kClosed, "stopped while waiting for more");
      }
      pollfd ready{fd, POLLIN, 0};
      const int count = ::poll(&ready, 1, kLookMs);
      if (count > 0) return {};
      if (count < 0 && errno != EINTR) {
        const int error = errno;
        return failure(Errc::kIo, "cannot wait: " + std::generic_category().message(error), error);
      }
    }
  }

  /// Appends to the input; moves what is left to the front first.
  Status fill() {
    if (begin > 0) {
      std::memmove(input.get(), input.get() + begin, end - begin);
      end -= begin;
      begin = 0;
    }
    for (;;) {
      if (!regular) {
        if (Status ready = wait(); !ready) return ready;
      }
      const ssize_t got = ::read(fd, input.get() + end, kInputBytes - end);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got < 0) {
        const int error = errno;
        return failure(Errc::kIo, "cannot read: " + std::generic_category().message(error), error);
      }
      input_ended = got == 0;
      end += static_cast<std::size_t>(got);
      return {};
    }
  }

  Status recognise() {
    while (end - begin < kMagicBytes && !input_ended) {
      if (Status filled = fill(); !filled) return filled;
    }
    const std::string_view head(reinterpret_cast<const char*>(input.get() + begin), end - begin);
    if (const std::string_view format = foreign_format(head); !format.empty()) {
      return failure(Errc::kInvalidArgument,
                     "is " + std::string(format) + "; ticks are read from CSV, plain or gzip");
    }
    packing = head.starts_with("\x1f\x8b") ? Packing::kGzip : Packing::kPlain;
    if (packing == Packing::kPlain) return {};
    constexpr int kGzipWindow = 15 + 16;
    if (inflateInit2(&stream, kGzipWindow) != Z_OK) {
      return failure(Errc::kIo, "no memory to unpack gzip");
    }
    inflating = true;
    return {};
  }

  Result<std::size_t> read_plain(std::span<char> into) {
    if (begin == end && !input_ended) {
      if (Status filled = fill(); !filled) return filled.error();
    }
    const std::size_t size = std::min(into.size(), end - begin);
    std::memcpy(into.data(), input.get() + begin, size);
    begin += size;
    return size;
  }

  /// After a member: another one, or zero padding, or the end. True when there is more to unpack.
  Result<bool> next_member() {
    while (begin < end || !input_ended) {
      if (end - begin < 2 && !input_ended) {
        if (Status filled = fill(); !filled) return filled.error();
        continue;
      }
      if (begin == end) return false;
      if (input[begin] == 0) {
        ++begin;
        continue;
      }
      if (end - begin < 2 || input[begin] != 0x1f || input[begin + 1] != 0x8b) {
        return failure(Errc::kCorruption, "damaged gzip: unknown bytes after the data's end");
      }
      inflateReset(&stream);
      member_ended = false;
      return true;
    }
    return false;
  }

  Result<std::size_t> read_gzip(std::span<char> into) {
    stream.next_out = reinterpret_cast<Bytef*>(into.data());
    stream.avail_out = static_cast<uInt>(std::min(into.size(), std::size_t{1} << 30));
    const uInt room = stream.avail_out;
    while (stream.avail_out == room) {
      if (member_ended) {
        Result<bool> more = next_member();
        if (!more) return more.error();
        if (!*more) return std::size_t{0};
      }
      if (begin == end) {
        if (input_ended) return failure(Errc::kCorruption, "truncated gzip: the file ends early");
        if (Status filled = fill(); !filled) return filled.error();
        if (begin == end) continue;
      }
      stream.next_in = input.get() + begin;
      stream.avail_in = static_cast<uInt>(end - begin);
      const int code = inflate(&stream, Z_NO_FLUSH);
      begin = end - stream.avail_in;
      member_ended = code == Z_STREAM_END;
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
        const char* why = stream.msg != nullptr ? stream.msg : "unknown error";
        return failure(Errc::kCorruption, std::string("damaged gzip: ") + why);
      }
    }
    return static_cast<std::size_t>(room - stream.avail_out);
  }
};

ByteSource::ByteSource(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
ByteSource::ByteSource(ByteSource&&) noexcept = default;
ByteSource& ByteSource::operator=(ByteSource&&) noexcept = default;
ByteSource::~ByteSource() = default;

Result<ByteSource> ByteSource::open(const std::string& path, const std::atomic<bool>* stop) {
  auto state = std::make_unique<State>();
  state->stop = stop;
  state->name = display_name(path);
  state->owns_fd = path != "-";
  state->fd = state->owns_fd ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
  if (state->fd < 0) {
    const int error = errno;
    state->owns_fd = false;
    return state->failure(error == ENOENT ? Errc::kNotFound : Errc::kIo,
                          "cannot open: " + std::generic_category().message(error), error);
  }
  struct stat about {};
  state->regular = ::fstat(state->fd, &about) == 0 && S_ISREG(about.st_mode);
  return ByteSource(std::move(state));
}

Result<std::size_t> ByteSource::read(std::span<char> into) {
  if (state_->packing == State::Packing::kUnknown) {
    if (Status known = state_->recognise(); !known) return known.error();
  }
  return state_->packing == State::Packing::kGzip ? state_->read_gzip(into)
                                                  : state_->read_plain(into);
}

bool ByteSource::may_grow() const noexcept {
  return state_->regular && state_->packing == State::Packing::kPlain;
}

void ByteSource::look_again() noexcept { state_->input_ended = false; }

bool ByteSource::was_shortened() const {
  const std::optional<FileStamp> now = stamp();
  return now && ::lseek(state_->fd, 0, SEEK_CUR) > now->bytes;
}

std::optional<FileStamp> ByteSource::stamp() const { return stamp_of(state_->fd); }

bool ByteSource::is_regular() const noexcept { return state_->regular; }

std::string display_name(const std::string& path) { return path == "-" ? "standard input" : path; }

}  // namespace factorwal::feed
