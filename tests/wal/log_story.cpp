#include "wal/log_story.h"

#include <bit>
#include <cmath>

namespace factorwal::wal::test {
namespace {

template <class T>
void append(std::string& text, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  text.append(bytes, sizeof value);
}

void append_text(std::string& text, std::string_view part) {
  append(text, std::uint64_t{part.size()});
  text += part;
}

void append_all(std::string& text, std::span<const double> values) {
  append(text, std::uint64_t{values.size()});
  for (const double value : values) append(text, std::bit_cast<std::uint64_t>(value));
}

}  // namespace

std::string describe(const LogRecord& r) {
  std::string text(to_string(r.type));
  text += ' ';
  const bool has_instrument = r.type != RecordType::kTime && r.type != RecordType::kPosition;
  if (has_instrument) append_text(text, r.instrument_id);
  if (r.type != RecordType::kPosition) append(text, r.timestamp_ns);
  switch (r.type) {
    case RecordType::kUpdate:
      append_text(text, r.factor_id);
      append(text, std::bit_cast<std::uint64_t>(r.value));
      break;
    case RecordType::kVectorUpdate:
      append_text(text, r.factor_id);
      append_all(text, r.values);
      break;
    case RecordType::kSnapshot:
      append(text, r.checkpoint_id);
      for (const auto& factor : r.factors) {
        append_text(text, factor.factor_id);
        append(text, std::bit_cast<std::uint64_t>(factor.value));
      }
      break;
    case RecordType::kTick:
    case RecordType::kOperatorState:
      for (const auto& name : r.layout->fields) append_text(text, name);
      for (const auto& name : r.layout->factors) append_text(text, name);
      append_text(text, r.layout->factor_text);
      append(text, r.tick_number.ordinal);
      append(text, r.tick_number.counted);
      if (r.type == RecordType::kTick) {
        append_all(text, r.fields);
        append_text(text, as_text(r.position));
      } else {
        append_text(text, as_text(r.state));
      }
      append_all(text, r.values);
      break;
    case RecordType::kTime: break;
    case RecordType::kPosition: append_text(text, as_text(r.position)); break;
  }
  return text;
}

std::string Sample::text() const {
  LogRecord r;
  std::vector<FactorValue> pairs;
  for (const auto& [id, v] : factors) pairs.push_back({{}, id, v});
  r.type = type;
  r.instrument_id = instrument;
  r.factor_id = factor;
  r.timestamp_ns = time;
  r.value = value;
  r.values = values;
  r.factors = pairs;
  r.checkpoint_id = number;
  r.tick_number = {number, counted};
  r.layout = &layout;
  r.fields = fields;
  r.position = position;
  r.state = state;
  return describe(r);
}

void Sample::add(WalWriter& writer, NameTable& names) const {
  auto& frame = writer.frame();
  InstrumentHandle who;
  if (type != RecordType::kTime && type != RecordType::kPosition) {
    who.index = names.instruments.intern(instrument);
    writer.define_instrument(who);
  }
  const auto one_factor = [&](const std::string& id) {
    const FactorHandle handle{names.factors.intern(id)};
    writer.define_factor(handle);
    return handle;
  };
  switch (type) {
    case RecordType::kUpdate: frame.add_update(who, one_factor(factor), time, value); break;
    case RecordType::kVectorUpdate:
      frame.add_vector_update(who, one_factor(factor), time, std::as_bytes(std::span(values)));
      break;
    case RecordType::kSnapshot: {
      Bytes pairs;
      for (const auto& [id, v] : factors) {
        put(pairs, one_factor(id).index);
        put(pairs, v);
      }
      frame.add_snapshot(who, time, number, pairs);
      break;
    }
    case RecordType::kTick:
    case RecordType::kOperatorState: {
      const LayoutHandle handle{names.layouts.intern(layout)};
      writer.define_layout(handle);
      if (type == RecordType::kOperatorState) {
        frame.add_operator_state(who, handle, time, number, values, state);
        break;
      }
      auto all = fields;
      all.insert(all.end(), values.begin(), values.end());
      frame.add_tick(who, handle, time, {number, counted}, position, std::as_bytes(std::span(all)));
      break;
    }
    case RecordType::kTime: frame.add_time(time); break;
    case RecordType::kPosition: frame.add_position(position); break;
  }
}

double Samples::any_double() {
  switch (roll(10)) {
    case 0: return std::bit_cast<double>(0x7ff8000000000000U | roll(1U << 30));  // NaN, payload
    case 1: return -std::bit_cast<double>(0x7ff0000000000001U);                  // signalling
    case 2: return roll(2) == 0 ? INFINITY : -INFINITY;
    case 3: return -0.0;
    case 4: return 0;
    case 5: return static_cast<double>(roll(100000)) / 10;
    case 6: return static_cast<double>(roll(1000));
    case 7: return 4.9e-324;
    default: return std::bit_cast<double>(random_());
  }
}

TimestampNs Samples::any_time() {
  switch (roll(8)) {
    case 0: return std::numeric_limits<TimestampNs>::min();
    case 1: return std::numeric_limits<TimestampNs>::max();
    case 2: return 0;
    default: return 1'600'000'000'000'000'000 + static_cast<TimestampNs>(roll(1'000'000'000));
  }
}

std::string Samples::any_id(char prefix) {
  const auto number = std::to_string(roll(40));
  switch (roll(12)) {
    case 0: return prefix + std::string(254, 'x');
    case 1: return std::string(1, prefix);
    case 2: return prefix + std::string("\xe4\xb8\xad\xe9\x87\x91") + number;
    default: return prefix + number;
  }
}

Sample Samples::next() {
  // Now and then so many of the frequent kinds in a row that they become a block.
  if (in_a_row_ == 0 && roll(60) == 0) in_a_row_ = 24 + roll(40);
  if (in_a_row_ > 0) {
    --in_a_row_;
    return next(roll(3) == 0 ? RecordType::kUpdate : RecordType::kTick);
  }
  const auto choice = roll(14);  // the first seven are the kinds, the others the frequent ones
  return next(choice < 7    ? static_cast<RecordType>(choice)
              : choice < 10 ? RecordType::kUpdate
                            : RecordType::kTick);
}

Sample Samples::next(RecordType type) {
  Sample s;
  s.type = type;
  s.instrument = any_id('I');
  s.factor = any_id('f');
  s.time = any_time();
  s.value = any_double();
  s.number = roll(4) == 0 ? random_() : roll(100);
  s.counted = type != RecordType::kTick || s.number % 5 != 0;
  if (type == RecordType::kVectorUpdate) {
    const std::size_t lengths[] = {0, 1, 7, 60};
    s.values.resize(lengths[roll(4)]);
  }
  if (type == RecordType::kTick || type == RecordType::kOperatorState) {
    const auto shape = roll(3);
    s.layout.fields = {"close", "bid", "ask", "volume"};
    s.layout.fields.resize(shape == 2 ? 0 : 4);
    for (std::uint64_t i = 0; i < shape * 3; ++i) {
      s.layout.factors.push_back(numbered("x", i));
    }
    s.layout.factor_text = shape == 1 ? "factor text" : "";
    s.fields.resize(type == RecordType::kTick ? s.layout.fields.size() : 0);
    s.values.resize(s.layout.factors.size());
  }
  for (auto* list : {&s.values, &s.fields}) {
    for (auto& v : *list) v = any_double();
  }
  if (type == RecordType::kSnapshot) {
    std::map<std::string, double> unique;
    for (auto n = roll(6); n > 0; --n) unique[any_id('f')] = any_double();
    s.factors.assign(unique.begin(), unique.end());
  }
  if (type == RecordType::kTick || type == RecordType::kPosition) {
    switch (roll(4)) {
      case 0: break;
      case 1:  // shares a prefix with the last one
        s.position = last_position_;
        s.position.resize(24);
        s.position.back() = static_cast<std::byte>(random_());
        break;
      case 2: s.position = last_position_; break;
      default:
        s.position.resize(roll(40));
        for (auto& b : s.position) b = static_cast<std::byte>(random_());
    }
    if (!s.position.empty()) last_position_ = s.position;
  }
  if (type == RecordType::kOperatorState) s.state.resize(roll(300), std::byte{7});
  return s;
}

Reading read_log(FileSystem& files, const std::string& directory, std::uint64_t first_segment) {
  Reading reading;
  auto view = open_log_view(files, directory);
  if (!view) {
    reading.error = view.error();
    return reading;
  }
  NameTable names;
  reading.durable = view->frontier.sequence;
  LogReader reader(files, std::move(*view), names, {first_segment});
  LogRecord record;
  for (;;) {
    const auto found = reader.next(record);
    if (!found) reading.error = found.error();
    if (!found || !*found) break;
    if (record.sequence == 0) {
      reading.states.push_back(describe(record));
    } else {
      EXPECT_TRUE(reading.records.emplace(record.sequence, describe(record)).second)
          << "sequence " << record.sequence << " twice";
      EXPECT_GT(record.sequence, reading.last);
      reading.last = record.sequence;
    }
  }
  reading.findings = reader.findings();
  reading.corrupt = reader.corrupt();
  return reading;
}

std::string show(const std::vector<Finding>& findings) {
  std::string text;
  for (const auto& f : findings) {
    text += std::string(to_string(f.damage)) + " " + f.file + "@" + std::to_string(f.offset) + "+" +
            std::to_string(f.bytes) + " records " + std::to_string(f.first_sequence) + ".." +
            std::to_string(f.last_sequence) + ": " + f.what + "\n";
  }
  return text;
}

WriterOptions small_segments() {
  WriterOptions options;
  options.segment_bytes = options.first_segment_bytes = std::uint64_t{64} << 10;
  return options;
}

Status Story::open(FileSystem& files) {
  writer_.reset();
  files_ = &files;
  names_ = std::make_unique<NameTable>();
  report_ = {};
  auto opened = open_writer(files, kDirectory, *names_, options, report_);
  if (!opened) return opened.error();
  writer_ = std::move(*opened);
  EXPECT_GE(report_.last_sequence, promised_) << "what was promised is lost";
  EXPECT_EQ(writer_->durable_sequence(), report_.last_sequence);
  EXPECT_EQ(writer_->next_sequence(), report_.last_sequence + 1);
  // What the crash took is no truth any more; its sequences are given again.
  truth_.erase(truth_.upper_bound(report_.last_sequence), truth_.end());
  promised_ = report_.last_sequence;
  return {};
}

Status Story::put(const Sample& sample, Sequence sequence) {
  sample.add(*writer_, *names_);
  if (sequence != 0) truth_[sequence] = sample.text();
  return {};
}

Status Story::write(std::size_t count) {
  auto sequence = writer_->next_sequence();
  for (std::size_t i = 0; i < count; ++i) {
    const auto sample = samples_.next();
    const bool counted = sample.type != RecordType::kOperatorState;
    if (auto done = put(sample, counted ? sequence++ : 0); !done) return done;
  }
  return writer_->write();
}

Status Story::write_small(std::size_t count) {
  auto sequence = writer_->next_sequence();
  for (std::size_t i = 0; i < count; ++i) {
    auto sample = samples_.next(RecordType::kUpdate);
    sample.instrument.resize(std::min<std::size_t>(sample.instrument.size(), 1));
    sample.factor.resize(1);
    if (auto done = put(sample, sequence++); !done) return done;
  }
  return writer_->write();
}

Status Story::commit(std::size_t count) {
  if (auto done = write(count); !done) return done;
  if (auto done = sync(); !done) return done;
  promised_ = writer_->durable_sequence();
  return {};
}

void Story::drop() { writer_.reset(); }

void Story::expect_true(const Reading& reading) const {
  for (const auto& [sequence, text] : reading.records) {
    const auto it = truth_.find(sequence);
    ASSERT_TRUE(it != truth_.end()) << "record " << sequence << " was never written";
    ASSERT_TRUE(it->second == text) << "record " << sequence << " is not what was written";
  }
}

void Story::expect_kept(const Reading& reading) const {
  ASSERT_FALSE(reading.error.has_value()) << reading.error->message;
  expect_true(reading);
  ASSERT_EQ(reading.records.size(), reading.last) << "a gap before the end";
  ASSERT_GE(reading.last, promised_) << "what was promised is lost";
}

}  // namespace factorwal::wal::test
