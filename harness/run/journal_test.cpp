#include "harness/run/journal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/error.h"

namespace assay {
namespace {

// One short line per event.
class TestEncoder final : public EventEncoder {
 public:
  void invoked(const Operation& op, std::uint64_t index, std::string& out) const override {
    line('i', op.id, index, out);
  }
  void completed(const Operation& op, Nanos, std::uint64_t index, std::string& out) const override {
    line('c', op.id, index, out);
  }
  void fault(const FaultEvent&, std::uint64_t index, std::string& out) const override {
    line('f', 0, index, out);
  }

 private:
  static void line(char kind, OpId id, std::uint64_t index, std::string& out) {
    out += kind + std::to_string(id) + " " + std::to_string(index) + "\n";
  }
};

class JournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("assay-journal-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_ / "history.jsonl"; }
  std::string content() const {
    std::ifstream file(path());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::filesystem::path folder_;
};

TEST_F(JournalTest, KeepsEveryEventInOrder) {
  std::string expected;
  {
    Journal journal(path(), std::make_unique<TestEncoder>());
    for (OpId id = 0; id < 50'000; ++id) {
      Operation operation;
      operation.id = id;
      journal.invoked(operation);
      journal.completed(operation, 0);
      expected += "i" + std::to_string(id) + " " + std::to_string(2 * id) + "\n";
      expected += "c" + std::to_string(id) + " " + std::to_string(2 * id + 1) + "\n";
    }
    journal.fault({});
    expected += "f0 100000\n";
    journal.close();
    EXPECT_EQ(journal.error(), "");
  }
  EXPECT_EQ(content(), expected);
}

TEST_F(JournalTest, WritesWhileTheRunGoesOn) {
  Journal journal(path(), std::make_unique<TestEncoder>());
  journal.invoked({});
  // The writer looks every quarter of a second; a slow machine gets its time.
  for (int i = 0; i < 1000 && content().empty(); ++i) ::usleep(10'000);
  EXPECT_EQ(content(), "i0 0\n");
}

TEST_F(JournalTest, SaysWhenItCanNotBeCreated) {
  try {
    Journal journal(folder_ / "missing" / "history.jsonl", std::make_unique<TestEncoder>());
    FAIL() << "created in a folder that does not exist";
  } catch (const HarnessError& error) {
    EXPECT_NE(std::string(error.what()).find("missing/history.jsonl: No such file"), std::string::npos);
  }
}

TEST(Journal, SaysThatTheDiskIsFullAndDoesNotBlock) {
  Journal journal("/dev/full", std::make_unique<TestEncoder>());
  Operation operation;
  for (int i = 0; i < 100'000; ++i) journal.invoked(operation);
  try {
    journal.close();
    FAIL() << "nothing was said";
  } catch (const HarnessError& error) {
    EXPECT_NE(std::string(error.what()).find("No space left"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace assay
