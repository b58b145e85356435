// Parquet and Arrow files, written by Arrow's library, as streams of batches; and as ticks.
#include "factorwal/table_source.h"

#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <parquet/arrow/writer.h>

#include <cmath>
#include <fstream>
#include <random>

#include "factorwal/feed/arrow.h"
#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

constexpr std::int64_t kTime = 1'609'723'800'000'000'000;

enum class Form { kParquet, kArrowFile, kArrowStream };

std::string name_of(Form form) {
  return form == Form::kParquet ? "parquet" : form == Form::kArrowFile ? "arrow" : "arrows";
}

class ArrowFileForms : public FeedTest {
 protected:
  /// `rows` ticks of two instruments in turn; the price is the number of the row.
  static std::shared_ptr<arrow::Table> ticks(int rows, double first_price = 0) {
    arrow::StringDictionaryBuilder ids;
    arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::NANO, "UTC"),
                                  arrow::default_memory_pool());
    arrow::DoubleBuilder prices;
    arrow::Int32Builder volumes;
    arrow::StringBuilder remarks;
    for (int i = 0; i < rows; ++i) {
      EXPECT_TRUE(ids.Append(i % 2 == 0 ? "rb2105" : "cu2105").ok());
      EXPECT_TRUE(times.Append(kTime + i).ok());
      EXPECT_TRUE(
          (i % 7 == 6 ? prices.AppendNull() : prices.Append(i == 0 ? first_price : i)).ok());
      EXPECT_TRUE(volumes.Append(i % 100).ok());
      EXPECT_TRUE(remarks.Append("a remark that nobody reads").ok());
    }
    const auto done = [](auto& builder) { return builder.Finish().ValueOrDie(); };
    const auto schema =
        arrow::schema({arrow::field("remark", arrow::utf8()), arrow::field("symbol", ids.type()),
                       arrow::field("ts", times.type()), arrow::field("price", arrow::float64()),
                       arrow::field("volume", arrow::int32())});
    return arrow::Table::Make(schema,
                              {done(remarks), done(ids), done(times), done(prices), done(volumes)});
  }

  std::string write_table(const std::string& name, const arrow::Table& table, Form form,
                          int batch_rows = 1000) const {
    const std::string file = path(name);
    auto out = arrow::io::FileOutputStream::Open(file).ValueOrDie();
    if (form == Form::kParquet) {
      EXPECT_TRUE(parquet::arrow::WriteTable(
                      table, arrow::default_memory_pool(), out, batch_rows,
                      parquet::default_writer_properties(),
                      parquet::ArrowWriterProperties::Builder().store_schema()->build())
                      .ok());
    } else {
      auto writer = (form == Form::kArrowFile ? arrow::ipc::MakeFileWriter(out, table.schema())
                                              : arrow::ipc::MakeStreamWriter(out, table.schema()))
                        .ValueOrDie();
      EXPECT_TRUE(writer->WriteTable(table, batch_rows).ok());
      EXPECT_TRUE(writer->Close().ok());
    }
    EXPECT_TRUE(out->Close().ok());
    return file;
  }
  static FeedOptions with_tables(FeedOptions options = {}) {
    options.open_table = open_table;
    return options;
  }
  static std::string bytes_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

class ArrowFiles : public ArrowFileForms, public ::testing::WithParamInterface<Form> {
 protected:
  std::string write_form(const std::string& name, int rows, double first_price = 0) const {
    return write_table(name, *ticks(rows, first_price), GetParam());
  }
};

INSTANTIATE_TEST_SUITE_P(, ArrowFiles,
                         ::testing::Values(Form::kParquet, Form::kArrowFile, Form::kArrowStream),
                         [](const auto& row) { return name_of(row.param); });

