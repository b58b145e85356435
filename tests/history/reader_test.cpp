// What a Reader says of a log is what the engine that wrote it did.
#include "factorwal/reader.h"

#include <atomic>

#include "factorwal/factor_evaluator.h"
#include "factorwal/operators.h"
#include "factorwal/segment_walk.h"
#include "history/logged_run.h"

namespace factorwal::test {
namespace {

/// A record without its views.
struct Kept {
  RecordType type;
  Sequence sequence;
  std::string instrument;
  TickNumber tick_number;
  Bits values;
  friend bool operator==(const Kept&, const Kept&) = default;
};

class ReaderTest : public LoggedRun {
 protected:
  static Kept kept(const LogRecord& record) {
    Bits values;
    append_bits(values, record.fields);
    append_bits(values, record.values);
    return {record.type, record.sequence, std::string(record.instrument_id), record.tick_number,
            std::move(values)};
  }
  static std::vector<Kept> read(RecordStream stream) {
    std::vector<Kept> records;
    LogRecord record;
    while (stream.next(record)) records.push_back(kept(record));
    EXPECT_TRUE(stream.status());
    return records;
  }
  [[nodiscard]] Reader reader() const { return Reader::open(dir_ / "data").value(); }

  /// Those that begin with the record of sequence `first`.
  static std::vector<Kept> from(const std::vector<Kept>& all, Sequence first) {
    const auto begin =
        std::ranges::find_if(all, [&](const Kept& record) { return record.sequence >= first; });
    return {begin, all.end()};
  }
};

TEST_F(ReaderTest, SaysWhatTheDirectoryIs) {
  write(kFactors, 0, 1500, 400);
  const auto first = reader();
  write(kFactors, 1500, 3000, 400);
  const auto later = reader();
  EXPECT_TRUE(later.clean());
  EXPECT_FALSE(later.live());
  EXPECT_EQ(later.writer_pid(), 0);
  EXPECT_EQ(later.identity(), first.identity());
  EXPECT_EQ(later.epoch(), first.epoch() + 1);
  EXPECT_EQ(later.first_sequence(), 1U);
  EXPECT_EQ(later.last_sequence(), 3000U);
  EXPECT_EQ(later.durable_sequence(), 3000U);
  EXPECT_TRUE(later.findings().empty());
  const auto& segments = later.segments();
  ASSERT_GE(segments.size(), 3U);
  Sequence next = 1;
  for (const auto& segment : segments) {
    EXPECT_TRUE(segment.header_ok && segment.end_known && !segment.missing);
    EXPECT_EQ(segment.first_sequence, next) << segment.path;
    EXPECT_LE(segment.end, segment.file_bytes);
    next = segment.last_sequence + 1;
  }
  EXPECT_EQ(next, 3001U);
  EXPECT_TRUE(later.check_retained(3000));
  EXPECT_EQ(later.check_retained(3001).error().code, Errc::kNotFound);
  EXPECT_EQ(Reader::open(dir_ / "nothing").error().code, Errc::kNotFound);
}

TEST_F(ReaderTest, RecordsBeginAtAnySequence) {
  write(kFactors, 0, 1500, 400);
  write(kFactors, 1500, 3000, 400);
  const auto look = reader();
  const auto all = read(look.records().value());
  EXPECT_EQ(all, read(RecordStream::open(dir_ / "data").value()));
  for (Sequence first = 2; first <= 3000; first += 61) {
    ASSERT_EQ(read(look.records(first).value()), from(all, first)) << "from " << first;
  }
  for (const auto& segment : look.segments()) {
    const auto first = segment.first_sequence;
    ASSERT_EQ(read(look.records(first).value()), from(all, first)) << segment.path;
  }
  EXPECT_TRUE(read(look.records(3001).value()).empty());
}

TEST_F(ReaderTest, RecordsFromASequenceDoNotTouchEarlierSegments) {
  write(kFactors, 0, 3000);
  const auto look = reader();
  const auto all = read(look.records().value());
  const auto& last = look.segments().back();
  ASSERT_GT(last.first_sequence, 1U);
  for (const auto& segment : look.segments()) {
    if (segment.number < last.number) std::filesystem::remove(segment.path);
  }
  EXPECT_EQ(read(look.records(last.first_sequence + 3).value()),
            from(all, last.first_sequence + 3));
  auto whole = look.records().value();
  LogRecord record;
  while (whole.next(record)) {
  }
  EXPECT_FALSE(whole.status()) << "the earlier segments are gone";
}

TEST_F(ReaderTest, IsPinnedAndItsFollowerGoesOnFromThere) {
  write(kFactors, 0, 1000);
  const auto look = reader();
  auto follower = look.follow().value();
  LogRecord record;
  EXPECT_FALSE(follower.next(record));
  EXPECT_TRUE(follower.status());
  write(kFactors, 1000, 2500, 400);
  write("factor z = ema(close, 3)\n", 2500, 3000);
  EXPECT_EQ(read(look.records().value()).back().sequence, 1000U);
  std::vector<Kept> followed;
  while (follower.next(record)) followed.push_back(kept(record));
  EXPECT_TRUE(follower.status());
  EXPECT_EQ(followed, read(reader().records(1001).value()));
  EXPECT_EQ(follower.missed_records() + follower.cut_records(), 0U);
}

TEST_F(ReaderTest, NamesAreInTheOrderOfDefinitionAndOfUse) {
  write("factor b = ts_mean(close, 3)\nfactor a = ema(bid, 2)\n", 0, 500);
  write("factor c = close\nfactor a = ema(bid, 2)\n", 500, 1500);
  const auto look = reader();
  const auto names = look.names().value();
  EXPECT_EQ(names.layouts.size(), 2U);
  EXPECT_EQ(names.instruments.size(), 3U);
  EXPECT_EQ(names.fields, TickSchema::quotes().names());
  const std::vector<std::string> all = {"b", "a", "c"};
  EXPECT_EQ(names.factors, all);
  EXPECT_EQ(names.factors_by_use, all);
  EXPECT_TRUE(names.snapshot_factors.empty());
  EXPECT_EQ(look.names(1, 500)->factors_by_use, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(look.names(600)->factors_by_use, (std::vector<std::string>{"c", "a"}));
  EXPECT_EQ(look.names(600)->factors, all);
}

TEST_F(ReaderTest, AnInstrumentAsOfASequenceIsExplainedFromItsFields) {
  write(kFactors, 0, 2000, 400);
  const auto look = reader();
  for (const Sequence sequence : {700U, 1999U}) {
    const auto& answer = answers_[sequence - 1];
    auto found = look.as_of({answer.instrument, sequence, {}, {}, 10}).value();
    EXPECT_EQ(found.sequence(), sequence);
    EXPECT_FALSE(found.doubtful());
    EXPECT_EQ(found.ticks().back().sequence, sequence);
    ASSERT_EQ(found.factors().size(), answer.values.size());
    for (std::size_t i = 0; i < answer.values.size(); ++i) {
      EXPECT_TRUE(found.exact(i));
      const std::vector<double> both[] = {{found.value(i)}, {answer.values[i]}};
      EXPECT_EQ(bits_of(both[0]), bits_of(both[1]));
      const auto explained = found.explain(i);
      const std::vector<double> root = {explained.nodes.front().value};
      EXPECT_EQ(bits_of(root), bits_of(both[1]));
      EXPECT_FALSE(explained.fields.empty());
    }
    const auto mean = found.explain(*found.factors().find("mean"));
    EXPECT_EQ(mean.memory, 7U);
    EXPECT_EQ(found.factors().schema().names()[mean.fields.front()], "close");
    EXPECT_FALSE(found.explain(*found.factors().find("dif")).memory);
    EXPECT_FALSE(found.operator_states().empty());
  }
  EXPECT_EQ(look.as_of({"I0", 2001}).error().code, Errc::kNotFound);
}

TEST_F(ReaderTest, ALogNamesTheFunctionsOfAProgramsOwn) {
  CustomFunction change;
  change.name = "change";
  change.note = "of the program, version 2";
  change.make = [](std::span<const double>) -> Result<std::unique_ptr<IncrementalOperator>> {
    auto made = make_operator<Delta>(std::int64_t{1});
    if (!made) return made.error();
    return std::unique_ptr<IncrementalOperator>(std::move(*made));
  };
  auto unnamed = change;
  unnamed.name = "unnoted";
  unnamed.note.clear();
  const FactorSetOptions options{{change, unnamed}};
  const auto schema = TickSchema::quotes();
  const auto text = "factor a = change(bid)\nfactor b = unnoted(ask) + change(ask)\n";
  {
    auto engine = open("data", FactorSet::parse(text, schema, "<test>", options).value());
    for (std::size_t i = 0; i < 50; ++i) {
      const auto instrument = engine->instrument("I").value();
      ASSERT_TRUE(engine->process_tick({instrument, ticks_[i].timestamp_ns, ticks_[i].fields}));
    }
    ASSERT_TRUE(engine->close());
  }
  const auto look = reader();
  const auto logged = look.names().value().layouts.back().factor_text;
  EXPECT_EQ(function_notes(logged), (std::vector<FunctionNote>{{"change", change.note}}));
  EXPECT_TRUE(function_notes("factor a = 1\n# function x y\n").empty());
  EXPECT_FALSE(look.as_of({"I", 50}));
  AsOfRequest request{"I", 50};
  request.options = options;
  const auto found = look.as_of(request).value();
  EXPECT_EQ(found.value(0), ticks_[49].fields[schema.find("bid")->index] -
                                ticks_[48].fields[schema.find("bid")->index]);
}

// Failure: a node that two others read was looked at twice, its inputs four times, and so on.
TEST_F(ReaderTest, AFactorOfManySharedStepsIsExplained) {
  write(kFactors, 0, 200, 0);
  std::string text = "let x0 = ts_mean(close, 2)\n";
  constexpr int kSteps = 20'000;
  for (int i = 1; i <= kSteps; ++i) {
    const auto before = "x" + std::to_string(i - 1);
    text += "let x" + std::to_string(i) + " = (" + before + " + delay(" + before + ", 1)) / 2\n";
  }
  text += "factor deep = x" + std::to_string(kSteps) + "\n";
  const auto look = reader();
  auto found = look.as_of({"I0", 200, text, "<test>", 1}).value();
  const auto explained = found.explain(0);
  EXPECT_EQ(explained.nodes.size(), 3U * kSteps + 3);
  EXPECT_EQ(explained.memory, kSteps + 2U);
}

TEST_F(ReaderTest, ItsHistoryIsOfTheSameLook) {
  write(kFactors, 0, 1000);
  const auto look = reader();
  write(kFactors, 1000, 1500);
  auto history = look.history().value();
  ColumnBatch batch;
  std::vector<Sequence> sequences;
  while (history.next(batch)) {
    sequences.insert(sequences.end(), batch.sequences.begin(), batch.sequences.end());
  }
  ASSERT_TRUE(history.status());
  ASSERT_EQ(sequences.size(), 1000U);
  EXPECT_EQ(sequences.back(), 1000U);
}

TEST_F(ReaderTest, VerifiesAndRecomputes) {
  write(kFactors, 0, 1500, 400);
  std::atomic<int> asked{0};
  VerifyOptions options;
  options.recompute = true;
  options.progress = [&](const VerifyProgress&) { return ++asked > 0; };
  const auto found = reader().verify(options).value();
  EXPECT_FALSE(found.corrupt() || found.differs());
  EXPECT_EQ(found.records, 1500U);
  EXPECT_EQ(found.last_sequence, 1500U);
  EXPECT_EQ(found.recomputed->counts.ticks, 1500U);
  EXPECT_GT(found.recomputed->counts.states_compared, 0U);
  EXPECT_GE(asked, 2);
  options.progress = [](const VerifyProgress&) { return false; };
  EXPECT_EQ(reader().verify(options).error().code, Errc::kTimeout);
  options.progress = [](const VerifyProgress& progress) {
    return progress.part == VerifyProgress::Part::kReading;
  };
  EXPECT_EQ(reader().verify(options).error().code, Errc::kTimeout);
}

TEST_F(ReaderTest, TheWalkOfItsSegmentsMeetsEveryRecordAndEveryByte) {
  write(kFactors, 0, 1500, 400);
  const auto look = reader();
  auto walk = SegmentWalk::open(dir_ / "data").value();
  Sequence next = 1;
  std::size_t segments = 0;
  while (walk.next_segment()) {
    EXPECT_EQ(walk.segment().path, look.segments()[segments++].path);
    std::uint64_t offset = 4096;
    auto step = walk.next().value();
    for (; step == SegmentWalk::Step::kFrame; step = walk.next().value()) {
      EXPECT_EQ(walk.frame().offset, offset);
      offset += walk.frame().length;
      LogRecord record;
      while (walk.next_record(record).value()) {
        if (record.sequence == 0) continue;
        EXPECT_EQ(record.sequence, next++);
      }
    }
    EXPECT_EQ(offset, walk.segment().end);
    if (step == SegmentWalk::Step::kVoid) {  // the close mark of an open that another followed
      EXPECT_EQ(walk.place().offset, offset);
      step = walk.next().value();
    }
    EXPECT_EQ(step, SegmentWalk::Step::kEnd);
  }
  EXPECT_EQ(segments, look.segments().size());
  EXPECT_EQ(next, 1501U);
  auto alone = SegmentWalk::open_file(look.segments().front().path).value();
  ASSERT_TRUE(alone.next_segment());
  EXPECT_EQ(alone.next().value(), SegmentWalk::Step::kFrame);
}

TEST(SegmentWalk, LearnsNamesOfFramesWhoseRecordsAreNotAskedFor) {
  TempDir dir;
  {
    auto wal = WalManager::open(dir / "data").value();
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(wal->append(FactorWalMessage::Update{"A", "f", 1.0 * i, i}));
      ASSERT_TRUE(wal->flush_group_commit());
    }
    ASSERT_TRUE(wal->close());
  }
  auto walk = SegmentWalk::open(dir / "data").value();
  ASSERT_TRUE(walk.next_segment());
  std::size_t updates = 0;
  for (;;) {
    const auto step = walk.next().value();
    if (step == SegmentWalk::Step::kEnd) break;
    if (walk.frame().has_definitions) continue;
    LogRecord record;
    while (walk.next_record(record).value()) {
      EXPECT_EQ(record.instrument_id, "A");
      ++updates;
    }
  }
  EXPECT_GT(updates, 0U);
}

TEST_F(ReaderTest, AFactorEvaluatorGivesWhatTheEngineGave) {
  write(kFactors, 0, 1000);
  const auto set = factors(kFactors);
  std::map<std::string, FactorEvaluator> evaluators;
  std::vector<double> values(set.size());
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    auto& evaluator = evaluators.try_emplace(ticks_[i].instrument, set).first->second;
    evaluator.evaluate(ticks_[i].fields, values);
    ASSERT_EQ(bits_of(values), bits_of(answers_[i].values)) << "tick " << i;
  }
}

}  // namespace
}  // namespace factorwal::test
