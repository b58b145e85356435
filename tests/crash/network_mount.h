#pragma once
/// A network file system of a test's own: a directory of this machine, by sshfs from an SFTP server
/// that a socket pair leads to. In the namespace of private_mounts.h.

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif

namespace factorwal::test {

class NetworkMount {
 public:
  /// Empty when one can be had; otherwise why not.
  static std::string missing() {
    const int device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (device < 0) return "no network file system here: /dev/fuse cannot be opened";
    ::close(device);
    for (const auto* program : {kServer, kClient}) {
      if (::access(program, X_OK) == 0) continue;
      return std::string("no network file system here: no ") + program;
    }
    return {};
  }

  NetworkMount(const std::string& served, std::string point) : point_(std::move(point)) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
    server_ = start(ends[0], {kServer});
    client_ = start(ends[1], {kClient, ":" + served, point_, "-f", "-o", "passive"});
    ::close(ends[0]);
    ::close(ends[1]);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!made_ && std::chrono::steady_clock::now() < until) {
      struct statfs info {};
      made_ = ::statfs(point_.c_str(), &info) == 0 && info.f_type == FUSE_SUPER_MAGIC;
      if (!made_) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  ~NetworkMount() {
    lose();
    if (made_) ::umount2(point_.c_str(), MNT_DETACH);
    end(client_);
  }
  NetworkMount(const NetworkMount&) = delete;
  NetworkMount& operator=(const NetworkMount&) = delete;

  [[nodiscard]] bool made() const { return made_; }
  /// The server is gone; whoever uses the directory is told so.
  void lose() { end(server_); }

 private:
  static constexpr const char* kServer = "/usr/lib/openssh/sftp-server";
  static constexpr const char* kClient = "/usr/bin/sshfs";

  /// With its input and output at that end.
  static pid_t start(int socket, const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const auto& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
    arguments.push_back(nullptr);
    const auto child = ::fork();
    if (child != 0) return child;
    ::dup2(socket, STDIN_FILENO);
    ::dup2(socket, STDOUT_FILENO);
    ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);  // a lost server is no news
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  static void end(pid_t& child) {
    if (child <= 0) return;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    child = -1;
  }

  std::string point_;
  pid_t server_ = -1;
  pid_t client_ = -1;
  bool made_ = false;
};

}  // namespace factorwal::test
