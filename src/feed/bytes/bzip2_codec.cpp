#include <bzlib.h>

#include <algorithm>
#include <string>

#include "feed/bytes/unpacker.h"

namespace factorwal::feed {
namespace {

class Bzip2Codec final : public Codec {
 public:
  Bzip2Codec() = default;
  Bzip2Codec(const Bzip2Codec&) = delete;
  Bzip2Codec& operator=(const Bzip2Codec&) = delete;
  ~Bzip2Codec() override { end(); }

  [[nodiscard]] std::string_view name() const noexcept override { return "bzip2"; }
  /// BZh, the size, and what a block or an empty file begins with: text may begin with BZh9.
  [[nodiscard]] bool begins(std::string_view head) const noexcept override {
    const bool sized =
        head.size() >= 6 && head.starts_with("BZh") && head[3] >= '1' && head[3] <= '9';
    return sized &&
           (head.substr(4).starts_with("\x31\x41") || head.substr(4).starts_with("\x17\x72"));
  }

  Status begin_frame() override {
    end();
    stream_ = {};
    begun_ = BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK;
    if (begun_) return {};
    return Error{Errc::kIo, "no memory to unpack bzip2"};
  }

  Result<Step> step(std::string_view from, std::span<char> into) override {
    const auto in = static_cast<unsigned>(from.size());
    const auto room = static_cast<unsigned>(std::min(into.size(), std::size_t{1} << 30));
    stream_.next_in = const_cast<char*>(from.data());
    stream_.avail_in = in;
    stream_.next_out = into.data();
    stream_.avail_out = room;
    const int code = BZ2_bzDecompress(&stream_);
    if (code == BZ_MEM_ERROR) return Error{Errc::kIo, "no memory to unpack bzip2"};
    if (code != BZ_OK && code != BZ_STREAM_END) {
      return Error{Errc::kCorruption,
                   "damaged bzip2: its bytes do not fit their checksums or the form"};
    }
    return Step{in - stream_.avail_in, room - stream_.avail_out, code == BZ_STREAM_END};
  }

 private:
  void end() noexcept {
    if (begun_) BZ2_bzDecompressEnd(&stream_);
    begun_ = false;
  }
  bz_stream stream_{};
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Codec> make_bzip2_codec() { return std::make_unique<Bzip2Codec>(); }

}  // namespace factorwal::feed
