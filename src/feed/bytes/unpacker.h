#pragma once
/// \file
/// Unpacks files that are sequences of packed frames: gzip, zstd, xz, bzip2.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "factorwal/result.h"
#include "feed/bytes/byte_layer.h"
#include "feed/bytes/file_bytes.h"

namespace factorwal::feed {

/// One packing. A file holds one frame or several, behind each other.
class Codec {
 public:
  struct Step {
    std::size_t taken = 0;
    std::size_t given = 0;
    bool frame_ended = false;
  };
  virtual ~Codec() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  /// `head`: of kMagicBytes, or what the file has.
  [[nodiscard]] virtual bool begins(std::string_view head) const noexcept = 0;
  /// Before every frame.
  virtual Status begin_frame() = 0;
  /// Takes and gives what it can; neither: it needs more. kCorruption: damaged; kInvalidArgument:
  /// beyond a limit. The message lacks the file's name.
  virtual Result<Step> step(std::string_view from, std::span<char> into) = 0;
};

inline constexpr std::size_t kMagicBytes = 6;

[[nodiscard]] std::unique_ptr<Codec> make_gzip_codec();
[[nodiscard]] std::unique_ptr<Codec> make_zstd_codec();
[[nodiscard]] std::unique_ptr<Codec> make_xz_codec();
[[nodiscard]] std::unique_ptr<Codec> make_bzip2_codec();
/// The one that such a file is packed by; null: none.
[[nodiscard]] std::unique_ptr<Codec> find_codec(std::string_view head);

/// Zeros behind a frame are passed over, as what tapes and block devices pad with. Any other bytes
/// that begin no frame, and an end within one, are kCorruption.
class Unpacker final : public ByteLayer {
 public:
  /// `file` outlives it.
  Unpacker(FileBytes& file, std::unique_ptr<Codec> codec) noexcept
      : file_(file), codec_(std::move(codec)) {}
  Result<std::size_t> read(std::span<char> into) override;

 private:
  /// False: the file ends here, where it may.
  Result<bool> next_frame();
  [[nodiscard]] Error corrupt(const std::string& kind, const std::string& what) const;

  FileBytes& file_;
  std::unique_ptr<Codec> codec_;
  bool in_frame_ = false;
};

}  // namespace factorwal::feed
