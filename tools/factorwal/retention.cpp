#include "retention.h"

#include <unistd.h>

#include <filesystem>

#include "reading/json_writer.h"
#include "reading/output.h"
#include "reading/table.h"
#include "reading/text.h"
#include "reading/time_text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

std::string_view name_of(CutBarrier barrier) {
  switch (barrier) {
    case CutBarrier::kNone: return "none";
    case CutBarrier::kGenerations: return "needed_by_generations";
    case CutBarrier::kNoGenerations: return "no_two_generations";
    case CutBarrier::kHandMade: return "operators_registered_by_hand";
    case CutBarrier::kNotArchived: return "not_archived";
  }
  return "unknown";
}

std::string_view explain(CutBarrier barrier) {
  switch (barrier) {
    case CutBarrier::kNone: return "within the limits";
    case CutBarrier::kGenerations: return "the last two complete snapshot generations need it";
    case CutBarrier::kNoGenerations: return "there are not two complete snapshot generations yet";
    case CutBarrier::kHandMade:
      return "it may hold ticks of operators registered by hand, which no generation covers";
    case CutBarrier::kNotArchived: return "it is not archived yet: run `factorwal archive`";
  }
  return "";
}

class Shown {
 public:
  Shown(const RetentionOptions& options, const RetentionSurvey& survey)
      : options_(options), survey_(survey) {}

  void print_json(Output& out) const;
  void print_text(Output& out) const;

 private:
  [[nodiscard]] CutBarrier barrier_of(std::size_t i) const {
    return i < survey_.plan.beyond ? survey_.plan.barrier : CutBarrier::kNone;
  }
  [[nodiscard]] std::uint64_t bytes(std::size_t begin, std::size_t end) const {
    std::uint64_t sum = 0;
    for (auto i = begin; i < end; ++i) sum += survey_.segments[i].allocated_bytes;
    return sum;
  }
  [[nodiscard]] Sequence first_kept() const {
    const auto& segments = survey_.segments;
    return segments.empty() ? 0 : segments[survey_.plan.cut].first_sequence;
  }

  const RetentionOptions& options_;
  const RetentionSurvey& survey_;
};

void Shown::print_json(Output& out) const {
  const auto& segments = survey_.segments;
  const auto& plan = survey_.plan;
  JsonWriter json(out.buffer());
  json.begin_object()
      .member("directory", options_.directory)
      .member("applied", options_.apply)
      .member("keep_age_seconds", options_.limits.age.count() / kSecondNs)
      .member("keep_bytes", options_.limits.bytes)
      .member("writer_pid", survey_.writer_pid)
      .member("last_generation_start", survey_.last_generation.segment)
      .member("generation_before_start", survey_.generation_before.segment)
      .member("cut_segments", plan.cut)
      .member("cut_bytes", bytes(0, plan.cut))
      .member("kept_segments", segments.size() - plan.cut)
      .member("kept_bytes", bytes(plan.cut, segments.size()))
      .member("first_sequence_kept", first_kept())
      .member("left_over", survey_.left_over);
  json.key("segments").begin_array();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    json.begin_object()
        .member("number", segments[i].number)
        .member("file", segments[i].path)
        .member("bytes", segments[i].allocated_bytes)
        .member("created_ns", segments[i].created_ns)
        .member("first_sequence", segments[i].first_sequence)
        .member("cut", i < plan.cut)
        .member("beyond_limits", i < plan.beyond)
        .member("kept_because", i < plan.cut               ? std::string_view("")
                                : i < plan.beyond          ? name_of(barrier_of(i))
                                : i + 1 == segments.size() ? std::string_view("last")
                                                           : std::string_view("within_limits"))
        .end_object();
  }
  json.end_array().end_object();
  out << "\n";
}

void Shown::print_text(Output& out) const {
  const auto& segments = survey_.segments;
  const auto& plan = survey_.plan;
  const std::string_view cut_word = options_.apply ? "cut" : "would be cut";
  Table table({{"segment", Table::Align::kLeft},
               {"made (UTC)", Table::Align::kLeft},
               {"first sequence", Table::Align::kRight},
               {"bytes", Table::Align::kRight},
               {"", Table::Align::kLeft}});
  for (std::size_t i = 0; i < segments.size(); ++i) {
    std::string what(cut_word);
    if (i >= plan.cut) {
      what = i + 1 == segments.size() && i >= plan.beyond
                 ? "stays: the last one"
                 : "stays: " + std::string(explain(barrier_of(i)));
    }
    table.add_row({std::filesystem::path(segments[i].path).filename().string(),
                   iso_time(segments[i].created_ns / kSecondNs * kSecondNs, 0),
                   std::to_string(segments[i].first_sequence),
                   std::to_string(segments[i].allocated_bytes), what});
  }
  table.print(out, 0, takes_colour(out.descriptor()));
  out << counted(plan.cut, "segment") << ", " << readable_bytes(bytes(0, plan.cut)) << " "
      << cut_word << "; " << counted(segments.size() - plan.cut, "segment") << ", "
      << readable_bytes(bytes(plan.cut, segments.size()))
      << (options_.apply ? " stay" : " would stay") << ", from sequence " << grouped(first_kept())
      << "\n";
  if (survey_.left_over > 0) {
    out << counted(survey_.left_over, "file") << " of earlier cuts "
        << (options_.apply ? "removed" : "still there; the next open for writing removes them")
        << "\n";
  }
}

}  // namespace

ExitCode run_retention(const RetentionOptions& options) {
  const auto survey = options.apply ? apply_retention(options.directory, options.limits)
                                    : survey_retention(options.directory, options.limits);
  if (!survey) return report(survey.error());
  Output out(STDOUT_FILENO);
  const Shown shown(options, *survey);
  options.json ? shown.print_json(out) : shown.print_text(out);
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  return ExitCode::kOk;
}

}  // namespace factorwal::tool
