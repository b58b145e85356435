#include <lzma.h>

#include <string>

#include "feed/bytes/unpacker.h"

namespace factorwal::feed {
namespace {

/// `xz -9` needs 65 MiB.
constexpr std::uint64_t kXzMemoryMax = std::uint64_t{256} << 20;

class XzCodec final : public Codec {
 public:
  XzCodec() = default;
  XzCodec(const XzCodec&) = delete;
  XzCodec& operator=(const XzCodec&) = delete;
  ~XzCodec() override { lzma_end(&stream_); }

  [[nodiscard]] std::string_view name() const noexcept override { return "xz"; }
  [[nodiscard]] bool begins(std::string_view head) const noexcept override {
    using namespace std::string_view_literals;
    return head.starts_with(
        "\xfd"
        "7zXZ\0"sv);
  }

  Status begin_frame() override {
    if (lzma_stream_decoder(&stream_, kXzMemoryMax, 0) == LZMA_OK) return {};
    return Error{Errc::kIo, "no memory to unpack xz"};
  }

  Result<Step> step(std::string_view from, std::span<char> into) override {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(from.data());
    stream_.avail_in = from.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(into.data());
    stream_.avail_out = into.size();
    const lzma_ret code = lzma_code(&stream_, LZMA_RUN);
    const Step done{from.size() - stream_.avail_in, into.size() - stream_.avail_out,
                    code == LZMA_STREAM_END};
    switch (code) {
      case LZMA_OK:
      case LZMA_STREAM_END:
      case LZMA_BUF_ERROR: return done;
      case LZMA_MEM_ERROR: return Error{Errc::kIo, "no memory to unpack xz"};
      case LZMA_MEMLIMIT_ERROR:
        return Error{
            Errc::kInvalidArgument,
            "is xz data that needs " + std::to_string(lzma_memusage(&stream_) >> 20) +
                " MiB of memory to unpack, more than " + std::to_string(kXzMemoryMax >> 20) +
                "; pack it with a smaller dictionary (xz -9 will do), or unpack it before"};
      case LZMA_OPTIONS_ERROR:
        return Error{Errc::kCorruption, "damaged xz: it asks for what this version does not know"};
      default: break;
    }
    return Error{Errc::kCorruption, "damaged xz: its bytes do not fit their checksums or the form"};
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

}  // namespace

std::unique_ptr<Codec> make_xz_codec() { return std::make_unique<XzCodec>(); }

}  // namespace factorwal::feed
