// The ring that a dead process left in shared memory, which anybody may have written to: it is
// refused, or drained, and then the log holds as many records as the report says.

#include <algorithm>

#include "channel/ring_image.h"
#include "channel/ring_register.h"
#include "factorwal/wal_manager.h"
#include "fuzz/fuzz_target.h"
#include "fuzz/ring_input.h"
#include "fuzz/sections.h"
#include "fuzz/steady_world.h"
#include "recovery/channel_drain.h"
#include "wal/reading/log_reader.h"
#include "wal/writing/log.h"

namespace factorwal::fuzz {
namespace {

using namespace channel;

constexpr const char* kDirectory = "/data";
constexpr std::uint64_t kRing = 0x1122334455667788U;

LogOptions small_log() {
  LogOptions options;
  options.segment_bytes = std::uint64_t{64} << 10;
  options.free_space_reserve = 0;
  return options;
}

/// A log of no records, closed in order. Made once.
struct EmptyLog {
  EmptyLog() {
    files.simulate(world);
    auto wal = WalManager::open_on(files, kDirectory, small_log()).value();
    identity = wal->log().writer->directory_identity();
    wal->close().value();
    epoch = wal::load_manifest(files, kDirectory)->epoch;
  }
  SteadyWorld world;
  test::MemoryFileSystem files;
  wal::Identity identity;
  std::uint64_t epoch = 0;
};

const EmptyLog& empty_log() {
  static const EmptyLog log;
  return log;
}

class RingMaker {
 public:
  explicit RingMaker(FileSystem& files) {
    header_.directory = empty_log().identity;
    header_.identity = kRing;
    header_.boot = files.boot_id().value();
    header_.directory_id = files.file_id(kDirectory).value();
    header_.pid = 1;
    header_.directory_path = kDirectory;
    set_capacity(12);
  }

  void take(const Section& section) {
    Cursor from(section.body);
    switch (static_cast<RingSection>(section.tag)) {
      case RingSection::kControl:
        head_ = from.get<std::uint64_t>();
        tail_ = position_ = from.get<std::uint64_t>() & ~std::uint64_t{7};
        released_ = from.get<std::uint64_t>();
        ordinal_ = released_ + 1;
        set_capacity(from.get<std::uint8_t>() % 14);
        break;
      case RingSection::kEntry: add_entry(section.body); break;
      case RingSection::kRaw: write(section.body); break;
      case RingSection::kOrdinal: ordinal_ = from.get<std::uint64_t>(); break;
      case RingSection::kFlips: flips_ = section.body; break;
      case RingSection::kRawHeader: raw_header_ = section.body; break;
      case RingSection::kLogged:
      case RingSection::kDrain: break;
    }
  }

  [[nodiscard]] Bytes file() {
    Bytes out = encode_ring_header(header_);
    if (raw_header_) {
      const auto size = std::min(raw_header_->size(), out.size() - kRingCheckedFrom);
      std::copy_n(raw_header_->begin(), size, out.begin() + kRingCheckedFrom);
      store(out.data() + kRingChecksumOffset, crc32c(ByteView(out).subspan(kRingCheckedFrom)));
    }
    out.resize(kRingHeaderBytes);
    auto* control = out.data() + kRingControlOffset;
    store(control + offsetof(RingControl, head), head_ == ~std::uint64_t{0} ? position_ : head_);
    store(control + offsetof(RingControl, tail), tail_);
    store(control + offsetof(RingControl, released_ordinal), released_);
    put_bytes(out, block_);
    apply_flips(flips_, out);
    return out;
  }

