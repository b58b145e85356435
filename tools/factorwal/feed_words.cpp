#include "feed_words.h"

namespace factorwal::tool {

feed::FeedWords feed_words() {
  feed::FeedWords words;
  words.map = "--map";
  words.instrument = "--instrument";
  words.instrument_from_name = "--instrument-from-name";
  words.time_zone = "--tz";
  words.time_format = "--time-format";
  words.header = "--header";
  words.skip_lines = "--skip-lines";
  words.scale = "--scale";
  words.missing = "--missing";
  words.cumulative_volume = "--volume cumulative";
  words.decimal_comma = "--decimal-comma";
  words.thousands = "--thousands";
  words.columns = "--columns";
  words.drop = "--drop";
  words.take_last_line = "--take-last-line";
  words.follow = "--follow";
  words.encoding = "--encoding";
  words.skip_bad_rows = "--on-bad-row skip";
  words.paths = "--ticks";
  words.append = "--append";
  return words;
}

}  // namespace factorwal::tool
