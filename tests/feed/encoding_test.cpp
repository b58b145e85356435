#include <iconv.h>
#include <sys/stat.h>

#include <thread>

#include "feed/bytes/byte_source.h"
#include "feed/bytes/text_decoder.h"
#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

constexpr const char* kChineseHeader =
    "合约代码,交易日,最后修改时间,最后修改毫秒,最新价,数量,成交金额,持仓量,申买价一,申买量一,"
    "申卖价一,申卖量一";

std::string encoded(const std::string& text, const char* encoding) {
  const iconv_t converter = iconv_open(encoding, "UTF-8");
  std::string in = text;
  std::string out(4 * text.size() + 8, '\0');
  char* from = in.data();
  char* into = out.data();
  std::size_t left = in.size();
  std::size_t room = out.size();
  EXPECT_EQ(iconv(converter, &from, &left, &into, &room), 0U);
  iconv_close(converter);
  out.resize(out.size() - room);
  return out;
}

/// Ids in Chinese, so that every row has characters of several bytes.
std::string chinese_rows(int count) {
  std::string text = "品种,timestamp_ns,last_price\n";
  for (int i = 0; i < count; ++i) {
    text += "螺纹钢" + std::to_string(i % 13) + "," + std::to_string(1609723740400000000 + i) +
            "," + std::to_string(i) + "\n";
  }
  return text;
}

class Encoding : public FeedTest {
 protected:
  static FeedOptions mapped(std::string encoding = {}) {
    FeedOptions options;
    options.map = {{"instrument_id", "品种"}};
    options.encoding = std::move(encoding);
    return options;
  }
  static void expect_rows(const Reading& got, std::size_t count) {
    EXPECT_EQ(got.error, "");
    ASSERT_EQ(got.rows.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(got.rows[i].instrument_id, "螺纹钢" + std::to_string(i % 13));
      ASSERT_EQ(got.rows[i].values[0], static_cast<double>(i));
    }
  }
  [[nodiscard]] std::string all_of(ByteSource& source, std::size_t piece) const {
    std::string text;
    std::string into(piece, '\0');
    for (;;) {
      const Result<std::size_t> got = source.read(into);
      EXPECT_TRUE(got.has_value());
      if (!got || *got == 0) return text;
      text.append(into, 0, *got);
    }
  }
};

