#include <nanobind/stl/string.h>

#include <array>
#include <cmath>
#include <string_view>

#include "base/bind.h"
#include "factorwal/engine.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

template <class Enum>
struct Word {
  std::string_view word;
  Enum value;
};

constexpr std::array<Word<ChannelKind>, 3> kChannels{
    {{"shm", ChannelKind::kShm}, {"file", ChannelKind::kFile}, {"heap", ChannelKind::kHeap}}};
constexpr std::array<Word<FactorWalConfig::WhenFull>, 2> kWhenFull{
    {{"wait", FactorWalConfig::WhenFull::kWait}, {"refuse", FactorWalConfig::WhenFull::kRefuse}}};
constexpr std::array<Word<FactorWalConfig::OnStorageFailure>, 2> kOnFailure{
    {{"stop", FactorWalConfig::OnStorageFailure::kStop},
     {"degrade", FactorWalConfig::OnStorageFailure::kDegrade}}};
constexpr std::array<Word<FactorWalConfig::PersisterWait>, 2> kWaits{
    {{"block", FactorWalConfig::PersisterWait::kBlock},
     {"spin", FactorWalConfig::PersisterWait::kSpin}}};
constexpr std::array<Word<OnCorruption>, 2> kOnCorruption{
    {{"refuse", OnCorruption::kRefuse}, {"quarantine", OnCorruption::kQuarantine}}};
constexpr std::array<Word<EngineOptions::LogInputs>, 2> kInputs{
    {{"all", EngineOptions::LogInputs::kAll}, {"used", EngineOptions::LogInputs::kUsed}}};

template <class Words, class Enum>
std::string word_of(const Words& words, Enum value) {
  for (const auto& one : words) {
    if (one.value == value) return std::string(one.word);
  }
  return {};
}

template <class Words>
auto value_of(const Words& words, const char* option, const std::string& word) {
  std::string known;
  for (const auto& one : words) {
    if (one.word == word) return one.value;
    known.append(known.empty() ? "\"" : ", \"").append(one.word).append("\"");
  }
  throw nb::value_error((std::string(option) + ": \"" + word + "\" is none of " + known).c_str());
}

using Class = nb::class_<EngineOptions>;

/// An option that is a plain member: `part` of EngineOptions, a member of that.
template <class Part, class Member>
void add(Class& options, const char* name, Part part, Member member) {
  using Value = std::remove_cvref_t<decltype(std::declval<EngineOptions>().*part.*member)>;
  options.def_prop_rw(
      name, [part, member](const EngineOptions& all) { return all.*part.*member; },
      [part, member](EngineOptions& all, Value value) { all.*part.*member = value; });
}

/// An option of words, in place of an enumeration's values.
template <class Words, class Get>
void add_words(Class& options, const char* name, const Words& words, Get get) {
  options.def_prop_rw(
      name, [&words, get](EngineOptions& all) { return word_of(words, get(all)); },
      [&words, get, name](EngineOptions& all, const std::string& word) {
        get(all) = value_of(words, name, word);
      });
}

double get_keep_age(const EngineOptions& all) {
  return std::chrono::duration<double>(all.log.keep_age).count();
}
void set_keep_age(EngineOptions& all, double seconds) {
  constexpr double kMost = 9e9;  // in nanoseconds, an int64
  if (!(seconds >= 0 && seconds < kMost)) throw nb::value_error("keep_age: seconds, from 0 on");
  all.log.keep_age =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

}  // namespace

void bind_options(nb::module_& module) {
  Class options(module, "EngineOptions", "Settings of an engine; a new one has the defaults.");
  options.def(nb::init<>());
  constexpr auto kPersist = &EngineOptions::persist;
  constexpr auto kLog = &EngineOptions::log;
  add(options, "batch_size", kPersist, &FactorWalConfig::batch_size);
  add(options, "max_delay_ms", kPersist, &FactorWalConfig::max_delay_ms);
  add(options, "enable_group_commit", kPersist, &FactorWalConfig::enable_group_commit);
  add(options, "adaptive", kPersist, &FactorWalConfig::adaptive);
  add(options, "sync_interval_ms", kPersist, &FactorWalConfig::sync_interval_ms);
  add(options, "channel_bytes", kPersist, &FactorWalConfig::channel_bytes);
  add(options, "allow_any_timestamp", kPersist, &FactorWalConfig::allow_any_timestamp);
  add(options, "segment_bytes", kLog, &LogOptions::segment_bytes);
  add(options, "free_space_reserve", kLog, &LogOptions::free_space_reserve);
  add(options, "keep_bytes", kLog, &LogOptions::keep_bytes);
  options.def_rw("snapshot_every", &EngineOptions::snapshot_every);
  options.def_rw("cache_history", &EngineOptions::cache_history);
  options.def_prop_rw("keep_age", get_keep_age, set_keep_age);
  add_words(
      options, "channel", kChannels, [](auto& all) -> auto& { return all.persist.channel; });
  add_words(
      options, "when_full", kWhenFull, [](auto& all) -> auto& { return all.persist.when_full; });
  add_words(
      options, "on_storage_failure", kOnFailure,
      [](auto& all) -> auto& { return all.persist.on_storage_failure; });
  add_words(
      options, "persister_wait", kWaits,
      [](auto& all) -> auto& { return all.persist.persister_wait; });
  add_words(
      options, "on_corruption", kOnCorruption,
      [](auto& all) -> auto& { return all.log.on_corruption; });
  add_words(
      options, "log_inputs", kInputs, [](auto& all) -> auto& { return all.log_inputs; });
}

}  // namespace factorwal::python
