#include "doctor/logout.h"

#include <gtest/gtest.h>

#include "doctor/judgement.h"

namespace factorwal::doctor {
namespace {

TEST(Logout, TakesSharedMemoryFromOrdinaryUsersUnlessConfiguredOtherwise) {
  EXPECT_TRUE(removes_ipc(""));
  EXPECT_TRUE(removes_ipc("[Login]\n#RemoveIPC=no\n"));
  EXPECT_FALSE(removes_ipc("[Login]\nRemoveIPC=no\n"));
  EXPECT_FALSE(removes_ipc("[Login]\n  RemoveIPC = no\n"));
  EXPECT_TRUE(removes_ipc("RemoveIPC=no\nRemoveIPC=yes\n")) << "the last one counts";
  EXPECT_TRUE(loses_shared_memory({1000, true, false, ""}));
  EXPECT_FALSE(loses_shared_memory({999, true, false, ""})) << "a system user";
  EXPECT_FALSE(loses_shared_memory({1000, false, false, ""}));
  EXPECT_FALSE(loses_shared_memory({1000, true, true, ""})) << "lingers";
  EXPECT_FALSE(loses_shared_memory({1000, true, false, "RemoveIPC=no"}));
}

TEST(Logout, IsWarnedOfBySharedMemory) {
  const auto of_memory = [](const Machine& machine) {
    for (const auto& check : judge(machine).checks) {
      if (check.name == "shared memory") return check;
    }
    return Check{};
  };
  Machine machine;
  machine.shared_memory = {true, FileSystemKind::kMemory, std::uint64_t{8} << 30};
  EXPECT_EQ(of_memory(machine).grade, Grade::kGood);
  machine.shared_memory.removed_at_logout = true;
  EXPECT_EQ(of_memory(machine).grade, Grade::kWarning);
  EXPECT_NE(of_memory(machine).text.find("RemoveIPC"), std::string::npos);
  machine.shared_memory.removed_at_logout = false;
  machine.shared_memory.of_container = true;
  EXPECT_EQ(of_memory(machine).grade, Grade::kWarning);
  EXPECT_NE(of_memory(machine).text.find("container"), std::string::npos);
}

}  // namespace
}  // namespace factorwal::doctor
