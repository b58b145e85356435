// On what file system a directory lies, from the kernel's own text: also of those that cannot be
// mounted in a test.

#include "doctor/mount.h"

#include <gtest/gtest.h>

namespace factorwal::doctor {
namespace {

constexpr const char* kMounts =
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro\n"
    "25 22 0:23 / /dev/shm rw,nosuid shared:3 - tmpfs tmpfs rw,size=24684084k\n"
    "31 22 0:44 / /mnt/nas rw,relatime shared:9 - nfs4 filer:/ticks rw,vers=4.2,hard\n"
    "32 22 0:45 / /mnt/share rw,relatime shared:10 - cifs //filer/ticks rw\n"
    "33 22 0:46 / /mnt/ssh rw,relatime shared:11 - fuse.sshfs me@host:/ rw\n"
    "34 22 0:47 / /run/layer rw,relatime - overlay overlay rw,lowerdir=/a,upperdir=/b\n"
    "35 22 254:1 / /mnt/with\\040blank rw,relatime shared:12 - xfs /dev/vdb rw,nobarrier\n"
    "36 31 254:2 / /mnt/nas/local rw,relatime shared:13 - ext4 /dev/vdc rw\n"
    "37 22 0:48 / /mnt/twice rw,relatime - ext4 /dev/vdd rw\n"
    "38 37 0:49 / /mnt/twice ro,relatime - tmpfs none rw\n"
    "a line that is none\n";

FileSystemKind kind_of(const char* path) { return find_mount(kMounts, path).kind; }

TEST(Mount, OfANetworkIsTold) {
  EXPECT_EQ(kind_of("/mnt/nas/data"), FileSystemKind::kNetwork);
  EXPECT_EQ(kind_of("/mnt/share"), FileSystemKind::kNetwork);
  EXPECT_EQ(kind_of("/mnt/ssh/data"), FileSystemKind::kNetwork);
  EXPECT_EQ(find_mount(kMounts, "/mnt/nas/data").source, "filer:/ticks");
}

TEST(Mount, InMemoryOrOfAContainerIsTold) {
  EXPECT_EQ(kind_of("/dev/shm"), FileSystemKind::kMemory);
  EXPECT_EQ(kind_of("/run/layer/data"), FileSystemKind::kOverlay);
  EXPECT_EQ(kind_of("/srv/data"), FileSystemKind::kLocal);
}

TEST(Mount, IsTheInnermostAndOfTwoTheLater) {
  EXPECT_EQ(kind_of("/mnt/nas/local/data"), FileSystemKind::kLocal);
  EXPECT_EQ(kind_of("/mnt/nas/localdata"), FileSystemKind::kNetwork);
  EXPECT_EQ(kind_of("/mnt/twice/data"), FileSystemKind::kMemory);
}

TEST(Mount, TellsItsOptionsAndNamesWithBlanks) {
  const auto mount = find_mount(kMounts, "/mnt/with blank/data");
  EXPECT_EQ(mount.type, "xfs");
  EXPECT_TRUE(mount.has_option("nobarrier"));
  EXPECT_TRUE(mount.has_option("relatime"));
  EXPECT_FALSE(mount.has_option("barrier"));
}

}  // namespace
}  // namespace factorwal::doctor
