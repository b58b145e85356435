#include "support/memory_file_system.h"

#include <algorithm>
#include <cerrno>
#include <random>
#include <stdexcept>

namespace factorwal::test {
namespace {

constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kPageBytes = 4096;
constexpr std::int64_t kBirthNs = 1'000'000'000;
constexpr std::uint64_t kDevices = 100;  // at once

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

Error not_found(const std::string& path) {
  return Error{Errc::kNotFound, "open " + path + ": no such file", ENOENT};
}

}  // namespace

struct MemoryFileSystem::Node {
  Bytes content;
  Bytes durable;
  struct Write {
    std::uint64_t offset;
    Bytes bytes;
  };
  std::vector<Write> unsynced;  // since the last sync, in order
  std::vector<Write> lost;      // when a sync failed: perhaps on the disk, and never written again
  std::uint64_t allocated = 0;  // bytes that have their space
  bool mapped = false;          // then what is written is not known
  bool named = true;            // until it is removed
  std::weak_ptr<void> writer;   // lives as long as the mapping
  bool sync_failed = false;
  bool write_failed = false;

  void write(std::uint64_t offset, ByteView bytes) {
    if (bytes.empty()) return;
    const auto end = offset + bytes.size();
    if (content.size() < end) content.resize(end);
    std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
    unsynced.push_back({offset, {bytes.begin(), bytes.end()}});
  }
  void sync() {
    allocated = content.size();
    if (lost.empty()) {
      durable = content;
    } else {
      durable.resize(content.size());
      for (const auto& write : unsynced) put(durable, write);
    }
    unsynced.clear();
  }
  /// The pages count as clean from here on: only what is written again reaches the disk.
  void fail_to_sync() {
    std::ranges::move(unsynced, std::back_inserter(lost));
    unsynced.clear();
    sync_failed = true;
  }
  static void put(Bytes& target, const Write& write) {
    std::ranges::copy(write.bytes, target.begin() + static_cast<std::ptrdiff_t>(write.offset));
  }
  [[nodiscard]] Bytes after_loss(std::mt19937_64& random) const;
};

/// One state that a disk may be in when power fails before the next sync.
Bytes MemoryFileSystem::Node::after_loss(std::mt19937_64& random) const {
  Bytes left = durable;
  // The length is metadata of its own.
  if (random() % 2 == 0) left.resize(content.size());
  const auto unit = random() % 2 == 0 ? kSectorBytes : kPageBytes;
  const auto keep_percent = random() % 101;
  auto pending = lost;
  pending.insert(pending.end(), unsynced.begin(), unsynced.end());
  if (mapped) pending.push_back({0, content});
  std::map<std::uint64_t, std::vector<const Write*>> by_unit;
  for (const auto& write : pending) {
    const auto last = (write.offset + write.bytes.size() - 1) / unit;
    for (auto at = write.offset / unit; at <= last; ++at) by_unit[at].push_back(&write);
  }
  for (const auto& [at, writes] : by_unit) {
    if (random() % 100 >= keep_percent) continue;
    const auto count = 1 + random() % writes.size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto& write = *writes[i];
      const auto begin = std::max(at * unit, write.offset);
      auto end = std::min((at + 1) * unit, write.offset + write.bytes.size());
      if (i + 1 == count && random() % 16 == 0) end = begin + random() % (end - begin);
      if (begin == end) continue;
      if (left.size() < end) left.resize(end);
      std::copy_n(write.bytes.begin() + static_cast<std::ptrdiff_t>(begin - write.offset),
                  end - begin, left.begin() + static_cast<std::ptrdiff_t>(begin));
    }
  }
  return left;
}