 private:
  void set_capacity(unsigned bits) {
    header_.capacity = std::uint64_t{1} << bits;
    block_.assign(static_cast<std::size_t>(header_.capacity), std::byte{0});
  }
  [[nodiscard]] std::size_t at() const {
    return static_cast<std::size_t>(position_ & (header_.capacity - 1));
  }
  void write(ByteView bytes) {
    for (const auto byte : bytes.first(std::min(bytes.size(), block_.size()))) {
      block_[at()] = byte;
      ++position_;
    }
    position_ = (position_ + 7) & ~std::uint64_t{7};
  }
  void seal(Bytes& entry, std::size_t covered) {
    const auto checksum = entry_checksum(kRing, position_, ByteView(entry).first(covered));
    store(entry.data() + offsetof(EntryHeader, checksum), checksum);
  }
  void add_entry(ByteView body) {
    if (body.empty()) return;
    const auto kind = static_cast<EntryKind>(body[0]);
    body = body.subspan(1);
    const auto size = entry_bytes(sizeof(EntryHeader), body.size());
    const auto contiguous = block_.size() - at();
    if (size > block_.size()) return;
    if (size > contiguous) {
      if (contiguous >= sizeof(EntryHeader)) {
        Bytes skip(sizeof(EntryHeader));
        auto header = EntryHeader::of(contiguous, EntryKind::kSkip);
        header.kind_and_ordinal |= ordinal_ << 8;
        std::memcpy(skip.data(), &header, sizeof header);
        seal(skip, skip.size());
        std::ranges::copy(skip, block_.begin() + static_cast<std::ptrdiff_t>(at()));
      }
      position_ += contiguous;
    }
    Bytes entry(size);
    auto header = EntryHeader::of(size, kind);
    header.kind_and_ordinal |= ordinal_ << 8;
    std::memcpy(entry.data(), &header, sizeof header);
    std::ranges::copy(body, entry.begin() + sizeof header);
    seal(entry, entry.size());
    if (is_record(kind)) ++ordinal_;
    write(entry);
  }

  RingHeader header_;
  std::uint64_t head_ = ~std::uint64_t{0};
  std::uint64_t tail_ = 0;
  std::uint64_t released_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t ordinal_ = 1;
  Bytes block_;
  Bytes flips_;
  std::optional<Bytes> raw_header_;
};

void put_register(test::MemoryFileSystem& files) {
  require(files.make_directory(kDirectory).has_value(), "a directory in memory can be made");
  RingRegister listed;
  listed.directory = empty_log().identity;
  listed.boot = files.boot_id().value();
  listed.directory_id = files.file_id(kDirectory).value();
  listed.directory_path = kDirectory;
  listed.epoch = empty_log().epoch;
  listed.rings = {{kRing, ChannelKind::kShm}};
  files.put_file(join_path(kDirectory, kRegisterName), encode_ring_register(listed));
}

std::uint64_t records_in(test::MemoryFileSystem& files) {
  auto view = wal::open_log_view(files, kDirectory);
  require(view.has_value(), "a log that was drained into opens");
  wal::NameTable names;
  wal::LogReader reader(files, std::move(*view), names);
  LogRecord record;
  std::uint64_t records = 0;
  for (;;) {
    const auto found = reader.next(record);
    require(found.has_value(), "a log that was drained into can be read");
    if (!*found) break;
    if (record.type != RecordType::kOperatorState) ++records;
  }
  require(!reader.corrupt(), "a log that was drained into is sound");
  return records;
}

void drain(const Bytes& ring) {
  SteadyWorld world;
  auto files = empty_log().files.copy();
  files->simulate(world);
  put_register(*files);
  const auto path = join_path(files->memory_directory(), ring_name(kRing));
  files->put_file(path, ring);
  auto wal = WalManager::open_on(*files, kDirectory, small_log());
  if (!wal) {
    require(files->content(path) == ring, "a refused ring stays as it is");
    return;
  }
  std::uint64_t drained = 0;
  for (const auto& found : (*wal)->recovery().rings) drained += found.drained;
  require((*wal)->close().has_value(), "a log that was drained into closes");
  require(records_in(*files) == drained, "every drained record is in the log, once");
}

void run(ByteView input) {
  const auto sections = split_sections(input);
  std::uint64_t logged = 0;
  bool drains = false;
  test::MemoryFileSystem files;
  put_register(files);
  RingMaker maker(files);
  for (const auto& section : sections) {
    maker.take(section);
    const auto tag = static_cast<RingSection>(section.tag);
    drains = drains || tag == RingSection::kDrain;
    if (tag == RingSection::kLogged && section.body.size() >= sizeof logged) {
      logged = load<std::uint64_t>(section.body.data());
    }
  }
  const auto ring = maker.file();
  files.put_file(join_path(files.memory_directory(), ring_name(kRing)), ring);
  auto found = recovery::ChannelDrain::find(files, kDirectory, empty_log().identity);
  if (!found) return;
  wal::NameTable names;
  const wal::RingMark mark{kRing, logged};
  const auto as = found->prepare(names, std::span(&mark, 1), nullptr);
  if (!as) return;
  if (*as >= recovery::RingsFound::kBroken) {
    require(!found->refusal().message.empty(), "a refusal says something");
  }
  const bool accepted = *as == recovery::RingsFound::kWhole;
  if (accepted && drains) drain(ring);
}

}  // namespace

const Target kRingTarget{"ring", run, true};

}  // namespace factorwal::fuzz
