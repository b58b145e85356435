#include <zstd.h>
#include <zstd_errors.h>

#include <string>

#include "feed/bytes/unpacker.h"

namespace factorwal::feed {
namespace {

/// What `zstd --long` asks for at most: a frame that needs more memory is refused.
constexpr int kWindowLogMax = 27;

Error zstd_failure(std::size_t code) {
  switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_frameParameter_windowTooLarge:
      return Error{Errc::kInvalidArgument,
                   "is zstd data that needs more than 128 MiB of memory to unpack; pack it with a "
                   "smaller window (at most zstd --long=27), or unpack it before"};
    case ZSTD_error_dictionary_wrong:
    case ZSTD_error_dictionary_corrupted:
      return Error{
          Errc::kInvalidArgument,
          "is zstd data that needs a dictionary; unpack it before (zstd -d -D DICTIONARY)"};
    case ZSTD_error_memory_allocation: return Error{Errc::kIo, "no memory to unpack zstd"};
    default: break;
  }
  return Error{Errc::kCorruption, std::string("damaged zstd: ") + ZSTD_getErrorName(code)};
}

class ZstdCodec final : public Codec {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "zstd"; }

  /// A frame, or one of those that hold no data and are passed over.
  [[nodiscard]] bool begins(std::string_view head) const noexcept override {
    const bool skippable = head.size() >= 4 &&
                           (static_cast<unsigned char>(head[0]) & 0xf0U) == 0x50 &&
                           head.substr(1).starts_with("\x2a\x4d\x18");
    return skippable || head.starts_with("\x28\xb5\x2f\xfd");
  }

  Status begin_frame() override {
    if (!context_) context_.reset(ZSTD_createDCtx());
    if (!context_) return Error{Errc::kIo, "no memory to unpack zstd"};
    ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLogMax);
    return {};
  }

  Result<Step> step(std::string_view from, std::span<char> into) override {
    ZSTD_inBuffer in{from.data(), from.size(), 0};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(left) != 0) return zstd_failure(left);
    return Step{in.pos, out.pos, left == 0};
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_;
};

}  // namespace

std::unique_ptr<Codec> make_zstd_codec() { return std::make_unique<ZstdCodec>(); }

}  // namespace factorwal::feed