class MemoryFileSystem::Handle final : public File {
 public:
  Handle(MemoryFileSystem& files, std::shared_ptr<Node> node, std::string path)
      : files_(files), node_(std::move(node)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> target) override {
    const std::lock_guard lock(files_.mutex_);
    if (auto error = files_.strike(Call::kRead, path_)) return *error;
    const auto& content = node_->content;
    if (offset >= content.size()) return std::size_t{0};
    const auto size = std::min<std::size_t>(target.size(), content.size() - offset);
    std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), size, target.begin());
    return size;
  }

  Status write_at(std::uint64_t offset, ByteView bytes) override {
    const std::lock_guard lock(files_.mutex_);
    if (node_->write_failed || node_->sync_failed) ++files_.writes_after_failure_;
    if (auto error = files_.strike(Call::kWrite, path_)) {
      if (!files_.stopped()) node_->write_failed = true;
      if (files_.changes_ > files_.stop_at_ && files_.stopped()) return *error;  // dead before it
      node_->write(offset, bytes.first(bytes.size() / 2));
      return *error;
    }
    if (const auto fits = files_.left_space() + node_->content.size();
        files_.space_check_ == SpaceCheck::kAtWrite && offset + bytes.size() > fits &&
        offset + bytes.size() > node_->content.size()) {
      node_->write_failed = true;
      node_->write(offset, bytes.first(fits > offset ? fits - offset : 0));
      files_.struck_ = true;
      return Error{Errc::kIo, "write " + path_ + ": no space left", ENOSPC};
    }
    node_->write(offset, bytes);
    return {};
  }

  Status sync() override {
    const std::lock_guard lock(files_.mutex_);
    if (node_->sync_failed) ++files_.syncs_after_failure_;
    if (auto error = files_.strike(Call::kSync, path_)) {
      if (!files_.stopped()) node_->fail_to_sync();
      return *error;
    }
    if (files_.lacks_space_for(*node_)) {
      node_->fail_to_sync();
      files_.struck_ = true;
      return Error{Errc::kIo, "fdatasync " + path_ + ": no space left", ENOSPC};
    }
    node_->sync();
    return {};
  }

  Result<std::uint64_t> size() override {
    const std::lock_guard lock(files_.mutex_);
    if (auto error = files_.strike(Call::kSize, path_)) return *error;
    return std::uint64_t{node_->content.size()};
  }

  Status allocate(std::uint64_t, std::uint64_t) override { return {}; }
  Status discard(std::uint64_t, std::uint64_t) override { return {}; }
  Result<bool> has_name() override {
    const std::lock_guard lock(files_.mutex_);
    return node_->named;
  }

 private:
  MemoryFileSystem& files_;
  std::shared_ptr<Node> node_;
  std::string path_;
};

MemoryFileSystem::MemoryFileSystem() : locks_(std::make_shared<std::set<std::string>>()) {}

std::optional<Error> MemoryFileSystem::strike(Call kind, const std::string& path) {
  const auto nth = ++counts_[static_cast<std::size_t>(kind)];
  const bool changes = kind != Call::kOpen && kind < Call::kFreeSpace;
  if (changes) ++changes_;
  const bool stopped = changes && this->stopped();
  const bool failed = failure_ && failure_->kind == kind && nth >= failure_->at &&
                      nth - failure_->at < failure_->times;
  if (!stopped && !failed) return std::nullopt;
  struck_ = true;
  return Error{Errc::kIo, "injected failure: " + path, failed ? failure_->code : EIO};
}

void MemoryFileSystem::change_name(const std::string& path, std::shared_ptr<Node> node,
                                   bool with_previous) {
  if (node) {
    names_[path] = node;
  } else {
    names_.erase(path);
  }
  unsynced_names_.push_back({path, std::move(node), false, with_previous});
}

Result<std::unique_ptr<File>> MemoryFileSystem::open_read(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kOpen, path)) return *error;
  const auto it = names_.find(path);
  if (it == names_.end()) return not_found(path);
  return std::unique_ptr<File>(std::make_unique<Handle>(*this, it->second, path));
}

Result<std::unique_ptr<File>> MemoryFileSystem::create(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kCreate, path)) return *error;
  auto node = std::make_shared<Node>();
  if (const auto it = names_.find(path); it != names_.end()) {
    node = it->second;  // emptied, not replaced
    node->content.clear();
    node->unsynced.clear();
    node->lost.clear();
    node->allocated = 0;
  } else {
    change_name(path, node);
  }
  return std::unique_ptr<File>(std::make_unique<Handle>(*this, node, path));
}

