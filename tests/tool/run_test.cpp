// `factorwal run` where something is wrong: with its outputs, and with the log that it goes on in.

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/file_text.h"
#include "tool/tool_fixture.h"
#include "wal/reading/log_reader.h"

namespace factorwal::test {
namespace {

class ToolRun : public ToolTest {
 protected:
  void SetUp() override {
    const auto made = factorwal({"generate", "--rows", "4000", "--instruments", "3"});
    ASSERT_EQ(made.status, 0);
    std::ofstream(path("all.csv")) << made.out;
    // The first half, as whole lines.
    ticks_ = made.out.substr(0, made.out.find('\n', made.out.size() / 2) + 1);
    std::ofstream(path("ticks.csv")) << ticks_;
  }
  [[nodiscard]] Outcome run(std::vector<std::string> more) const {
    more.insert(more.begin(), {"run", "--ticks", path("ticks.csv"), "--data", dir()});
    return factorwal(more);
  }
  /// Runs over a file that grows, `count` times, so that the log has a frame of each run at least,
  /// however the machine is loaded.
  void run_in_parts(std::size_t count) const {
    for (std::size_t part = 1; part <= count; ++part) {
      const auto end = ticks_.find('\n', ticks_.size() * part / count - 1) + 1;
      std::ofstream(path("ticks.csv")) << ticks_.substr(0, end);
      const auto outcome = part == 1 ? run({}) : run({"--resume"});
      ASSERT_EQ(outcome.status, 0) << outcome.err;
    }
  }
  /// Turns over a byte of a frame in the middle of the log.
  void damage_a_frame() const {
    wal::NameTable names;
    auto view = wal::open_log_view(posix_file_system(), dir()).value();
    wal::LogReader reader(posix_file_system(), view, names);
    std::vector<std::pair<std::string, std::uint64_t>> places;
    while (reader.next_frame().value()) {
      if (reader.frame_header().record_count == 0) continue;
      places.emplace_back(reader.segment().path, reader.frame_offset());
    }
    ASSERT_GE(places.size(), 3U);
    const auto& [file, offset] = places[places.size() / 2];
    damage(file, offset + 70);
  }
  [[nodiscard]] std::string content(const std::string& name) const { return text_of(path(name)); }
  [[nodiscard]] long files_in(const std::string& name) const {
    const std::filesystem::directory_iterator all(path(name));
    return std::distance(begin(all), end(all));
  }

 private:
  std::string ticks_;
};

TEST_F(ToolRun, ACertificateThatCannotBeWrittenIsToldBeforeAnythingIsMade) {
  const auto outcome = run({"--certificate", path("no/such/file")});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("No such file"), std::string::npos) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(dir()));
}

TEST_F(ToolRun, ASummaryThatIsLostIsAFailure) {
  const auto outcome = Command({"sh", "-c", "exec \"$@\" > /dev/full", "sh", FACTORWAL_TOOL, "run",
                                "--json", "--ticks", path("ticks.csv"), "--data", dir()})
                           .wait();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("standard output"), std::string::npos) << outcome.err;
}

TEST_F(ToolRun, AConfigValueThatDoesNotFitIsToldWithWhatDoes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"batch_size = 0", "at least 1"},
      {"batch_size = \"many\"", "whole number"},
      {"adaptive = 1", "true or false"},
      {"channel = \"pipe\"", "\"file\" or \"heap\" or \"shm\""},
      {"keep_bytes = \"much\"", "like \"10GB\""},
      {"segment_bytes = 100", "at least 65536"},
  };
  for (const auto& [line, told] : cases) {
    std::ofstream(path("c.toml")) << "# settings\n" << line << "\n";
    const auto outcome = run({"--config", path("c.toml")});
    EXPECT_EQ(outcome.status, 1) << line;
    EXPECT_NE(outcome.err.find("c.toml:2"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(told), std::string::npos) << outcome.err;
  }
  EXPECT_FALSE(std::filesystem::exists(dir()));
}

