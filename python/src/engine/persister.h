#pragma once
/// A log and a persister as Python objects.

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/forks.h"
#include "engine/session.h"
#include "factorwal/engine.h"
#include "factorwal/persister.h"
#include "factorwal/wal_manager.h"

namespace factorwal::python {

/// A factor of an open log.
struct Factor {
  FactorHandle handle;
  std::string id;
};

/// A WalManager. All members need the GIL, unless said.
class Wal {
 public:
  Wal(const std::string& directory, const LogOptions& options);
  /// Closes it, without the GIL.
  ~Wal();
  Wal(const Wal&) = delete;
  Wal& operator=(const Wal&) = delete;
  /// Raises Forked.
  [[nodiscard]] const std::shared_ptr<WalManager>& get() const;
  [[nodiscard]] bool is_here() const noexcept { return made_.here(); }
  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }

 private:
  MadeHere made_;
  std::string directory_;
  std::shared_ptr<WalManager> wal_;
};

/// A persister of its own, or an engine's, which must outlive it then. All members need the GIL.
class Persister {
 public:
  Persister(const Wal& wal, FactorWalConfig config);
  explicit Persister(Session& session);
  /// Shuts down one of its own, without the GIL: everything accepted is written.
  ~Persister();
  Persister(const Persister&) = delete;
  Persister& operator=(const Persister&) = delete;

  /// Raises Forked; of an engine that is not open yet, Closed.
  [[nodiscard]] FactorWalPersister& get() const;
  /// To share it with factor engines. TypeError of an engine's.
  [[nodiscard]] const std::shared_ptr<FactorWalPersister>& shared() const;
  [[nodiscard]] bool is_here() const noexcept { return made_.here(); }
  /// Whether a full channel is waited for: here, so that signals end the wait.
  [[nodiscard]] bool waits_for_space() const noexcept { return waits_for_space_; }

 private:
  MadeHere made_;
  bool waits_for_space_ = false;
  std::shared_ptr<FactorWalPersister> own_;
  Session* session_ = nullptr;
};

/// kWait becomes kRefuse, and true: the wait is this module's then.
[[nodiscard]] bool take_over_wait(FactorWalConfig& config);
/// Why something was not accepted, as an error. Any thread, without the GIL.
[[nodiscard]] Error refusal(FactorWalPersister& persister, SendStatus status,
                            TimestampNs timestamp_ns);

}  // namespace factorwal::python
