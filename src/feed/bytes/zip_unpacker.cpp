#include "feed/bytes/zip_unpacker.h"

#include <minizip/unzip.h>

#include <algorithm>
#include <array>
#include <string>
#include <system_error>
#include <vector>

#include "feed/bytes/zip_file.h"
#include "feed/printable.h"

namespace factorwal::feed {
namespace {

struct ZipMember {
  std::string name;
  unz_file_info64 about{};
  unz64_file_pos position{};
};

bool is_ticks(const std::string& name) {
  return !name.empty() && name.back() != '/' && !name.starts_with("__MACOSX/");
}

std::string list_of(const std::vector<ZipMember>& members) {
  constexpr std::size_t kListed = 5;
  std::string list;
  for (std::size_t i = 0; i < std::min(members.size(), kListed); ++i) {
    list += (i > 0 ? ", " : "") + in_quotes(members[i].name);
  }
  if (members.size() > kListed) list += " and others";
  return list;
}

class ZipUnpacker final : public ByteLayer {
 public:
  explicit ZipUnpacker(const FileBytes& file) : file_(file) { zip_file_.fd = file.fd(); }
  ZipUnpacker(const ZipUnpacker&) = delete;
  ZipUnpacker& operator=(const ZipUnpacker&) = delete;
  ~ZipUnpacker() override {
    if (zip_ != nullptr) unzClose(zip_);
  }

  Status open() {
    zlib_filefunc64_def calls{ZipFile::open, ZipFile::read,  nullptr,         ZipFile::tell,
                              ZipFile::seek, ZipFile::close, ZipFile::failed, &zip_file_};
    zip_ = unzOpen2_64("", &calls);
    if (zip_ == nullptr) return corrupt("truncated", "the directory at its end is missing");
    Result<std::vector<ZipMember>> members = list_members();
    if (!members) return members.error();
    if (members->size() == 1) return open_member(members->front());
    if (members->empty()) return refuse("is a zip archive without a file in it");
    return refuse("is a zip archive of " + std::to_string(members->size()) + " files, " +
                  list_of(*members) + "; unpack it and give those that hold ticks");
  }

  Result<std::size_t> read(std::span<char> into) override {
    if (ended_) return std::size_t{0};
    const auto room = static_cast<unsigned>(std::min(into.size(), std::size_t{1} << 30));
    const int got = unzReadCurrentFile(zip_, into.data(), room);
    if (got < 0) return corrupt("damaged", "its bytes cannot be unpacked");
    given_ += static_cast<std::uint64_t>(got);
    if (got > 0) return static_cast<std::size_t>(got);
    if (given_ != size_) return corrupt("truncated", "its file ends early");
    if (unzCloseCurrentFile(zip_) != UNZ_OK) return corrupt("damaged", "incorrect data check");
    ended_ = true;
    return std::size_t{0};
  }

 private:
  [[nodiscard]] Error refuse(const std::string& what) const {
    return file_.failure(Errc::kInvalidArgument, what);
  }
  [[nodiscard]] Error corrupt(const std::string& kind, const std::string& what) const {
    if (zip_file_.error == 0) return file_.failure(Errc::kCorruption, kind + " zip: " + what);
    const std::string why = std::generic_category().message(zip_file_.error);
    return file_.failure(Errc::kIo, "cannot read: " + why, zip_file_.error);
  }

  Result<std::vector<ZipMember>> list_members() {
    std::vector<ZipMember> members;
    int code = unzGoToFirstFile(zip_);
    for (; code == UNZ_OK; code = unzGoToNextFile(zip_)) {
      std::array<char, 512> name{};
      ZipMember member;
      code = unzGetCurrentFileInfo64(zip_, &member.about, name.data(), name.size() - 1, nullptr, 0,
                                     nullptr, 0);
      if (code == UNZ_OK) code = unzGetFilePos64(zip_, &member.position);
      if (code != UNZ_OK) break;
      member.name = name.data();
      if (is_ticks(member.name)) members.push_back(std::move(member));
    }
    const bool all = code == UNZ_END_OF_LIST_OF_FILE && zip_file_.error == 0;
    if (!all) return corrupt("damaged", "its directory cannot be read");
    return members;
  }

  Status open_member(const ZipMember& member) {
    constexpr uLong kEncrypted = 1;
    const std::string named = "is a zip archive whose file " + in_quotes(member.name);
    if ((member.about.flag & kEncrypted) != 0) return refuse(named + " is encrypted; unpack it");
    const uLong method = member.about.compression_method;
    if (method != 0 && method != Z_DEFLATED) {
      return refuse(named + " is packed by method " + std::to_string(method) +
                    "; deflate is read; unpack it");
    }
    size_ = member.about.uncompressed_size;
    if (unzGoToFilePos64(zip_, &member.position) != UNZ_OK || unzOpenCurrentFile(zip_) != UNZ_OK) {
      return corrupt("damaged", "the place of its file cannot be read");
    }
    return {};
  }

  const FileBytes& file_;
  ZipFile zip_file_;
  unzFile zip_ = nullptr;
  std::uint64_t size_ = 0;
  std::uint64_t given_ = 0;
  bool ended_ = false;
};

}  // namespace

bool is_zip(std::string_view head) noexcept {
  return head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06");
}

Result<std::unique_ptr<ByteLayer>> open_zip(const FileBytes& file) {
  if (!file.is_regular()) {
    return file.failure(Errc::kInvalidArgument,
                        "is a zip archive, which cannot be read from a pipe (its directory is at "
                        "the end); give the file itself, or what unzip -p FILE writes");
  }
  if (file.window().starts_with("PK\x05\x06")) {  // its directory comes first
    return file.failure(Errc::kInvalidArgument, "is a zip archive without a file in it");
  }
  auto zip = std::make_unique<ZipUnpacker>(file);
  if (Status opened = zip->open(); !opened) return opened.error();
  return std::unique_ptr<ByteLayer>(std::move(zip));
}

}  // namespace factorwal::feed