// Refused with 3; in quarantine it goes on with 4, and says whom the damage hits.
TEST_F(ToolRun, GoesOnBehindDamageOnlyIfToldToAndSaysWhomItHits) {
  ASSERT_NO_FATAL_FAILURE(run_in_parts(5));
  ASSERT_NO_FATAL_FAILURE(damage_a_frame());
  std::filesystem::rename(path("all.csv"), path("ticks.csv"));
  const auto refused = run({"--resume"});
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.err.find("nothing was changed"), std::string::npos) << refused.err;
  const auto told = factorwal({"recover", "--json", "--data", dir()});
  EXPECT_EQ(told.status, 3);
  const auto forecast = nlohmann::json::parse(told.out).at("certificate");
  EXPECT_EQ(forecast.at("decision"), "refuse: corrupt");
  EXPECT_FALSE(forecast.at("hit").empty());

  const auto went_on =
      run({"--resume", "--on-corruption", "quarantine", "--certificate", path("certificate")});
  EXPECT_EQ(went_on.status, 4) << went_on.err;
  EXPECT_NE(went_on.err.find("is hit"), std::string::npos) << went_on.err;
  std::ifstream file(path("certificate"));
  const auto certificate = nlohmann::json::parse(file);
  EXPECT_EQ(certificate.at("decision"), "go on in quarantine");
  EXPECT_EQ(certificate.at("hit"), forecast.at("hit"));
  EXPECT_EQ(certificate.at("lost_records"), forecast.at("lost_records"));
  // From now on it needs no quarantine, and still says that factors are missing.
  EXPECT_EQ(run({"--resume"}).status, 4);
}

// Failure: a refused or killed open left the file empty, and whatever stood there before was gone.
// Cause: whether it can be written was tried by opening it. Cure: it is put there whole, once there
// is a certificate.
TEST_F(ToolRun, ARefusedOpenLeavesTheCertificateOfBefore) {
  ASSERT_NO_FATAL_FAILURE(run_in_parts(5));
  ASSERT_NO_FATAL_FAILURE(damage_a_frame());
  std::filesystem::create_directory(path("out"));
  EXPECT_EQ(run({"--resume", "--certificate", path("out/new")}).status, 3);
  EXPECT_TRUE(std::filesystem::is_empty(path("out")));
  std::ofstream(path("out/old")) << "of before";
  EXPECT_EQ(run({"--resume", "--certificate", path("out/old")}).status, 3);
  EXPECT_EQ(content("out/old"), "of before");
  EXPECT_EQ(files_in("out"), 1);
}

