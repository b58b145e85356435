#pragma once
/// The archive's storage in memory, which can die at any call, and forgets at a power failure what
/// was not synced: content of files, and changes of directories, each rename or exchange whole.

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "archive/storage.h"

namespace factorwal::test {

class MemoryStorage final : public archive::Storage {
 public:
  struct Node {
    bool directory = false;
    std::string content;
    std::string synced;
    std::map<std::string, std::shared_ptr<Node>> entries;
  };
  using NodePtr = std::shared_ptr<Node>;

  MemoryStorage() : root_(std::make_shared<Node>()) { root_->directory = true; }

  /// The n-th changing call from now on (1 is the next), and each after it, fails without effect;
  /// an append that is the n-th writes half of its bytes. 0: none.
  void stop_at(std::uint64_t n) { stop_at_ = n == 0 ? 0 : changes_ + n; }
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

  /// A process was killed, and its locks with it.
  void restart() {
    stop_at_ = 0;
    locked_ = std::make_shared<int>(0);
  }
  /// Power has failed: each change of a directory since its sync has come to the disk or not.
  void lose_power(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto kept = seed % 3;  // 0: nothing, 1: all, 2: any
    for (auto& change : pending_) {
      if (kept == 0 || (kept == 2 && random() % 2 == 0)) revert_.push_back(change);
    }
    for (auto change = revert_.rbegin(); change != revert_.rend(); ++change) change->undo();
    revert_.clear();
    pending_.clear();
    lose_content(*root_, random, kept);
    restart();
  }

  Result<std::unique_ptr<archive::OutputFile>> create(const std::string& path) override {
    if (auto status = strike(path); !status) return status.error();
    auto parent = find(parent_of(path));
    if (!parent) return missing(path);
    auto node = std::make_shared<Node>();
    set(parent, name_of(path), node);
    return std::unique_ptr<archive::OutputFile>(new Output(*this, node, path));
  }
  Result<std::unique_ptr<archive::InputFile>> open(const std::string& path) override {
    auto node = find(path);
    if (!node || node->directory) return missing(path);
    return std::unique_ptr<archive::InputFile>(new Input(node));
  }
  Status rename(const std::string& source, const std::string& target) override {
    if (auto status = strike(source); !status) return status;
    auto node = find(source);
    auto to = find(parent_of(target));
    if (!node || !to) return missing(source);
    change(Entry{find(parent_of(source)), name_of(source), nullptr},
           Entry{to, name_of(target), node});
    return {};
  }
  Status exchange(const std::string& one, const std::string& other) override {
    if (auto status = strike(one); !status) return status;
    auto a = find(one);
    auto b = find(other);
    if (!a || !b) return missing(one);
    change(Entry{find(parent_of(one)), name_of(one), b},
           Entry{find(parent_of(other)), name_of(other), a});
    return {};
  }
  Status remove(const std::string& path) override {
    if (auto status = strike(path); !status) return status;
    auto node = find(path);
    if (!node) return {};
    if (!node->entries.empty()) return Error{Errc::kIo, "not empty: " + path, ENOTEMPTY};
    set(find(parent_of(path)), name_of(path), nullptr);
    return {};
  }
  Status make_directory(const std::string& path) override {
    if (auto status = strike(path); !status) return status;
    if (find(path)) return {};
    auto parent = find(parent_of(path));
    if (!parent) return missing(path);
    auto node = std::make_shared<Node>();
    node->directory = true;
    set(parent, name_of(path), node);
    return {};
  }
  Status sync_directory(const std::string& path) override {
    if (auto status = strike(path); !status) return status;
    const auto node = find(path);
    if (!node) return missing(path);
    std::erase_if(pending_, [&](const Change& change) { return change.touches(node); });
    return {};
  }
  Result<std::vector<std::string>> list(const std::string& path) override {
    std::vector<std::string> names;
    const auto node = find(path);
    if (node && !node->directory) return Error{Errc::kIo, "no directory: " + path, ENOTDIR};
    if (node)
      for (const auto& [name, entry] : node->entries) names.push_back(name);
    return names;
  }
  Result<std::unique_ptr<archive::StorageLock>> lock(const std::string& path) override {
    if (auto status = strike(path); !status) return status.error();
    if (*locked_ != 0) return Error{Errc::kLocked, path + ": locked"};
    *locked_ = 1;
    return std::unique_ptr<archive::StorageLock>(new Lock(locked_));
  }

