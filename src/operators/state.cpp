// Saving and loading an operator's state, by way of its one `visit_state`.

#include <bit>
#include <cstring>

#include "factorwal/operator.h"

namespace factorwal {
namespace {

template <class Unsigned>
void put_number(std::vector<std::byte>& out, Unsigned value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
  }
}

class StateWriter final : public StateVisitor {
 public:
  explicit StateWriter(std::vector<std::byte>& out) : out_(out) {}
  void visit(double& value) override { put_number(out_, std::bit_cast<std::uint64_t>(value)); }
  void visit(std::int64_t& value) override { put_number(out_, static_cast<std::uint64_t>(value)); }
  void visit(std::uint64_t& value) override { put_number(out_, value); }
  void visit(std::uint32_t& value) override { put_number(out_, value); }
  void visit(bool& value) override { out_.push_back(static_cast<std::byte>(value ? 1 : 0)); }
  void visit(std::span<double> values) override {
    for (double& value : values) visit(value);
  }
  void visit(std::span<std::uint32_t> values) override {
    for (std::uint32_t value : values) put_number(out_, value);
  }
  void visit(std::span<std::uint64_t> values) override {
    for (std::uint64_t value : values) put_number(out_, value);
  }

 private:
  std::vector<std::byte>& out_;
};

/// Requires: as many bytes as StateWriter wrote for the same operator.
class StateReader final : public StateVisitor {
 public:
  explicit StateReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  void visit(double& value) override { value = std::bit_cast<double>(take<std::uint64_t>()); }
  void visit(std::int64_t& value) override {
    value = static_cast<std::int64_t>(take<std::uint64_t>());
  }
  void visit(std::uint64_t& value) override { value = take<std::uint64_t>(); }
  void visit(std::uint32_t& value) override { value = take<std::uint32_t>(); }
  void visit(bool& value) override {
    const std::byte byte = bytes_[at_++];
    value = byte == std::byte{1};
    bools_are_sound_ = bools_are_sound_ && byte <= std::byte{1};
  }
  void visit(std::span<double> values) override {
    for (double& value : values) visit(value);
  }
  void visit(std::span<std::uint32_t> values) override {
    for (std::uint32_t& value : values) visit(value);
  }
  void visit(std::span<std::uint64_t> values) override {
    for (std::uint64_t& value : values) visit(value);
  }
  [[nodiscard]] bool bools_are_sound() const { return bools_are_sound_; }

 private:
  template <class Unsigned>
  Unsigned take() {
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) {
      value |= static_cast<Unsigned>(bytes_[at_ + i]) << (8 * i);
    }
    at_ += sizeof value;
    return value;
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  bool bools_are_sound_ = true;
};

class StateSizer final : public StateVisitor {
 public:
  void visit(double&) override { byte_count_ += 8; }
  void visit(std::int64_t&) override { byte_count_ += 8; }
  void visit(std::uint64_t&) override { byte_count_ += 8; }
  void visit(std::uint32_t&) override { byte_count_ += 4; }
  void visit(bool&) override { byte_count_ += 1; }
  void visit(std::span<double> values) override { byte_count_ += 8 * values.size(); }
  void visit(std::span<std::uint32_t> values) override { byte_count_ += 4 * values.size(); }
  void visit(std::span<std::uint64_t> values) override { byte_count_ += 8 * values.size(); }
  [[nodiscard]] std::size_t byte_count() const { return byte_count_; }

 private:
  std::size_t byte_count_ = 0;
};

}  // namespace

std::size_t state_bytes(IncrementalOperator& op) {
  StateSizer sizer;
  op.visit_state(sizer);
  return sizer.byte_count();
}

void save_state(IncrementalOperator& op, std::vector<std::byte>& out) {
  StateWriter writer(out);
  op.visit_state(writer);
}

Status load_state(IncrementalOperator& op, std::span<const std::byte> bytes) {
  const std::size_t expected = state_bytes(op);
  if (bytes.size() != expected) {
    return Error{Errc::kCorruption, "state of " + op.identity() + " has " +
                                        std::to_string(bytes.size()) + " bytes instead of " +
                                        std::to_string(expected)};
  }
  std::vector<std::byte> before;
  save_state(op, before);
  StateReader reader(bytes);
  op.visit_state(reader);
  if (reader.bools_are_sound() && op.state_is_sound()) return {};
  StateReader undo(before);
  op.visit_state(undo);
  return Error{Errc::kCorruption, "state of " + op.identity() + " cannot have been saved by it"};
}

}  // namespace factorwal