Status MemoryFileSystem::make_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kMakeDirectory, path)) return *error;
  directories_.insert(path);
  return {};
}

Status MemoryFileSystem::rename(const std::string& source, const std::string& target) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kRename, target)) return *error;
  const auto it = names_.find(source);
  if (it == names_.end()) return not_found(source);
  const auto node = it->second;
  // One change: a power failure never leaves a half of it (the old name may stay as well).
  change_name(target, node);
  change_name(source, nullptr, true);
  return {};
}

Status MemoryFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kRemove, path)) return *error;
  const auto it = names_.find(path);
  if (it == names_.end()) return not_found(path);
  it->second->named = false;
  change_name(path, nullptr);
  return {};
}

Status MemoryFileSystem::sync_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kSyncDirectory, path)) {
    for (auto& change : unsynced_names_) {
      change.sync_failed |= !stopped() && directory_of(change.path) == path;
    }
    return *error;
  }
  std::erase_if(unsynced_names_, [&](const DirectoryChange& change) {
    if (directory_of(change.path) != path) return false;
    if (change.sync_failed) {
      // Perhaps there, perhaps not: nobody may rely on it.
    } else if (change.node) {
      durable_names_[change.path] = change.node;
    } else {
      durable_names_.erase(change.path);
    }
    return true;
  });
  return {};
}

Result<std::vector<std::string>> MemoryFileSystem::list(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kList, path)) return *error;
  std::vector<std::string> found;
  for (const auto& [name, node] : names_) {
    if (directory_of(name) == path) found.push_back(name.substr(path.size() + 1));
  }
  if (found.empty() && !directories_.contains(path)) return not_found(path);
  return found;
}

Result<bool> MemoryFileSystem::exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kExists, path)) return *error;
  return names_.contains(path) || directories_.contains(path);
}

namespace {

class MemoryLock final : public FileLock {
 public:
  MemoryLock(std::shared_ptr<std::set<std::string>> locks, std::string path)
      : locks_(std::move(locks)), path_(std::move(path)) {}
  ~MemoryLock() override { locks_->erase(path_); }

 private:
  std::shared_ptr<std::set<std::string>> locks_;
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<FileLock>> MemoryFileSystem::lock(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kLock, path)) return *error;
  if (!locks_->insert(path).second) return Error{Errc::kLocked, path + ": in use by process 1", 0};
  return std::unique_ptr<FileLock>(std::make_unique<MemoryLock>(locks_, path));
}

Result<std::int64_t> MemoryFileSystem::lock_holder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kLockHolder, path)) return *error;
  return std::int64_t{locks_->contains(path) ? 1 : 0};
}

/// The memory is the file's content, which must not move while it is mapped.
class MemoryFileSystem::Mapping final : public MappedFile {
 public:
  explicit Mapping(std::shared_ptr<Node> node)
      : node_(std::move(node)), alive_(std::make_shared<char>()) {
    node_->writer = alive_;
  }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept override { return node_->content; }
  Status allocate(std::uint64_t, std::uint64_t) override { return {}; }
  Status discard(std::uint64_t, std::uint64_t) override { return {}; }
  Result<bool> has_name() override { return node_->named; }

 private:
  std::shared_ptr<Node> node_;
  std::shared_ptr<void> alive_;
};

Result<std::shared_ptr<MemoryFileSystem::Node>> MemoryFileSystem::make_new(const std::string& path,
                                                                           const NewFile& made) {
  if (auto error = strike(Call::kMap, path)) return *error;
  if (names_.contains(path)) return Error{Errc::kAlreadyExists, path + ": exists", EEXIST};
  auto node = std::make_shared<Node>();
  node->write(0, made.content);
  node->content.resize(static_cast<std::size_t>(made.bytes));
  node->allocated = made.allocated;
  change_name(path, node);
  return node;
}

Result<std::unique_ptr<MappedFile>> MemoryFileSystem::map_new(const std::string& path,
                                                              const NewFile& made) {
  const std::lock_guard lock(mutex_);
  auto node = make_new(path, made);
  if (!node) return node.error();
  (*node)->mapped = true;  // its pages reach the disk when the system likes
  return std::unique_ptr<MappedFile>(std::make_unique<Mapping>(std::move(*node)));
}

