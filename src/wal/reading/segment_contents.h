#pragma once
/// What the frames of a log's last segment tell of the whole log, beside their records: names,
/// rings, generations. One pass over them is enough for an open.

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "factorwal/finding.h"
#include "wal/reading/frame_decoder.h"
#include "wal/reading/segment_reader.h"

namespace factorwal::wal {

struct SegmentView;

/// How much of the names' table is to be filled.
enum class Learn : std::uint8_t {
  kDefinitions,  ///< no event times but those of frames with definitions or states
  kAll,          ///< event times too
};

class SegmentContents {
 public:
  SegmentContents(NameTable& names, Learn learn)
      : names_(&names), learn_(learn), decoder_(std::make_unique<FrameDecoder>(names)) {}

  /// A frame that counts, in the order of the segment's.
  [[nodiscard]] Status take(ByteView frame, const FrameHeader& header, const std::string& path,
                            std::uint64_t offset);
  /// Bytes before the next frame do not hold.
  void pass_bad_place() {
    if (!std::exchange(passed_bad_place_, true)) sound_generation_ = generation_;
  }
  /// From now on a generation whose mark ends behind `offset` does not count: a power failure may
  /// take the mark.
  void believe_generations_to(std::uint64_t offset) noexcept { believed_to_ = offset; }
  /// Forgets everything but names: the segment is read once more, or another one.
  void restart(Learn learn);
  void restart() { restart(learn_); }

  /// Takes all frames of a segment whose end is known. A place that does not hold is told in
  /// `damage`, and passed.
  [[nodiscard]] Status walk(FileSystem& files, const SegmentView& segment);

  [[nodiscard]] const std::vector<RingMark>& marks() const noexcept { return marks_; }
  /// Records or states are in the segment taken last, not only names.
  [[nodiscard]] bool has_content() const noexcept { return has_content_; }
  /// The highest of the frames taken.
  [[nodiscard]] Sequence last_sequence() const noexcept { return last_sequence_; }
  /// The last generation that was completed in it.
  [[nodiscard]] const std::optional<GenerationMark>& generation() const noexcept {
    return generation_;
  }
  /// The last one before any bad place.
  [[nodiscard]] const std::optional<GenerationMark>& sound_generation() const noexcept {
    return passed_bad_place_ ? sound_generation_ : generation_;
  }
  [[nodiscard]] const std::vector<Finding>& damage() const noexcept { return damage_; }

 private:
  NameTable* names_;
  Learn learn_;
  std::optional<GenerationMark> generation_;
  std::unique_ptr<FrameDecoder> decoder_;
  std::vector<RingMark> marks_;
  std::vector<Finding> damage_;
  std::optional<GenerationMark> sound_generation_;
  std::uint64_t believed_to_ = std::numeric_limits<std::uint64_t>::max();
  bool passed_bad_place_ = false;
  bool has_content_ = false;
  Sequence last_sequence_ = 0;
};

}  // namespace factorwal::wal
