#pragma once
/// One sending thread's side of the channel.

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "channel/ring.h"
#include "channel/ring_file.h"
#include "channel/ring_pages.h"
#include "channel/ring_store.h"
#include "factorwal/persister.h"

namespace factorwal::persist {

class Core;

/// Operator state on its way to the log, beside the rings: it is large and its sender must not
/// wait. It is written right after the record that it belongs to, before that producer's next one.
struct StateJob {
  enum class Kind : std::uint8_t { kGenerationStart, kState, kGenerationEnd };
  Kind kind = Kind::kState;
  Ticket after;  // the record that it belongs to
  InstrumentHandle instrument;
  LayoutHandle layout;
  TimestampNs timestamp_ns = kNoTimestamp;
  std::uint64_t ordinal = 0;
  std::vector<double> values;
  Bytes bytes;  // kState: operators; kGenerationEnd: source position
  std::uint64_t generation = 0;
};

/// Handles whose meaning is said, by number. Asked twice in every send.
class HandleSet {
 public:
  [[nodiscard]] bool contains(std::uint32_t handle) const noexcept {
    return handle < members_.size() && members_[handle] != 0;
  }
  void insert(std::uint32_t handle) {
    if (handle >= members_.size()) members_.resize(std::size_t{handle} + 1);
    members_[handle] = 1;
  }
  /// Those below `count`, and no others.
  void assign(std::uint32_t count) { members_.assign(count, 1); }

 private:
  std::vector<std::uint8_t> members_;
};

/// Used by one thread at a time; a thread that ends leaves its producer to the next new one. Its
/// ring may be given back meanwhile, and another one come in its place: tickets go on counting.
class Producer {
 public:
  Producer(Core& core, std::uint32_t id, std::uint32_t tag) noexcept
      : core_(&core), id_(id), tag_(tag) {}

  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }

  // ---- Whose it is

  /// Leased, with a ring of its own. Requires: it has none.
  void begin(channel::RingMemory memory);
  /// False when it has no ring, or a thread uses it.
  [[nodiscard]] bool try_lease() noexcept;
  void give_back() noexcept;
  /// Its ring has all of its memory, for good. Requires: leased by the caller.
  [[nodiscard]] Status make_whole();
  [[nodiscard]] bool is_free() const noexcept { return use_.load() == Use::kFree; }
  [[nodiscard]] bool has_ring() const noexcept { return use_.load() != Use::kNoRing; }
  /// Its ring's file is gone: whoever uses it is to take another producer.
  [[nodiscard]] bool condemned() const noexcept {
    return condemned_.load(std::memory_order_relaxed);
  }
  void condemn() noexcept { condemned_.store(true); }
  /// The persister exists.
  [[nodiscard]] bool alive() const noexcept { return alive_.load(); }
  /// The persister ends: the ring's memory goes, whoever still knows the producer.
  void end();

  // ---- The persister thread's. Requires: it has a ring.

  [[nodiscard]] channel::Ring& ring() noexcept { return *ring_; }
  [[nodiscard]] const channel::Ring& ring() const noexcept { return *ring_; }
  [[nodiscard]] channel::RingMemory& memory() noexcept { return memory_; }
  [[nodiscard]] const channel::RegisteredRing& registered() const noexcept { return memory_.ring; }
  /// All that was sent is in the log, states included.
  [[nodiscard]] bool is_drained() const noexcept { return ring_->drained() && jobs_.empty(); }
  /// How many of its sends were taken, of all its rings.
  [[nodiscard]] std::uint64_t taken() const noexcept {
    return sent_before_ + (ring_ ? ring_->taken_ordinal() : 0);
  }
  /// Gives memory back that a sender who is not in a hurry does not need.
  void trim();
  /// Gives the space back of what was taken.
  void release();
  /// Requires: leased by the caller, and drained.
  void give_ring_back();

  /// The way of most updates (quick_update.h): nothing to define, to wait for or to refuse. False
  /// when it is another one; nothing was done then, and `send_update` knows them all.
  [[nodiscard]] bool quick_update(InstrumentHandle instrument, FactorHandle factor, double value,
                                  TimestampNs timestamp, SendResult& result) noexcept;
  SendResult send_update(InstrumentHandle instrument, FactorHandle factor, double value,
                         TimestampNs timestamp);
  SendResult send_vector_update(InstrumentHandle instrument, FactorHandle factor,
                                std::span<const double> values, TimestampNs timestamp);
  /// `pairs`: u32 factor and f64 value, 12 bytes each.
  SendResult send_snapshot(InstrumentHandle instrument, TimestampNs timestamp,
                           std::uint64_t checkpoint_id, ByteView pairs);
  SendResult send_time(TimestampNs timestamp);
  SendResult send_position(ByteView position);

