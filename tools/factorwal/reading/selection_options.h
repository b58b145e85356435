#pragma once
/// Options that several reading commands share.

#include <CLI/CLI.hpp>
#include <string>

#include "reading/row_printer.h"
#include "reading/selection.h"
#include "reading/time_text.h"

namespace factorwal::tool {

void add_directory_option(CLI::App& command, std::string& directory);
/// --instrument, --factor, --fields
void add_selection_options(CLI::App& command, Selection& selection);
/// --from, --to
void add_time_options(CLI::App& command, std::optional<AskedTime>& from,
                      std::optional<AskedTime>& to);
void add_format_option(CLI::App& command, Format& format);

}  // namespace factorwal::tool
