#include "feed/generator/tick_generator.h"

#include <string>

#include "feed/files/file_identity.h"

namespace factorwal::feed {

TickGenerator::TickGenerator(GeneratorOptions options)
    : options_(options),
      identity_(
          identify("-", "generated ticks 1",
                   std::to_string(options.seed) + "," + std::to_string(options.instrument_count))) {
  for (std::size_t i = 0; i < options.instrument_count; ++i) {
    instruments_.emplace_back(options.seed, i);
    due_.push({instruments_.back().next_time_ns(), static_cast<std::uint32_t>(i)});
  }
}

Result<std::unique_ptr<TickGenerator>> TickGenerator::make(GeneratorOptions options,
                                                           std::optional<FeedPosition> resume) {
  if (options.instrument_count < 1 || options.instrument_count > 10'000) {
    return Error{Errc::kInvalidArgument, "generator: 1 to 10000 instruments, not " +
                                             std::to_string(options.instrument_count)};
  }
  std::unique_ptr<TickGenerator> generator(new TickGenerator(options));
  if (!resume) return generator;
  if (resume->identity != generator->identity_) {
    return Error{Errc::kNotFound, "the earlier run did not read generated ticks of seed " +
                                      std::to_string(options.seed) + " and " +
                                      std::to_string(options.instrument_count) + " instruments"};
  }
  TickRow row;
  while (generator->rows_ < resume->next_row) static_cast<void>(generator->produce(row));
  generator->report_.rows_read = generator->report_.rows_resumed = resume->next_row;
  return generator;
}

FeedStep TickGenerator::produce(TickRow& row) {
  const Due due = due_.top();
  due_.pop();
  SimulatedInstrument& instrument = instruments_[due.index];
  instrument.tick(values_);
  due_.push({instrument.next_time_ns(), due.index});
  const std::uint64_t row_number = rows_++;
  row = TickRow{instrument.id(),
                due.index,
                due.time_ns,
                values_,
                0,
                row_number,
                FeedPosition{identity_, row_number + 1}};
  return FeedStep::kRow;
}

FeedStep TickGenerator::next(TickRow& row) {
  if (rows_ >= options_.row_count) return FeedStep::kEnd;
  ++report_.rows_read;
  ++report_.rows_delivered;
  const auto step = produce(row);
  row.instrument_index = number_of(row.instrument_index);
  return step;
}

std::uint32_t TickGenerator::number_of(std::uint32_t instrument) {
  constexpr auto kNone = ~std::uint32_t{0};
  if (numbers_.empty()) numbers_.assign(instruments_.size(), kNone);
  auto& number = numbers_[instrument];
  if (number == kNone) number = appeared_++;
  return number;
}

Result<std::unique_ptr<TickStream>> make_tick_generator(GeneratorOptions options,
                                                        std::optional<FeedPosition> resume) {
  Result<std::unique_ptr<TickGenerator>> generator = TickGenerator::make(options, resume);
  if (!generator) return generator.error();
  return std::unique_ptr<TickStream>(std::move(*generator));
}

}  // namespace factorwal::feed
