#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <new>
#include <sstream>

#include "command.h"
#include "reading/output.h"
#include "terminal.h"

namespace {

/// One line, and where to read more.
std::string usage_message(const CLI::App* app, const CLI::Error& error) {
  std::string command = "factorwal";
  for (const auto* called : app->get_subcommands()) command += " " + called->get_name();
  return "factorwal: error: " + std::string(error.what()) + " (`" + command +
         " --help` tells more)\n";
}

/// Started without standard input, output or error, a program would open its files under their
/// numbers, and print into them.
void fill_standard_descriptors() {
  int fd = -1;
  do {
    fd = ::open("/dev/null", O_RDWR);  // the lowest number that is free
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) ::close(fd);
}

int run_command(int argc, char** argv) {
  using namespace factorwal::tool;
  CLI::App app{"Streaming factors that survive kill -9, bit for bit.", "factorwal"};
  app.require_subcommand(1);
  app.failure_message(usage_message);
  app.set_version_flag("--version", FACTORWAL_VERSION);
  app.set_help_all_flag("--help-all", "Help for every command");
  app.footer(
      "Exit status: 0 ok, 1 failure, 2 usage, 3 corruption found, 4 degraded.\n"
      "Data goes to standard output, messages to standard error. NO_COLOR is honoured.");
  Action action;
  add_run_command(app, action);
  add_query_command(app, action);
  add_recover_command(app, action);
  add_verify_command(app, action);
  add_inspect_command(app, action);
  add_state_command(app, action);
  add_tail_command(app, action);
  add_backup_command(app, action);
  add_archive_command(app, action);
  add_retention_command(app, action);
  add_doctor_command(app, action);
  add_bench_command(app, action);
  add_rings_command(app, action);
  add_operators_command(app, action);
  add_explain_command(app, action);
  add_factors_command(app, action);
  add_generate_command(app, action);
  // Where nobody reads any more, writes fail instead of ending the process.
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)std::signal(SIGXFSZ, SIG_IGN);  // as beyond a limit on the size of files
  if (argc < 2) {
    write_message(app.help());
    return static_cast<int>(ExitCode::kUsage);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream data;
    std::ostringstream message;
    const int status = app.exit(error, data, message);
    write_message(message.str());
    if (status != 0) return static_cast<int>(ExitCode::kUsage);
    Output out(STDOUT_FILENO);
    out << data.str();
    out.flush();
    const auto done = out.status();
    return static_cast<int>(done ? ExitCode::kOk : report(done.error()));
  }
  return static_cast<int>(action());
}

}  // namespace

int main(int argc, char** argv) {
  fill_standard_descriptors();
  using factorwal::tool::write_message;
  // What the library or the system could not say in another way. Nothing is allocated here.
  try {
    return run_command(argc, argv);
  } catch (const std::bad_alloc&) {
    write_message("factorwal: error: out of memory\n");
  } catch (const std::exception& error) {
    write_message("factorwal: error: ");
    write_message(error.what());
    write_message("\n");
  }
  return static_cast<int>(factorwal::tool::ExitCode::kFailure);
}