TEST_F(Encoding, Gb18030IsToldByItsHeader) {
  const std::string text = chinese_rows(20'000);
  const Reading got = read({write("a.csv", encoded(text, "GB18030"))}, mapped());
  expect_rows(got, 20'000);
  EXPECT_TRUE(got.noted("is GB18030 text"));
  expect_rows(read({write("b.csv", gzip(encoded(text, "GB18030")))}, mapped()), 20'000);
}

TEST_F(Encoding, Utf16IsToldByItsMarkOrItsFirstCharacter) {
  const std::string chinese = chinese_rows(20'000);
  const std::string ascii_first = "x," + chinese.substr(std::string("品种,").size());
  for (const char* encoding : {"UTF-16LE", "UTF-16BE", "UTF-32LE"}) {
    const Reading marked =
        read({write("a.csv", encoded("\xEF\xBB\xBF" + chinese, encoding))}, mapped());
    expect_rows(marked, 20'000);
    EXPECT_TRUE(marked.noted("text")) << encoding;
    if (std::string_view(encoding) == "UTF-32LE") continue;
    FeedOptions options;
    options.map = {{"instrument_id", "x"}};
    expect_rows(read({write("b.csv", encoded(ascii_first, encoding))}, options), 20'000);
  }
}

TEST_F(Encoding, Utf8IsReadAsItStands) {
  const Reading got = read({write("a.csv", chinese_rows(200))}, mapped());
  expect_rows(got, 200);
  EXPECT_FALSE(got.noted("is GB18030 text"));
}

TEST_F(Encoding, AnAsciiHeaderLeavesItToTheFirstRowThatIsNot) {
  std::string text = "instrument_id,timestamp_ns,last_price\n";
  for (int i = 0; i < 5000; ++i) text += "rb,1609723740400000000,1\n";
  text += "螺纹钢,1609723740400000001,2\n";
  const Reading got = read_text(encoded(text, "GB18030"));
  EXPECT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 5001U);
  EXPECT_EQ(got.rows.back().instrument_id, "螺纹钢");
  EXPECT_TRUE(got.noted("is GB18030 text"));
}

TEST_F(Encoding, TheChineseHeaderOfARecorderArrivesAsUtf8) {
  const std::string text = std::string(kChineseHeader) + "\n";
  FeedReport report;
  for (const char* encoding : {"GB18030", "GBK", "GB2312"}) {
    auto source = ByteSource::open(write("a.csv", encoded(text, encoding)), {}, report);
    ASSERT_TRUE(source);
    EXPECT_EQ(all_of(*source, 4096), text) << encoding;
  }
  EXPECT_EQ(report.notes.size(), 1U);
}

TEST_F(Encoding, NoBoundaryOfAPieceBreaksACharacter) {
  const std::string text = chinese_rows(50) + "𠀀,1609723740400000000,1\n";
  FeedReport report;
  for (const char* encoding : {"GB18030", "UTF-16LE", "UTF-16BE"}) {
    const std::string marked = encoding[0] == 'G' ? text : "\xEF\xBB\xBF" + text;
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 7U, 64U}) {
      auto source = ByteSource::open(write("a.csv", encoded(marked, encoding)), {}, report);
      ASSERT_TRUE(source);
      ASSERT_EQ(all_of(*source, piece), marked) << encoding << piece;
    }
  }
}

TEST_F(Encoding, AFileThatGrowsByAnyPieceIsConvertedWhole) {
  const std::string text = chinese_rows(12);
  for (const char* encoding : {"GB18030", "UTF-16LE"}) {
    const std::string marked = encoding[0] == 'G' ? text : "\xEF\xBB\xBF" + text;
    const std::string bytes = encoded(marked, encoding);
    FeedReport report;
    auto source = ByteSource::open(write("a.csv", ""), {}, report, true);
    ASSERT_TRUE(source);
    std::string got = all_of(*source, 64);
    std::ofstream file(path("a.csv"), std::ios::binary | std::ios::app);
    for (const char byte : bytes) {
      file.put(byte);
      file.flush();
      got += all_of(*source, 64);
      EXPECT_TRUE(source->may_grow());
    }
    EXPECT_EQ(got, marked) << encoding;
    EXPECT_FALSE(source->holds_back());
  }
}

TEST_F(Encoding, WhatCannotBeConvertedMakesItsRowBadAndNoOther) {
  std::string text = encoded(chinese_rows(40), "GB18030");
  std::size_t row = text.find("\n", 400) + 1;
  text[row + 1] = ' ';  // the first byte of a pair is left alone
  Reading got = read({write("a.csv", text)}, [] {
    FeedOptions options = mapped();
    options.on_bad_row = OnBadRow::kSkip;
    return options;
  }());
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 39U);
  EXPECT_EQ(got.bad(BadRow::kInvalidUtf8), 1U);
  // A surrogate alone.
  text = encoded("\xEF\xBB\xBF" + chinese_rows(40), "UTF-16LE");
  row = text.find(std::string("\n\0", 2), 400) + 2;
  text[row + 1] = '\xd8';
  FeedOptions skip = mapped();
  skip.on_bad_row = OnBadRow::kSkip;
  got = read({write("a.csv", text)}, skip);
  EXPECT_EQ(got.rows.size(), 39U);
  EXPECT_EQ(got.bad(BadRow::kInvalidUtf8), 1U);
}

TEST_F(Encoding, HalfACharacterAtTheEndMakesTheLastRowBad) {
  std::string text = encoded(
      "instrument_id,timestamp_ns,last_price,名\nA,1609723740400000000,1,螺\n"
      "A,1609723740400000000,2,螺",
      "GB18030");
  text.pop_back();
  FeedOptions options = skipping();
  EXPECT_EQ(read_text(text, options).rows.size(), 1U) << "it waits";
  options.take_last_line = true;
  const Reading got = read_text(text, options);
  EXPECT_EQ(got.rows.size(), 1U);
  EXPECT_EQ(got.bad(BadRow::kInvalidUtf8), 1U);
}

TEST_F(Encoding, AHeaderThatIsNotFinishedWaits) {
  const std::string header = encoded(kChineseHeader, "GB18030");
  EXPECT_CONTAINS(read_text(header).error, "its header has no line end yet");
}

TEST_F(Encoding, OthersAreAskedForAndReadWhenGiven) {
  const std::string text =
      "instrument_id,timestamp_ns,last_price,größe\nA,1609723740400000000,1,2\n";
  const std::string latin = encoded(text, "latin1");
  const Reading refused = read_text(latin);
  EXPECT_CONTAINS(refused.error, "the header is not UTF-8 text");
  EXPECT_CONTAINS(refused.error, "--encoding gives its encoding");
  FeedOptions options;
  options.encoding = "latin1";
  const Reading got = read_text(latin, options);
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.fields, (std::vector<std::string>{"close", "größe"}));
  options.encoding = "utf-16";
  EXPECT_EQ(read_text(encoded("\xEF\xBB\xBF" + text, "UTF-16LE"), options).rows.size(), 1U);
  options.encoding = "Klingon";
  EXPECT_CONTAINS(read_text(latin, options).error,
                  "--encoding: the C library of this system knows no");
}

TEST_F(Encoding, WhatIsNoTextIsNotAskedForItsEncoding) {
  const Reading got = read_text("\x89PNG\x1a\xff,x\n1,2\n");
  EXPECT_CONTAINS(got.error, "is this a CSV file?");
  EXPECT_EQ(got.error.find("--encoding"), std::string::npos);
}

TEST_F(Encoding, APipeIsConvertedAsItComes) {
  const std::string pipe = path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer(
      [&] { std::ofstream(pipe, std::ios::binary) << encoded(chinese_rows(50), "GBK"); });
  expect_rows(read({pipe}, mapped()), 50);
  writer.join();
}

TEST_F(Encoding, ARowOfAnotherEncodingSaysWhatToDo) {
  const Reading got =
      read_text("instrument_id,timestamp_ns,last_price\nM\xfcller,1609723740400000000,1\n");
  EXPECT_CONTAINS(got.error, "invalid UTF-8");
  EXPECT_CONTAINS(got.error, "--encoding gives the encoding");
}

TEST(Gb18030, IsTakenForItWhereTextLooksChineseOnly) {
  for (const char* chinese :
       {kChineseHeader, "代码,名称", "浦发银行,1", "麒麟信安,1", "「焦煤」"}) {
    EXPECT_TRUE(looks_like_gb18030(encoded(chinese, "GB18030"))) << chinese;
  }
  for (const char* latin : {"Müller,1", "größe,prix", "été,1", "señor", "É"}) {
    EXPECT_FALSE(looks_like_gb18030(encoded(latin, "latin1"))) << latin;
  }
  EXPECT_FALSE(looks_like_gb18030(encoded("Дата,Время,Цена,Объём", "CP1251")));
  // UTF-8 that lost a byte.
  for (std::size_t cut = 0; cut < 12; ++cut) {
    std::string damaged = kChineseHeader;
    damaged.erase(cut, 1);
    EXPECT_FALSE(looks_like_gb18030(damaged)) << cut;
  }
  EXPECT_FALSE(looks_like_gb18030("plain"));
  EXPECT_FALSE(looks_like_gb18030("half a pair \xba"));
}

}  // namespace
}  // namespace factorwal::feed
