#include "feed_words.h"

namespace factorwal::tool {

feed::FeedWords feed_words() {
  feed::FeedWords words;
  words.map = "--map";
  words.instrument = "--instrument";
  words.time_zone = "--tz";
  words.time_format = "--time-format";
  words.header = "--header";
  words.skip_lines = "--skip-lines";
  words.decimal_comma = "--decimal-comma";
  words.take_last_line = "--take-last-line";
  words.encoding = "--encoding";
  words.skip_bad_rows = "--on-bad-row skip";
  words.paths = "--ticks";
  words.append = "--append";
  return words;
}

}  // namespace factorwal::tool