Result<std::unique_ptr<File>> MemoryFileSystem::create_new(const std::string& path,
                                                           const NewFile& made) {
  const std::lock_guard lock(mutex_);
  auto node = make_new(path, made);
  if (!node) return node.error();
  return std::unique_ptr<File>(std::make_unique<Handle>(*this, std::move(*node), path));
}

Result<FileId> MemoryFileSystem::file_id(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kFileId, path)) return *error;
  if (!names_.contains(path) && !directories_.contains(path)) return not_found(path);
  if (const auto clone = clones_.find(path); clone != clones_.end()) return clone->second;
  return FileId{device_, std::hash<std::string>{}(path), kBirthNs};
}

std::optional<bool> MemoryFileSystem::has_writer(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto it = names_.find(path);
  if (it == names_.end()) return std::nullopt;
  return !it->second->writer.expired();
}

void MemoryFileSystem::remount() {
  const std::lock_guard lock(mutex_);
  device_ += kDevices;
  for (auto& [path, id] : clones_) id.device += kDevices;
}

void MemoryFileSystem::clone_directory(const std::string& source, const std::string& target) {
  auto id = file_id(source).value();
  id.device += 1 + clones_.size();
  for (const auto& path : paths()) {
    if (directory_of(path) == source) {
      put_file(target + path.substr(source.size()), content(path));
    }
  }
  const std::lock_guard lock(mutex_);
  clones_[target] = id;
}

Result<std::uint64_t> MemoryFileSystem::free_space(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kFreeSpace, path)) return *error;
  return left_space();
}

std::uint64_t MemoryFileSystem::used_space() const {
  std::uint64_t used = 0;
  for (const auto& [path, node] : names_) {
    const auto written = std::uint64_t{node->content.size()};
    used += space_check_ == SpaceCheck::kAtWrite ? written : std::min(written, node->allocated);
  }
  return used;
}

bool MemoryFileSystem::lacks_space_for(const Node& node) const {
  if (!capacity_ || space_check_ == SpaceCheck::kAtWrite) return false;
  const auto written = std::uint64_t{node.content.size()};
  return written > node.allocated && written - node.allocated > left_space();
}

std::uint64_t MemoryFileSystem::left_space() const {
  if (!capacity_) return std::uint64_t{1} << 50;
  return *capacity_ - std::min(*capacity_, used_space());
}

Result<BootId> MemoryFileSystem::boot_id() {
  const std::lock_guard lock(mutex_);
  if (auto error = strike(Call::kBootId, "boot id")) return *error;
  BootId id{};
  store(id.data(), boot_);
  return id;
}

