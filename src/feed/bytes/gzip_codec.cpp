#include <zlib.h>

#include <algorithm>
#include <string>

#include "feed/bytes/unpacker.h"

namespace factorwal::feed {
namespace {

class GzipCodec final : public Codec {
 public:
  GzipCodec() = default;
  GzipCodec(const GzipCodec&) = delete;
  GzipCodec& operator=(const GzipCodec&) = delete;
  ~GzipCodec() override {
    if (begun_) inflateEnd(&stream_);
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "gzip"; }
  [[nodiscard]] bool begins(std::string_view head) const noexcept override {
    return head.starts_with("\x1f\x8b");
  }

  Status begin_frame() override {
    constexpr int kGzipWindow = 15 + 16;
    const int code = begun_ ? inflateReset(&stream_) : inflateInit2(&stream_, kGzipWindow);
    if (code != Z_OK) return Error{Errc::kIo, "no memory to unpack gzip"};
    begun_ = true;
    return {};
  }

  Result<Step> step(std::string_view from, std::span<char> into) override {
    const auto in = static_cast<uInt>(from.size());
    const auto room = static_cast<uInt>(std::min(into.size(), std::size_t{1} << 30));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
    stream_.avail_in = in;
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = room;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      const char* why = stream_.msg != nullptr ? stream_.msg : "unknown error";
      return Error{Errc::kCorruption, std::string("damaged gzip: ") + why};
    }
    return Step{in - stream_.avail_in, room - stream_.avail_out, code == Z_STREAM_END};
  }

 private:
  z_stream stream_{};
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Codec> make_gzip_codec() { return std::make_unique<GzipCodec>(); }

}  // namespace factorwal::feed