TEST_P(ArrowFiles, GiveTheirRowsAsTicks) {
  const std::string file = write_form("ticks.dat", 5000);
  const Reading got = read({file}, with_tables());
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.fields, (std::vector<std::string>{"close", "volume"}));
  ASSERT_EQ(got.rows.size(), 5000U);
  for (std::size_t i = 0; i < got.rows.size(); ++i) {
    ASSERT_EQ(got.rows[i].instrument_id, i % 2 == 0 ? "rb2105" : "cu2105");
    ASSERT_EQ(got.rows[i].timestamp_ns, kTime + static_cast<std::int64_t>(i));
    ASSERT_EQ(std::isnan(got.rows[i].values[0]), i % 7 == 6);
    if (i % 7 != 6) {
      ASSERT_EQ(got.rows[i].values[0], static_cast<double>(i));
    }
    ASSERT_EQ(got.rows[i].values[1], static_cast<double>(i % 100));
    ASSERT_EQ(got.rows[i].row_number, i);
  }
  EXPECT_TRUE(got.noted("\"remark\""));
}

TEST_P(ArrowFiles, AreRefusedWhereNothingReadsThem) {
  EXPECT_CONTAINS(read({write_form("ticks.dat", 5)}).error, "such files need open_table");
}

TEST_P(ArrowFiles, GoOnAtAPositionOrSayThatTheyWereChanged) {
  const std::string file = write_form("ticks.dat", 500);
  const Reading whole = read({file}, with_tables());
  ASSERT_EQ(whole.rows.size(), 500U);
  for (const std::size_t done :
       {std::size_t{0}, std::size_t{63}, std::size_t{64}, std::size_t{498}}) {
    const Reading rest = read({file}, with_tables(), whole.rows[done].position);
    ASSERT_EQ(rest.error, "");
    ASSERT_EQ(rest.rows.size(), 499 - done);
    EXPECT_EQ(rest.rows[0].position, whole.rows[done + 1].position);
  }
  // Rows that came behind it change nothing; another value before it does.
  write_form("ticks.dat", 600);
  EXPECT_EQ(read({file}, with_tables(), whole.rows[498].position).rows.size(), 101U);
  auto table = ticks(600);
  arrow::DoubleBuilder prices;
  for (int i = 0; i < 600; ++i) {
    EXPECT_TRUE((i % 7 == 6 ? prices.AppendNull() : prices.Append(i == 77 ? 0.5 : i)).ok());
  }
  table = table
              ->SetColumn(3, arrow::field("price", arrow::float64()),
                          std::make_shared<arrow::ChunkedArray>(prices.Finish().ValueOrDie()))
              .ValueOrDie();
  write_table("ticks.dat", *table, GetParam());
  EXPECT_EQ(read({file}, with_tables(), whole.rows[70].position).error, "");
  EXPECT_CONTAINS(read({file}, with_tables(), whole.rows[80].position).error,
                  "was changed or replaced");
  EXPECT_CONTAINS(read({file}, with_tables(), whole.rows[498].position).error,
                  "was changed or replaced");
  write_form("ticks.dat", 500, 0.25);
  EXPECT_CONTAINS(read({file}, with_tables(), whole.rows[80].position).error, "was replaced");
  write_form("ticks.dat", 50);
  EXPECT_CONTAINS(read({file}, with_tables(), whole.rows[80].position).error, "it has 50 rows");
}

TEST_P(ArrowFiles, ComeInOneListWithCsvFiles) {
  const std::string table = write_form("ticks.dat", 10);
  const std::string csv =
      write("ticks.csv", "symbol,ts,volume,price\nrb2105,2021-01-04T01:30:01Z,7,4321.5\n");
  for (const bool csv_first : {true, false}) {
    const std::vector<std::string> paths =
        csv_first ? std::vector{csv, table} : std::vector{table, csv};
    const Reading got = read(paths, with_tables());
    ASSERT_EQ(got.error, "");
    ASSERT_EQ(got.rows.size(), 11U);
    const std::size_t close = csv_first ? 1 : 0;
    EXPECT_EQ(got.fields.at(close), "close") << "the first file's order";
    EXPECT_EQ(got.rows[csv_first ? 0 : 10].values[close], 4321.5);
    EXPECT_EQ(got.rows[csv_first ? 2 : 1].values[close], 1);
    const Reading rest = read(paths, with_tables(), got.rows[csv_first ? 4 : 10].position);
    EXPECT_EQ(rest.error, "");
    EXPECT_EQ(rest.rows.size(), csv_first ? 6U : 0U);
  }
}

