#pragma once
/// One sending thread's side of the channel.

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "channel/ring.h"
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

/// Used by one thread at a time; a thread that ends leaves its producer to the next new one.
class Producer {
 public:
  Producer(Core& core, std::uint32_t id, channel::RingMemory memory);

  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }

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
                          TimestampNs timestamp, std::uint64_t ordinal,
                          std::span<const double> fields, std::span<const double> factors,
                          ByteView position);

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
      if (mine_) producer_.sending_.store(true, std::memory_order_relaxed);
    }
    ~Turn() {
      if (mine_) producer_.sending_.store(false, std::memory_order_relaxed);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    [[nodiscard]] bool mine() const noexcept { return mine_; }

   private:
    Producer& producer_;
    const bool mine_;
  };
  /// By handle: whether this ring, or the log before it, says what it means.
  using Defined = std::vector<bool>;
  [[nodiscard]] std::size_t entry_bytes_max() const noexcept;
  [[nodiscard]] Place reserve(std::size_t size);
  [[nodiscard]] Place wait_for_space(std::size_t size);
  SendResult publish();
  /// A ring says what a handle means before it uses it. kAccepted once it has.
  [[nodiscard]] SendStatus define(InstrumentHandle instrument);
  [[nodiscard]] SendStatus define(FactorHandle factor);
  [[nodiscard]] SendStatus define(LayoutHandle layout);
  [[nodiscard]] SendStatus define_new(Defined& defined, channel::EntryKind kind,
                                      std::uint32_t handle, ByteView content);
  [[nodiscard]] SendStatus define(InstrumentHandle instrument, FactorHandle factor) {
    const auto status = define(instrument);
    return status == SendStatus::kAccepted ? define(factor) : status;
  }

  Core* core_;  // valid while the core runs: its destructor clears `alive_`
  const std::uint32_t id_;
  const channel::RingMemory memory_;
  channel::Ring ring_;
  std::atomic<bool> sending_{false};
  Defined defined_instruments_;
  Defined defined_factors_;
  Defined defined_layouts_;
  Names instruments_;
  Names factors_;
  std::atomic<bool> alive_{true};   // the core exists
  std::atomic<bool> leased_{true};  // a thread uses it

  std::uint64_t marked_ordinal_ = 0;  // in the log's frames; the persister thread's
  std::deque<StateJob> jobs_;         // the persister thread's
  std::atomic<std::uint64_t> durable_ordinal_{0};
};

}  // namespace factorwal::persist