MemoryFileSystem::Names MemoryFileSystem::names_after(Unsynced unsynced,
                                                      std::mt19937_64& random) const {
  auto names = durable_names_;
  if (unsynced == Unsynced::kDropped) return names;
  auto first = unsynced_names_.size();
  bool in_order = true;
  if (unsynced == Unsynced::kMixed && first > 0) {
    in_order = random() % 2 == 0;
    if (in_order) first = random() % (first + 1);
  }
  bool kept = true;
  for (std::size_t i = 0; i < first; ++i) {
    const auto& change = unsynced_names_[i];
    if (!in_order && !change.with_previous) kept = random() % 2 == 0;
    if (!kept) continue;
    if (change.node) {
      names[change.path] = change.node;
    } else {
      names.erase(change.path);
    }
  }
  return names;
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::after_power_loss(Unsynced unsynced,
                                                                     std::uint64_t seed) const {
  const std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  auto disk = std::make_unique<MemoryFileSystem>();
  disk->directories_ = directories_;
  disk->boot_ = boot_ + 1;
  disk->device_ = device_;
  disk->clones_ = clones_;
  for (const auto& [path, node] : names_after(unsynced, random)) {
    if (directory_of(path) == memory_directory()) continue;
    switch (unsynced) {
      case Unsynced::kDropped: disk->put_file(path, node->durable); break;
      case Unsynced::kKept: disk->put_file(path, node->content); break;
      case Unsynced::kMixed: disk->put_file(path, node->after_loss(random)); break;
    }
  }
  return disk;
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::copy() const {
  auto disk = after_power_loss(Unsynced::kKept);
  const std::lock_guard lock(mutex_);
  disk->boot_ = boot_;
  for (const auto& [path, node] : names_) {
    if (directory_of(path) == memory_directory()) disk->put_file(path, node->content);
  }
  return disk;
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::after_kill() const {
  const std::lock_guard lock(mutex_);
  auto disk = std::make_unique<MemoryFileSystem>();
  std::map<const Node*, std::shared_ptr<Node>> copies;
  const auto copy_of = [&](const std::shared_ptr<Node>& node) {
    if (!node) return std::shared_ptr<Node>();
    auto& copied = copies[node.get()];
    if (!copied) {
      copied = std::make_shared<Node>(*node);
      copied->writer.reset();  // it was the process that is gone
    }
    return copied;
  };
  for (const auto& [path, node] : names_) disk->names_[path] = copy_of(node);
  for (const auto& [path, node] : durable_names_) disk->durable_names_[path] = copy_of(node);
  for (auto change : unsynced_names_) {
    change.node = copy_of(change.node);
    disk->unsynced_names_.push_back(std::move(change));
  }
  disk->directories_ = directories_;
  disk->boot_ = boot_;
  disk->device_ = device_;
  disk->clones_ = clones_;
  return disk;
}

void MemoryFileSystem::fail(Call kind, std::uint64_t n, int code, std::uint64_t times) {
  const std::lock_guard lock(mutex_);
  failure_ = Failure{kind, counts_[static_cast<std::size_t>(kind)] + n, code, times};
  struck_ = false;
}

void MemoryFileSystem::set_free_space(std::uint64_t bytes, SpaceCheck check) {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, node] : names_) node->allocated = node->content.size();
  space_check_ = check;
  capacity_ = used_space() + bytes;
  struck_ = false;
}

void MemoryFileSystem::stop_at(std::uint64_t n) {
  const std::lock_guard lock(mutex_);
  stop_at_ = changes_ + n;
  struck_ = false;
}

void MemoryFileSystem::heal() {
  const std::lock_guard lock(mutex_);
  failure_.reset();
  capacity_.reset();
  space_check_ = SpaceCheck::kAtWrite;
  stop_at_ = 0;
}

bool MemoryFileSystem::struck() const {
  const std::lock_guard lock(mutex_);
  return struck_;
}

std::uint64_t MemoryFileSystem::count(Call kind) const {
  const std::lock_guard lock(mutex_);
  return counts_[static_cast<std::size_t>(kind)];
}

std::uint64_t MemoryFileSystem::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

std::uint64_t MemoryFileSystem::syncs_after_failure() const {
  const std::lock_guard lock(mutex_);
  return syncs_after_failure_;
}

std::uint64_t MemoryFileSystem::writes_after_failure() const {
  const std::lock_guard lock(mutex_);
  return writes_after_failure_;
}

std::vector<std::string> MemoryFileSystem::paths() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [path, node] : names_) found.push_back(path);
  return found;
}

Bytes MemoryFileSystem::content(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  return names_.at(path)->content;
}

void MemoryFileSystem::put_file(const std::string& path, Bytes content) {
  const std::lock_guard lock(mutex_);
  auto node = std::make_shared<Node>();
  node->content = std::move(content);
  node->sync();
  names_[path] = node;
  durable_names_[path] = node;
  directories_.insert(directory_of(path));
}

void MemoryFileSystem::flip(const std::string& path, std::uint64_t offset, std::uint8_t mask) {
  const std::lock_guard lock(mutex_);
  names_.at(path)->content.at(offset) ^= static_cast<std::byte>(mask);
}

void MemoryFileSystem::truncate(const std::string& path, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  names_.at(path)->content.resize(size);
}

void MemoryFileSystem::erase(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto it = names_.find(path);
  if (it == names_.end()) throw std::out_of_range(path);
  it->second->named = false;
  names_.erase(it);
  durable_names_.erase(path);
}

}  // namespace factorwal::test
