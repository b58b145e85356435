#pragma once
/// A subcommand: it adds itself to the command line, and runs if it was called.

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <functional>
#include <string>

#include "exit_code.h"

namespace factorwal::tool {

/// The command that the user called is put here by its callback; main runs it after parsing.
using Action = std::function<ExitCode()>;

/// For counts and sequences. CLI11 itself takes "-1" for an unsigned number, nothing for none, and
/// the largest one for what is larger still.
inline const CLI::Validator kWholeNumber(
    [](std::string& text) {
      if (text.empty()) return std::string("a number is missing");
      if (text.starts_with('-')) return text + " is negative";
      std::uint64_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      return error == std::errc::result_out_of_range ? text + " is too large" : std::string{};
    },
    "");

void add_archive_command(CLI::App& app, Action& action);
void add_backup_command(CLI::App& app, Action& action);
void add_bench_command(CLI::App& app, Action& action);
void add_doctor_command(CLI::App& app, Action& action);
void add_explain_command(CLI::App& app, Action& action);
void add_factors_command(CLI::App& app, Action& action);
void add_generate_command(CLI::App& app, Action& action);
void add_inspect_command(CLI::App& app, Action& action);
void add_operators_command(CLI::App& app, Action& action);
void add_query_command(CLI::App& app, Action& action);
void add_recover_command(CLI::App& app, Action& action);
void add_retention_command(CLI::App& app, Action& action);
void add_rings_command(CLI::App& app, Action& action);
void add_run_command(CLI::App& app, Action& action);
void add_state_command(CLI::App& app, Action& action);
void add_tail_command(CLI::App& app, Action& action);
void add_verify_command(CLI::App& app, Action& action);

}  // namespace factorwal::tool
