#include "wal/format/name_table.h"

#include "base/utf8.h"

namespace factorwal::wal {

Status check_id(std::string_view what, std::string_view id) {
  if (id.empty()) return Error{Errc::kInvalidArgument, std::string(what) + " is empty"};
  if (id.size() > 255) {
    return Error{Errc::kInvalidArgument, std::string(what) + " \"" + std::string(id.substr(0, 32)) +
                                             "...\" has " + std::to_string(id.size()) +
                                             " bytes; at most 255 are allowed"};
  }
  if (!is_valid_utf8(id)) return Error{Errc::kInvalidArgument, std::string(what) + " is not UTF-8"};
  return {};
}

Result<std::uint32_t> IdTable::try_intern(std::string_view id) {
  if (const auto known = find(id)) return *known;
  const std::unique_lock lock(mutex_);
  if (const auto it = index_.find(id); it != index_.end()) return it->second;
  if (names_.size() >= most_) {
    std::string message(id);
    message.append(": one id too many, a data directory has room for ");
    message.append(std::to_string(most_)).append(" of a kind");
    return Error{Errc::kInvalidArgument, std::move(message), 0};
  }
  return add(id);
}

std::uint32_t IdTable::add(std::string_view id) {
  const auto index = static_cast<std::uint32_t>(names_.size());
  const auto [block, at] = place(index);
  if (at == 0) {
    owned_.push_back(std::make_unique<std::string_view[]>(std::size_t{kFirstBlock} << block));
    blocks_[block].store(owned_.back().get(), std::memory_order_relaxed);
  }
  const std::string_view name = names_.emplace_back(id);
  owned_[block][at] = name;
  index_.emplace(name, index);
  size_.store(index + 1, std::memory_order_release);  // now others may look at the entry
  return index;
}

std::optional<std::uint32_t> IdTable::find(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto it = index_.find(id);
  if (it == index_.end()) return std::nullopt;
  return it->second;
}

bool IdTable::define(std::uint32_t index, std::string_view id) {
  const std::unique_lock lock(mutex_);
  if (index < names_.size()) return names_[index] == id;
  if (index != names_.size() || index >= most_ || index_.contains(id)) return false;
  add(id);
  return true;
}

std::uint32_t LayoutTable::intern(const TickLayout& layout) {
  const std::lock_guard lock(mutex_);
  for (std::uint32_t i = 0; i < layouts_.size(); ++i) {
    if (layouts_[i] == layout) return i;
  }
  layouts_.push_back(layout);
  return static_cast<std::uint32_t>(layouts_.size() - 1);
}

const TickLayout* LayoutTable::get(std::uint32_t index) const {
  const std::lock_guard lock(mutex_);
  return index < layouts_.size() ? &layouts_[index] : nullptr;
}

std::uint32_t LayoutTable::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint32_t>(layouts_.size());
}

bool LayoutTable::define(std::uint32_t index, TickLayout layout) {
  const std::lock_guard lock(mutex_);
  if (index < layouts_.size()) return layouts_[index] == layout;
  if (index != layouts_.size()) return false;
  layouts_.push_back(std::move(layout));
  return true;
}

}  // namespace factorwal::wal
