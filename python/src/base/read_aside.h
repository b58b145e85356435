#pragma once
/// Items that are read one after the other, each of which may take long, or no time.

#include <chrono>
#include <deque>
#include <functional>
#include <utility>

#include "base/aside.h"

namespace factorwal::python {

/// Reads aside, so that signals are heard, and for some milliseconds at once: a thread for each
/// item would cost more than small ones do. `Item::goes_on()`: another may follow.
template <class Item>
class ReadAside {
 public:
  /// `read` owns all that it uses and holds no Python object.
  explicit ReadAside(std::function<Item()> read) : read_(std::move(read)) {}

  /// Whether `take` has one that was read before.
  [[nodiscard]] bool ready() const noexcept { return !ready_.empty(); }
  Item take() {
    auto item = std::move(ready_.front());
    ready_.pop_front();
    return item;
  }
  /// Needs the GIL, and waits without it; ends with what `look` throws, see `run_aside_looking`.
  /// It is not to be called again then: what is read meanwhile is lost.
  template <class Look>
  Item next(Look look) {
    if (!ready()) ready_ = run_aside_looking([read = read_] { return read_some(read); }, look);
    return take();
  }

 private:
  static std::deque<Item> read_some(const std::function<Item()>& read) {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds kAtOnce{5};
    const auto begun = Clock::now();
    std::deque<Item> items;
    do {
      items.push_back(read());
    } while (items.back().goes_on() && Clock::now() - begun < kAtOnce);
    return items;
  }

  std::function<Item()> read_;
  std::deque<Item> ready_;
};

}  // namespace factorwal::python
