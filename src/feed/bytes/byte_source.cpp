#include "feed/bytes/byte_source.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "factorwal/feed.h"
#include "feed/bytes/file_bytes.h"
#include "feed/bytes/text_decoder.h"
#include "feed/bytes/unpacker.h"
#include "feed/bytes/zip_unpacker.h"

namespace factorwal::feed {
namespace {

/// What a file is that other readers than this one can read, and what to do; or empty.
std::string_view foreign_format(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("PAR1"sv)) {
    return "is a Parquet file, which a build with the archive module reads";
  }
  if (head.starts_with("ARROW1"sv)) {
    return "is an Arrow file, which a build with the archive module reads";
  }
  if (head.starts_with("\xd0\xcf\x11\xe0"sv)) return "is an Excel workbook; save it as CSV";
  if (head.starts_with("7z\xbc\xaf"sv)) return "is a 7z archive; unpack it";
  if (head.starts_with("\x04\x22\x4d\x18"sv)) return "is lz4 data; unpack it (lz4 -d)";
  return {};
}

}  // namespace

struct ByteSource::State {
  std::unique_ptr<FileBytes> file;
  std::unique_ptr<ByteLayer> unpacker;  ///< null: the file is not packed
  std::optional<TextDecoder> text;      ///< once the first bytes are known
  TextDecoder::Setup setup;

  Status recognise() {
    if (Status filled = file->fill_to(kMagicBytes); !filled) return filled;
    const std::string_view head = file->window();
    if (const std::string_view what = foreign_format(head); !what.empty()) {
      return file->failure(Errc::kInvalidArgument, std::string(what));
    }
    if (is_zip(head)) {
      Result<std::unique_ptr<ByteLayer>> zip = open_zip(*file);
      if (!zip) return zip.error();
      unpacker = std::move(*zip);
    } else if (std::unique_ptr<Codec> codec = find_codec(head)) {
      unpacker = std::make_unique<Unpacker>(*file, std::move(codec));
    } else if (head.empty() && file->is_regular()) {
      return {};  // it may become anything
    }
    setup.waits = setup.waits && file->is_regular() && !unpacker;
    text.emplace(unpacker ? *unpacker : *file, std::move(setup));
    return {};
  }
};

ByteSource::ByteSource(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
ByteSource::ByteSource(ByteSource&&) noexcept = default;
ByteSource& ByteSource::operator=(ByteSource&&) noexcept = default;
ByteSource::~ByteSource() = default;

Result<ByteSource> ByteSource::open(const std::string& path, const FeedOptions& options,
                                    FeedReport& report, bool waits) {
  Result<std::unique_ptr<FileBytes>> file = FileBytes::open(path, options.stop);
  if (!file) return file.error();
  auto state = std::make_unique<State>();
  state->file = std::move(*file);
  state->setup.encoding = options.encoding;
  state->setup.option = options.words.encoding;
  state->setup.waits = waits;
  state->setup.note = [&report, name = display_name(path)](std::string text) {
    report.note(name, std::move(text));
  };
  return ByteSource(std::move(state));
}

Result<std::size_t> ByteSource::read(std::span<char> into) {
  if (!state_->text) {
    if (Status known = state_->recognise(); !known) return known.error();
    if (!state_->text) return std::size_t{0};
  }
  return state_->text->read(into);
}

bool ByteSource::may_grow() const noexcept {
  return state_->file->is_regular() && !state_->unpacker;
}

bool ByteSource::has_more() const {
  const std::optional<FileStamp> now = stamp();
  return may_grow() && now && ::lseek(state_->file->fd(), 0, SEEK_CUR) < now->bytes;
}

std::string ByteSource::last_bytes() const {
  constexpr off_t kCompared = 256;
  const off_t end = ::lseek(state_->file->fd(), 0, SEEK_CUR);
  const off_t begin = std::max<off_t>(end - kCompared, 0);
  std::string bytes(static_cast<std::size_t>(std::max<off_t>(end - begin, 0)), '\0');
  const ssize_t got = ::pread(state_->file->fd(), bytes.data(), bytes.size(), begin);
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}

std::optional<FileStamp> ByteSource::stamp() const { return stamp_of(state_->file->fd()); }

bool ByteSource::holds_back() const noexcept { return state_->text && state_->text->holds_back(); }

bool ByteSource::is_regular() const noexcept { return state_->file->is_regular(); }

std::string display_name(const std::string& path) { return path == "-" ? "standard input" : path; }

}  // namespace factorwal::feed
