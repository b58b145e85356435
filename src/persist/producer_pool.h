#pragma once
/// The producers of one persister: made, lent to threads, and their rings given back.

#include <mutex>
#include <string>
#include <vector>

#include "persist/producer.h"

namespace factorwal::persist {

/// Thread-safe, but for what is said to be the persister thread's. No lock is held while a ring is
/// made, but the one that makes others wait for it who need one, too.
class ProducerPool {
 public:
  explicit ProducerPool(Core& core);
  /// Senders are gone. Memory of rings is given back also where threads live on that had sent.
  ~ProducerPool();

  /// For a sending thread: a ring whose memory grows to `channel_bytes` on need.
  [[nodiscard]] Result<std::shared_ptr<Producer>> lease();
  /// One that has all of that much space from the start, for callers who keep their calls one at a
  /// time.
  [[nodiscard]] Result<std::shared_ptr<Producer>> lease_whole(std::size_t channel_bytes);
  /// No ring is made any more.
  void close();

  /// Null for a number that was never given.
  [[nodiscard]] std::shared_ptr<Producer> find(std::uint32_t id) const;
  [[nodiscard]] std::uint64_t bytes_held() const;
  [[nodiscard]] std::size_t count() const noexcept { return count_.load(); }
  /// Why the last ring could not be made, or does not keep what it promised.
  [[nodiscard]] Status status() const;
  /// Why rings are not of the kind that was asked for; empty if they are.
  [[nodiscard]] std::string fallback() const;
  /// Takes no lock that somebody may hold whom a signal handler has interrupted.
  void note_failure(const Error& error);
  /// Its sender, who has met that, goes on in another ring, which is a file. No lock, as above.
  void leave(Producer& producer, const Error& why);

  // ---- The persister thread's

  /// Appends the producers that `known` lacks.
  void refresh(std::vector<std::shared_ptr<Producer>>& known);
  /// Gives back rings that nobody uses and that are empty, and of the others what their senders
  /// have not used for a while. The log's mutex must be held.
  [[nodiscard]] Status trim();
  /// After the last commit: all rings are empty. The log's mutex must be held.
  [[nodiscard]] Status remove_all();
  /// Looks for rings whose file somebody has removed: new ones are made as files from then on, and
  /// senders go on in those. Whether there was any.
  [[nodiscard]] bool condemn_removed();

 private:
  using Leased = Result<std::shared_ptr<Producer>>;
  [[nodiscard]] Leased lease(std::size_t capacity);
  [[nodiscard]] std::shared_ptr<Producer> lease_free(std::size_t capacity);
  [[nodiscard]] Leased make(std::size_t capacity, std::size_t usable);
  [[nodiscard]] std::shared_ptr<Producer> seat_for(channel::RingMemory memory);
  [[nodiscard]] std::vector<std::shared_ptr<Producer>> claim_surplus();
  void trim_memory();
  [[nodiscard]] Status remove(std::span<const std::shared_ptr<Producer>> producers);

  Core& core_;
  const std::size_t capacity_;  // of a sending thread's ring
  std::mutex making_mutex_;     // before mutex_
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Producer>> producers_;  // guarded by mutex_; by id
  Status status_;                                     // guarded by mutex_
  std::string fallback_;                              // guarded by mutex_
  std::atomic<std::size_t> count_{0};                 // of producers_
  std::atomic<ChannelKind> kind_;
  std::atomic<bool> closed_{false};
};

}  // namespace factorwal::persist