TEST_P(ArrowFiles, AreErrorsWhereverTheyWereCut) {
  const std::string whole = bytes_of(write_form("ticks.dat", 3000));
  std::size_t refused = 0;
  std::size_t tried = 0;
  for (std::size_t size = 8; size + 8 < whole.size(); size += whole.size() / 61 + 1) {
    const Reading got = read({write("cut.dat", whole.substr(0, size))}, with_tables());
    // A stream may end behind any of its batches.
    const bool at_a_batch = GetParam() == Form::kArrowStream && got.error.empty();
    EXPECT_TRUE(!at_a_batch || got.rows.size() % 1000 == 0) << size;
    refused += got.error.empty() ? 0U : 1U;
    ++tried;
  }
  EXPECT_GE(refused + 3, tried);
}

// Whatever a byte becomes, the answer is rows or an error, never a fault of memory.
TEST_P(ArrowFiles, OfDamagedBytesNoneIsReadBeyondItsEnd) {
  const std::string whole = bytes_of(write_form("ticks.dat", 300));
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 3; ++i) {
      damaged[8 + random() % (damaged.size() - 8)] = static_cast<char>(random());
    }
    const Reading got = read({write("damaged.dat", damaged)}, with_tables(skipping()));
    EXPECT_LE(got.rows.size(), 300U);
  }
}

TEST_F(ArrowFileForms, OnlyTheColumnsThatAreUsedAreRead) {
  const std::string file = write_table("ticks.parquet", *ticks(10), Form::kParquet);
  std::vector<std::vector<std::size_t>> asked;
  FeedOptions options;
  options.open_table = [&](const std::string& path, const std::vector<std::size_t>& columns) {
    asked.push_back(columns);
    return open_table(path, columns);
  };
  EXPECT_EQ(read({file}, options).rows.size(), 10U);
  EXPECT_EQ(asked, (std::vector<std::vector<std::size_t>>{{}, {1, 2, 3, 4}}));
}

TEST_F(ArrowFileForms, NestedColumnsBesideThemAreLeftOut) {
  auto table = ticks(10);
  auto values = std::make_shared<arrow::DoubleBuilder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), values);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(lists.Append().ok());
    ASSERT_TRUE(values->Append(i).ok());
  }
  table = table
              ->AddColumn(0, arrow::field("depth", lists.type()),
                          std::make_shared<arrow::ChunkedArray>(lists.Finish().ValueOrDie()))
              .ValueOrDie();
  for (const Form form : {Form::kParquet, Form::kArrowFile, Form::kArrowStream}) {
    const Reading got = read({write_table("ticks.dat", *table, form)}, with_tables());
    ASSERT_EQ(got.error, "");
    EXPECT_EQ(got.rows.size(), 10U);
    EXPECT_EQ(got.rows[3].values[0], 3);
    EXPECT_TRUE(got.noted("\"depth\""));
  }
}