  void flip(const std::string& path, std::size_t offset) {
    auto node = find(path);
    node->content[offset] = static_cast<char>(node->content[offset] ^ 0x10);
  }
  [[nodiscard]] std::string content(const std::string& path) { return find(path)->content; }

 private:
  struct Entry {
    NodePtr directory;
    std::string name;
    NodePtr node;  // null: none
  };
  struct Change {
    std::vector<Entry> before;
    [[nodiscard]] bool touches(const NodePtr& directory) const {
      for (const auto& entry : before)
        if (entry.directory == directory) return true;
      return false;
    }
    void undo() {
      for (auto& entry : before) assign(entry);
    }
  };
  struct Lock final : archive::StorageLock {
    explicit Lock(std::shared_ptr<int> held) : held_(std::move(held)) {}
    ~Lock() override { *held_ = 0; }
    std::shared_ptr<int> held_;
  };
  class Output final : public archive::OutputFile {
   public:
    Output(MemoryStorage& storage, NodePtr node, std::string path)
        : storage_(storage), node_(std::move(node)), path_(std::move(path)) {}
    Status append(std::span<const std::byte> bytes) override {
      auto status = storage_.strike(path_);
      if (!status && storage_.changes_ == storage_.stop_at_) bytes = bytes.first(bytes.size() / 2);
      if (status || storage_.changes_ == storage_.stop_at_)
        node_->content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return status;
    }
    Status sync() override {
      auto status = storage_.strike(path_);
      if (status) node_->synced = node_->content;
      return status;
    }

   private:
    MemoryStorage& storage_;
    NodePtr node_;
    std::string path_;
  };
  class Input final : public archive::InputFile {
   public:
    explicit Input(NodePtr node) : node_(std::move(node)) {}
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> target) override {
      const auto& content = node_->content;
      const auto count =
          offset >= content.size() ? 0 : std::min(target.size(), content.size() - offset);
      std::memcpy(target.data(), content.data() + offset, count);
      return count;
    }
    Result<std::uint64_t> size() override { return node_->content.size(); }

   private:
    NodePtr node_;
  };

  Status strike(const std::string& path) {
    ++changes_;
    if (stop_at_ != 0 && changes_ >= stop_at_) return Error{Errc::kIo, "killed at " + path, EIO};
    return {};
  }
  static Error missing(const std::string& path) {
    return {Errc::kNotFound, path + ": not there", ENOENT};
  }
  static std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
  static std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
  NodePtr find(const std::string& path) const {
    auto node = root_;
    std::size_t at = 0;
    while (node && at < path.size()) {
      const auto end = std::min(path.find('/', at), path.size());
      if (end > at) {
        const auto found = node->entries.find(path.substr(at, end - at));
        node = found == node->entries.end() ? nullptr : found->second;
      }
      at = end + 1;
    }
    return node;
  }
  static void assign(const Entry& entry) {
    if (entry.node) {
      entry.directory->entries[entry.name] = entry.node;
    } else {
      entry.directory->entries.erase(entry.name);
    }
  }
  static Entry present(const Entry& entry) {
    const auto found = entry.directory->entries.find(entry.name);
    return {entry.directory, entry.name,
            found == entry.directory->entries.end() ? nullptr : found->second};
  }
  template <class... Entries>
  void change(const Entries&... entries) {
    pending_.push_back({{present(entries)...}});
    (assign(entries), ...);
  }
  void set(const NodePtr& directory, const std::string& name, NodePtr node) {
    change(Entry{directory, name, std::move(node)});
  }
  void lose_content(Node& node, std::mt19937_64& random, std::uint64_t kept) {
    if (!node.directory && (kept == 0 || (kept == 2 && random() % 2 == 0)))
      node.content = node.synced;
    node.synced = node.content;
    for (auto& [name, entry] : node.entries) lose_content(*entry, random, kept);
  }

  NodePtr root_;
  std::vector<Change> pending_;
  std::vector<Change> revert_;
  std::uint64_t changes_ = 0;
  std::uint64_t stop_at_ = 0;
  std::shared_ptr<int> locked_ = std::make_shared<int>(0);
};

}  // namespace factorwal::test
