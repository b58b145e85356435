#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "factorwal/feed.h"
#include "feed/columns/column_guess.h"
#include "feed/files/file_name.h"

namespace factorwal::feed {
namespace {

namespace fs = std::filesystem;

/// Files that were found for one argument, and what was left out of them.
struct FoundFiles {
  std::vector<std::string> files;
  std::vector<std::string> others;  ///< by their names no ticks
  std::size_t folders = 0;

  void add(const std::string& path, bool any_name) {
    std::error_code failed;
    const std::string name(name_in_folder(path));
    if (fs::is_directory(path, failed)) {
      ++folders;
    } else if (any_name || is_tick_name(name)) {
      files.push_back(path);
    } else if (!name.starts_with('.')) {
      others.push_back(name);
    }
  }
};

Result<FoundFiles> list_folder(const std::string& path) {
  FoundFiles found;
  std::error_code failed;
  const std::string prefix = path.ends_with('/') ? path : path + '/';
  fs::directory_iterator entry(path, failed);
  while (!failed && entry != fs::directory_iterator()) {
    found.add(prefix + entry->path().filename().string(), false);
    entry.increment(failed);
  }
  if (failed) {
    return Error{Errc::kIo, path + ": cannot be listed: " + failed.message(), failed.value()};
  }
  return found;
}

Result<FoundFiles> list_pattern(const std::string& pattern) {
  FoundFiles found;
  glob_t matches{};
  // Unsafe beside a change of the locale or the environment alone, which a library leaves be.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const int done = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &matches);
  const int error = errno;
  // A pattern that gives an ending chooses the files itself.
  const bool any_name = !pattern.ends_with('*');
  for (std::size_t i = 0; done == 0 && i < matches.gl_pathc; ++i) {
    found.add(matches.gl_pathv[i], any_name);
  }
  ::globfree(&matches);
  if (done != 0 && done != GLOB_NOMATCH) {
    return Error{Errc::kIo,
                 pattern + ": cannot be listed: " + std::generic_category().message(error), error};
  }
  return found;
}

/// By the dates in their names, where all have one; else by the names. True: by dates.
bool sort_files(std::vector<std::string>& files) {
  struct Named {
    std::string path;
    int date = 0;
  };
  std::vector<Named> named;
  bool dated = true;
  for (std::string& file : files) {
    const auto date = date_in_name(name_in_folder(file));
    dated = dated && date.has_value();
    named.push_back({std::move(file), date ? date->date : 0});
  }
  std::sort(named.begin(), named.end(), [&](const Named& left, const Named& right) {
    if (dated && left.date != right.date) return left.date < right.date;
    return natural_less(left.path, right.path);
  });
  for (std::size_t i = 0; i < files.size(); ++i) files[i] = std::move(named[i].path);
  return dated;
}

bool is_there(const std::string& path) {
  std::error_code failed;
  return fs::exists(fs::symlink_status(path, failed));
}

bool is_pattern(const std::string& path) {
  return path.find_first_of("*?[") != std::string::npos && !is_there(path);
}

Status add_files(const std::string& path, FoundFiles found, std::vector<std::string>& all,
                 FeedReport& report) {
  if (found.files.empty()) {
    std::string what =
        path + ": has no tick files (csv, tsv, txt, parquet, arrow, feather, packed or not)";
    if (!found.others.empty()) what += "; others are there: " + quoted_list(found.others);
    if (found.folders > 0) {
      what += "; folders are not entered: '" + path + (path.ends_with('/') ? "" : "/") +
              "*' names what is in them";
    }
    return Error{Errc::kNotFound, std::move(what)};
  }
  const bool dated = sort_files(found.files);
  const std::string count = std::to_string(found.files.size());
  report.note(path, (found.files.size() == 1 ? "one file, " : count + " files, ") +
                        (found.files.size() == 1
                             ? found.files.front()
                             : "from " + found.files.front() + " to " + found.files.back() +
                                   ", in the order of their " + (dated ? "dates" : "names")));
  if (!found.others.empty()) {
    std::sort(found.others.begin(), found.others.end());
    report.note(path, "left out, by their names no ticks: " + quoted_list(found.others));
  }
  if (found.folders > 0) {
    report.note(path, std::to_string(found.folders) + " folders in it were not entered");
  }
  all.insert(all.end(), found.files.begin(), found.files.end());
  return {};
}

}  // namespace

Result<std::vector<std::string>> expand_paths(const std::vector<std::string>& paths,
                                              FeedReport& report) {
  std::vector<std::string> all;
  for (const std::string& path : paths) {
    std::error_code failed;
    const bool folder = path != "-" && fs::is_directory(path, failed);
    if (!folder && (path == "-" || !is_pattern(path))) {
      all.push_back(path);
      continue;
    }
    Result<FoundFiles> found = folder ? list_folder(path) : list_pattern(path);
    if (!found) return found.error();
    if (!folder && found->files.empty() && found->others.empty() && found->folders == 0) {
      return Error{Errc::kNotFound, path + ": no file is called so"};
    }
    if (Status added = add_files(path, std::move(*found), all, report); !added) {
      return added.error();
    }
  }
  return all;
}

}  // namespace factorwal::feed