// What a program hands out without a file: Arrow's own arrays of many types, in slices.
TEST_F(ArrowFileForms, AStreamOfArrowsOwnArraysIsReadWhereItLies) {
  constexpr int kRows = 50;
  constexpr int kCut = 3;
  auto* const pool = arrow::default_memory_pool();
  arrow::StringViewBuilder ids;
  arrow::Date64Builder dates;
  arrow::Time64Builder times(arrow::time64(arrow::TimeUnit::NANO), pool);
  arrow::Decimal128Builder prices(arrow::decimal128(20, 4));
  arrow::Decimal256Builder volumes(arrow::decimal256(40, 0));
  arrow::LargeStringBuilder bids;
  arrow::BooleanBuilder flags;
  arrow::HalfFloatBuilder halves;
  arrow::NullBuilder nothing;
  const auto ok = [](const arrow::Status& done) { ASSERT_TRUE(done.ok()) << done.ToString(); };
  for (int i = 0; i < kRows; ++i) {
    ok(ids.Append(i % 2 == 0 ? "short" : "an id that is longer than a view"));
    ok(dates.Append(std::int64_t{18'631} * 86'400'000));
    ok(times.Append(std::int64_t{5'400} * 1'000'000'000 + i));
    ok(prices.Append(arrow::Decimal128(10'001 * i)));
    ok(volumes.Append(arrow::Decimal256(i)));
    ok(i % 5 == 4 ? bids.AppendNull() : bids.Append(std::to_string(i) + ".25"));
    ok(flags.Append(i % 3 == 0));
    ok(halves.Append(0x3c00));
    ok(nothing.AppendNull());
  }
  std::vector<std::shared_ptr<arrow::Array>> columns;
  const auto finish = [&](arrow::ArrayBuilder& builder) {
    columns.push_back(builder.Finish().ValueOrDie());
  };
  finish(ids);
  finish(dates);
  finish(times);
  finish(prices);
  finish(volumes);
  finish(bids);
  finish(flags);
  finish(halves);
  finish(nothing);
  const char* const names[] = {"symbol", "date", "time", "price", "volume",
                               "bid",    "buy",  "half", "none"};
  arrow::FieldVector fields;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    fields.push_back(arrow::field(names[i], columns[i]->type()));
  }
  const auto batch = arrow::RecordBatch::Make(arrow::schema(fields), kRows, columns);
  const auto reader =
      arrow::RecordBatchReader::Make({batch->Slice(kCut, 20), batch->Slice(kCut + 20)})
          .ValueOrDie();
  ArrowArrayStream stream{};
  ok(arrow::ExportRecordBatchReader(reader, &stream));
  const Reading got = read_all(open_arrow_stream(take_arrow_stream(stream), {}));
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.fields,
            (std::vector<std::string>{"close", "volume", "bid", "buy", "half", "none"}));
  ASSERT_EQ(got.rows.size(), static_cast<std::size_t>(kRows - kCut));
  for (int i = kCut; i < kRows; ++i) {
    const ReadRow& row = got.rows[static_cast<std::size_t>(i - kCut)];
    EXPECT_EQ(row.instrument_id, i % 2 == 0 ? "short" : "an id that is longer than a view");
    EXPECT_EQ(row.timestamp_ns, kTime + i);
    EXPECT_EQ(row.values[0], 10'001 * i / 1e4);
    EXPECT_EQ(row.values[1], i);
    EXPECT_EQ(std::isnan(row.values[2]), i % 5 == 4);
    if (i % 5 != 4) {
      EXPECT_EQ(row.values[2], i + 0.25);
    }
    EXPECT_EQ(row.values[3], i % 3 == 0 ? 1 : 0);
    EXPECT_EQ(row.values[4], 1);
    EXPECT_TRUE(std::isnan(row.values[5]));
  }
}

TEST_F(ArrowFileForms, OtherFilesOfColumnsAreNamed) {
  EXPECT_CONTAINS(read({write("old.feather", "FEA1....")}, with_tables()).error, "version 1");
  EXPECT_CONTAINS(read({write("secret.parquet", "PARE....")}, with_tables()).error, "neither");
  EXPECT_CONTAINS(read({write("empty.parquet", "PAR1PAR1")}, with_tables()).error,
                  "empty.parquet: ");
}

}  // namespace
}  // namespace factorwal::feed
