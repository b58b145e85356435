#pragma once
/// Runs the real tool, and keeps both of its streams apart.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/file_text.h"
#include "support/temp_dir.h"

namespace factorwal::test {

struct Outcome {
  int status = -1;  ///< exit code, or 128 + the signal
  std::string out;
  std::string err;
};

/// A running program. Its streams go to files, so that no pipe fills up.
class Command {
 public:
  explicit Command(std::vector<std::string> arguments, const std::string& input = "",
                   std::vector<std::string> environment = {}) {
    std::ofstream(files_ / "in", std::ios::binary) << input;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const auto redirect = [&](int descriptor, const char* name, int flags) {
      posix_spawn_file_actions_addopen(&actions, descriptor, (files_ / name).c_str(), flags, 0600);
    };
    redirect(0, "in", O_RDONLY);
    redirect(1, "out", O_WRONLY | O_CREAT | O_TRUNC);
    redirect(2, "err", O_WRONLY | O_CREAT | O_TRUNC);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
    std::vector<char*> envp;
    for (auto& entry : environment) envp.push_back(entry.data());
    envp.push_back(nullptr);
    const int failed =
        posix_spawnp(&pid_, arguments[0].c_str(), &actions, nullptr, argv.data(), envp.data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw std::runtime_error("cannot start " + arguments[0]);
  }
  ~Command() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  void signal(int number) const { ::kill(pid_, number); }
  [[nodiscard]] std::string out() const { return content("out"); }
  [[nodiscard]] std::string err() const { return content("err"); }

  Outcome wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {code, content("out"), content("err")};
  }

 private:
  [[nodiscard]] std::string content(const char* name) const { return text_of(files_ / name); }
  TempDir files_;
  pid_t pid_ = -1;
};

/// `factorwal ARGUMENTS...`
inline Outcome factorwal(std::vector<std::string> arguments, const std::string& input = "",
                         std::vector<std::string> environment = {}) {
  arguments.insert(arguments.begin(), FACTORWAL_TOOL);
  return Command(std::move(arguments), input, std::move(environment)).wait();
}

}  // namespace factorwal::test
