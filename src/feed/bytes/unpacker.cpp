#include "feed/bytes/unpacker.h"

#include <algorithm>
#include <array>
#include <string>

namespace factorwal::feed {

std::unique_ptr<Codec> find_codec(std::string_view head) {
  constexpr std::array kMakers{make_gzip_codec, make_zstd_codec, make_xz_codec, make_bzip2_codec};
  for (const auto make : kMakers) {
    std::unique_ptr<Codec> codec = make();
    if (codec->begins(head)) return codec;
  }
  return nullptr;
}

Error Unpacker::corrupt(const std::string& kind, const std::string& what) const {
  return file_.failure(Errc::kCorruption, kind + " " + std::string(codec_->name()) + ": " + what);
}

Result<bool> Unpacker::next_frame() {
  for (;;) {
    if (Status filled = file_.fill_to(kMagicBytes); !filled) return filled.error();
    const std::string_view head = file_.window();
    if (head.empty()) return false;
    const std::size_t zeros = std::min(head.find_first_not_of('\0'), head.size());
    if (zeros > 0) {
      file_.use(zeros);
      continue;
    }
    if (!codec_->begins(head)) return corrupt("damaged", "unknown bytes after the data's end");
    if (Status begun = codec_->begin_frame(); !begun) {
      return file_.failure(begun.error().code, begun.error().message);
    }
    return true;
  }
}

Result<std::size_t> Unpacker::read(std::span<char> into) {
  for (;;) {
    if (!in_frame_) {
      Result<bool> more = next_frame();
      if (!more) return more.error();
      if (!*more) return std::size_t{0};
      in_frame_ = true;
    }
    // Without input as well: a codec may hold what did not fit the last time.
    const Result<Codec::Step> step = codec_->step(file_.window(), into);
    if (!step) return file_.failure(step.error().code, step.error().message);
    file_.use(step->taken);
    in_frame_ = !step->frame_ended;
    if (step->given > 0) return step->given;
    if (step->taken > 0 || step->frame_ended) continue;
    const std::size_t known = file_.window().size();
    if (Status filled = file_.fill(); !filled) return filled.error();
    if (file_.window().size() == known) return corrupt("truncated", "the file ends early");
  }
}

}  // namespace factorwal::feed