  /// A tick is sent in two steps, so that nothing is computed for a tick that is refused: its
  /// place is taken first, the values are computed, and then it is published.
  struct TickPlace {
    SendStatus status = SendStatus::kAccepted;
    std::byte* entry = nullptr;
  };
  [[nodiscard]] TickPlace reserve_tick(InstrumentHandle instrument, LayoutHandle layout,
                                       std::size_t value_count, std::size_t position_bytes);
  SendResult publish_tick(std::byte* entry, InstrumentHandle instrument, LayoutHandle layout,
                          TimestampNs timestamp, TickNumber number, std::span<const double> fields,
                          std::span<const double> factors, ByteView position);

  /// What fits: the limits of message.h, or what half the channel holds.
  [[nodiscard]] std::size_t vector_length_max() const noexcept;
  [[nodiscard]] std::size_t snapshot_factors_max() const noexcept;

  /// Names as this thread has met them; no lock after the first time.
  [[nodiscard]] Result<InstrumentHandle> instrument(std::string_view id);
  [[nodiscard]] Result<FactorHandle> factor(std::string_view id);

 private:
  friend class Core;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Names = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;

  struct Place {
    SendStatus status;
    std::byte* entry;
  };
  /// While it lives, this producer is inside a send. Not `mine` when it was already: a signal
  /// handler has interrupted a send and sends itself.
  class Turn {
   public:
    explicit Turn(Producer& producer) noexcept
        : producer_(producer), mine_(!producer.sending_.load(std::memory_order_relaxed)) {
      if (mine_) producer_.begin_sending();
    }
    ~Turn() {
      if (mine_) producer_.end_sending();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    [[nodiscard]] bool mine() const noexcept { return mine_; }

   private:
    Producer& producer_;
    const bool mine_;
  };
  // A handler may interrupt in between, and sees what was stored before and nothing of what comes
  // after.
  void begin_sending() noexcept {
    sending_.store(true, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  void end_sending() noexcept {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    sending_.store(false, std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t entry_bytes_max() const noexcept;
  [[nodiscard]] Place reserve(std::size_t size);
  /// The ring takes more memory for its block, or the sender waits.
  [[nodiscard]] Place reserve_slowly(std::size_t size);
  [[nodiscard]] Place wait_for_space(std::size_t size);
  SendResult publish(channel::EntryKind kind);
  /// Shows the entry with that stamp. Its ordinal; nothing when its ring's file cannot take it, and
  /// the persister has stopped for that.
  [[nodiscard]] std::optional<std::uint64_t> show(channel::EntryKind kind, std::uint64_t stamp);
  /// A ring says what a handle means before it uses it. kAccepted once it has.
  [[nodiscard]] SendStatus define(InstrumentHandle instrument);
  [[nodiscard]] SendStatus define(FactorHandle factor);
  [[nodiscard]] SendStatus define(LayoutHandle layout);
  [[nodiscard]] SendStatus define_new(HandleSet& defined, channel::EntryKind kind,
                                      std::uint32_t handle, ByteView content);
  [[nodiscard]] SendStatus define(InstrumentHandle instrument, FactorHandle factor) {
    const auto status = define(instrument);
    return status == SendStatus::kAccepted ? define(factor) : status;
  }

  Core* core_;  // valid while it is alive
  const std::uint32_t id_;
  const std::uint32_t tag_;  // of tickets
  channel::RingMemory memory_;
  std::optional<channel::Ring> ring_;
  std::optional<channel::RingPages> pages_;
  std::optional<channel::RingFile> file_;  // of a ring that is written through
  std::uint64_t sent_before_ = 0;          // through earlier rings
  std::atomic<bool> sending_{false};
  // What this ring, or the log before it, says.
  HandleSet defined_instruments_;
  HandleSet defined_factors_;
  HandleSet defined_layouts_;
  Names instruments_;
  Names factors_;
  enum class Use : std::uint8_t { kNoRing, kFree, kLeased };
  std::atomic<Use> use_{Use::kNoRing};
  std::atomic<bool> condemned_{false};
  std::atomic<bool> alive_{true};

  std::uint64_t trimmed_at_ = 0;      // a position; the persister thread's
  std::uint64_t marked_ordinal_ = 0;  // in the log's frames; the persister thread's
  std::deque<StateJob> jobs_;         // the persister thread's
  std::atomic<std::uint64_t> durable_ordinal_{0};
};

}  // namespace factorwal::persist
