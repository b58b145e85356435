#include "doctor/logout.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace factorwal::doctor {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kFirstUser = 1000;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool is_there(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

std::string logind_conf() {
  std::string text = text_of("/etc/systemd/logind.conf") + "\n";
  std::error_code failed;
  std::vector<fs::path> parts;
  for (const auto* folder : {"/usr/lib/systemd/logind.conf.d", "/etc/systemd/logind.conf.d",
                             "/run/systemd/logind.conf.d"}) {
    for (const auto& part : fs::directory_iterator(folder, failed)) parts.push_back(part.path());
  }
  std::ranges::sort(parts, {}, &fs::path::filename);
  for (const auto& part : parts) text += text_of(part) + "\n";
  return text;
}

std::string user_name(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16384);
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return {};
  }
  return found->pw_name;
}

}  // namespace

bool removes_ipc(std::string_view logind_conf) {
  bool removes = true;
  std::istringstream lines{std::string(logind_conf)};
  for (std::string line; std::getline(lines, line);) {
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
    constexpr std::string_view kName = "RemoveIPC=";
    if (!line.starts_with(kName)) continue;
    const auto value = line.substr(kName.size());
    removes = value == "yes" || value == "true" || value == "on" || value == "1" || value.empty();
  }
  return removes;
}

bool loses_shared_memory(const Logout& logout) {
  return logout.logind_runs && logout.user >= kFirstUser && !logout.lingers &&
         removes_ipc(logout.logind_conf);
}

Logout look_at_logout() {
  Logout logout;
  logout.user = ::geteuid();
  logout.logind_runs = is_there("/run/systemd/users") || is_there("/run/systemd/seats");
  const auto name = user_name(logout.user);
  logout.lingers = !name.empty() && is_there("/var/lib/systemd/linger/" + name);
  logout.logind_conf = logind_conf();
  return logout;
}

}  // namespace factorwal::doctor
