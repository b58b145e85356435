#pragma once
/// \file
/// Text of other encodings becomes UTF-8.

#include <iconv.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "factorwal/feed/options.h"
#include "factorwal/result.h"
#include "feed/bytes/byte_layer.h"

namespace factorwal::feed {

/// True for a line whose bytes over 0x7f are GB18030 (so GBK or GB2312) as Chinese text writes it:
/// most of its characters are of GB2312, half of those the usual ones. Other eight-bit texts can be
/// valid GB18030 as well; few look like that.
[[nodiscard]] bool looks_like_gb18030(std::string_view line) noexcept;

/// Gives what lies below as UTF-8, converted by the C library's iconv. UTF-16 is told by its byte
/// order mark, or by a first character of one ASCII byte and a zero; GB18030 by the first line that
/// is not ASCII, where that is not UTF-8; any other encoding has to be given. All else is passed on
/// as it stands. What cannot be converted becomes 0xff, which no UTF-8 has: its row is bad.
///
/// A file that grows may be converted: what its end leaves of a character or of the line that tells
/// waits for the rest.
class TextDecoder final : public ByteLayer {
 public:
  struct Setup {
    std::string encoding;  ///< as FeedOptions::encoding
    std::string option;    ///< the word for it in messages
    bool waits = false;    ///< what the end leaves unfinished is kept for later reads
    std::function<void(std::string)> note;
  };
  TextDecoder(ByteLayer& below, Setup setup) : below_(below), setup_(std::move(setup)) {}
  TextDecoder(const TextDecoder&) = delete;
  TextDecoder& operator=(const TextDecoder&) = delete;
  ~TextDecoder() override;

  Result<std::size_t> read(std::span<char> into) override;
  [[nodiscard]] bool holds_back() const noexcept { return !held_.empty(); }

 private:
  enum class Mode { kStart, kAscii, kLine, kAsIs, kConvert };
  Status begin();
  Status decide_by_line();
  Status convert_from(const std::string& encoding);
  Result<std::size_t> read_ascii(std::span<char> into);
  Result<std::size_t> read_converted(std::span<char> into);
  void convert_some();
  /// Appends to `held_`. False: the end.
  Result<bool> hold_more();
  [[nodiscard]] std::size_t take(std::string& from, std::span<char> into) const;

  ByteLayer& below_;
  Setup setup_;
  Mode mode_ = Mode::kStart;
  std::string held_;       ///< read and not given or converted yet
  std::string converted_;  ///< and not given yet
  std::size_t unit_ = 1;   ///< bytes that are passed over where they cannot be converted
  iconv_t converter_ = nullptr;
};

}  // namespace factorwal::feed
