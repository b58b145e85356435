#pragma once
/// Whether systemd-logind removes a user's files in shared memory at their last logout.

#include <sys/types.h>

#include <string>
#include <string_view>

namespace factorwal::doctor {

struct Logout {
  uid_t user = 0;
  bool logind_runs = false;
  bool lingers = false;     ///< `loginctl enable-linger`: the user's last logout never comes
  std::string logind_conf;  ///< logind.conf and what overrides it, in that order
};

/// The last `RemoveIPC=` of a configuration; yes if there is none, as logind has it.
[[nodiscard]] bool removes_ipc(std::string_view logind_conf);
/// logind spares root and system users (below 1000).
[[nodiscard]] bool loses_shared_memory(const Logout& logout);

[[nodiscard]] Logout look_at_logout();

}  // namespace factorwal::doctor