TEST_F(ToolRun, ACertificateReplacesTheOneOfBefore) {
  std::filesystem::create_directories(path("out/elsewhere"));
  std::ofstream(path("out/elsewhere/old")) << std::string(100'000, 'x');
  std::filesystem::permissions(path("out/elsewhere/old"), std::filesystem::perms{0640});
  std::filesystem::create_symlink("elsewhere/old", path("out/link"));
  const auto outcome = run({"--certificate", path("out/link")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(nlohmann::json::parse(content("out/elsewhere/old")).contains("decision"));
  EXPECT_TRUE(std::filesystem::is_symlink(path("out/link")));
  EXPECT_EQ(std::filesystem::status(path("out/elsewhere/old")).permissions(),
            std::filesystem::perms{0640});
  EXPECT_EQ(files_in("out"), 2);
  EXPECT_EQ(files_in("out/elsewhere"), 1);
  EXPECT_EQ(run({"--resume", "--certificate", path("out/new")}).status, 0);
  EXPECT_TRUE(nlohmann::json::parse(content("out/new")).contains("decision"));
}

TEST_F(ToolRun, ACertificateGoesWhereNoFileIs) {
  EXPECT_EQ(run({"--certificate", "/dev/null"}).status, 0);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));

  // Standard output is a file here, a pipe there; the summary comes behind the certificate.
  auto outcome = run({"--resume", "--json", "--certificate", "/dev/stdout"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto end = outcome.out.find("\n}\n");
  ASSERT_NE(end, std::string::npos) << outcome.out;
  EXPECT_TRUE(nlohmann::json::parse(outcome.out.substr(0, end + 2)).contains("decision"));
  EXPECT_TRUE(nlohmann::json::parse(outcome.out.substr(end + 2)).contains("durable_sequence"));

  const auto piped = [&](const std::string& script) {
    return Command({"timeout", "20", "bash", "-c", script, "bash", FACTORWAL_TOOL, "run", "--ticks",
                    path("ticks.csv"), "--data", dir(), "--resume"})
        .wait();
  };
  outcome = piped("\"$@\" --certificate /dev/stdout | cat");
  EXPECT_TRUE(nlohmann::json::parse(outcome.out).contains("decision"));
  const auto fifo = path("fifo");
  outcome =
      piped("mkfifo " + fifo + "; cat " + fifo + " & \"$@\" --certificate " + fifo + "; wait");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(nlohmann::json::parse(outcome.out).contains("decision"));
}

TEST_F(ToolRun, ACertificateHasNoPlaceInAFileThatIsADirectory) {
  const auto outcome = run({"--certificate", temp_.path()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("Is a directory"), std::string::npos) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(dir()));
}

// Failure: without standard error, the message of a run went into the first segment, over its
// header. Cause: the log's files got the number 2. Cure: the tool begins with /dev/null there.
TEST_F(ToolRun, WithoutStandardDescriptorsWritesNoMessageIntoTheLog) {
  for (const auto* closed : {"0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-", "1>&- 2>&-"}) {
    SCOPED_TRACE(closed);
    std::filesystem::remove_all(dir());
    const auto run_with = [&](const std::string& more) {
      return Command({"/bin/sh", "-c",
                      std::string("exec ") + FACTORWAL_TOOL + " run --ticks " + path("ticks.csv") +
                          " --data " + dir() + more + " " + closed})
          .wait();
    };
    EXPECT_EQ(run_with("").status, 0);
    EXPECT_EQ(run_with(" --resume").status, 0);
    EXPECT_EQ(run_with(" --resume --factors " + path("nothing.factors")).status, 1);
    const auto verified = factorwal({"verify", "--data", dir()});
    EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
    EXPECT_TRUE(contains(verified.out, "closed in order")) << verified.out;
  }
}

TEST_F(ToolRun, NumbersThatAreNoTimesAreRefusedUnlessTheirUnitIsGiven) {
  std::ofstream(path("ticks.csv")) << "time,instrument,close\n20,A,1\n\n1,A,2\n30,A,3\n";
  const auto refused = run({});
  EXPECT_EQ(refused.status, 1);
  EXPECT_TRUE(contains(refused.err, "times of day without a date")) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(dir()));
  const auto taken = run({"--time-format", "s"});
  EXPECT_EQ(taken.status, 0) << taken.err;
  EXPECT_EQ(factorwal({"query", "--data", dir(), "--format", "csv", "--fields", "close"}).status,
            0);
}

// Failure: the message blamed a newer release.
TEST_F(ToolRun, APositionOfAnotherProgramIsToldAsSuch) {
  for (const auto bytes : {std::size_t{8}, std::size_t{36}}) {
    std::filesystem::remove_all(dir());
    auto wal = WalManager::open(dir()).value();
    FactorWalPersister persister(wal);
    ASSERT_TRUE(
        persister.send_position(Bytes(bytes, static_cast<std::byte>(bytes == 8 ? 192 : 0))));
    ASSERT_TRUE(wal->close());
    for (const auto* how : {"--append", "--resume"}) {
      const auto refused = run({how});
      EXPECT_EQ(refused.status, bytes == 8 ? 1 : 3) << refused.err;
      EXPECT_TRUE(contains(refused.err, "another program wrote it")) << refused.err;
      EXPECT_TRUE(contains(refused.err, "use another directory")) << refused.err;
    }
  }
}

}  // namespace
}  // namespace factorwal::test
