// The limit of memory holds for the whole program as the operating system sees it: what a check adds to what the program
// takes without one. (checkers/memory_test.cpp looks at every search, from inside.)
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "harness/core/rng.h"
#include "tests/program.h"

namespace assay::project {
namespace {

// A queue of few different elements and much concurrency; three that were taken out are wrong.
std::string hard_history() {
  struct Line {
    std::int64_t time;
    std::string text;
  };
  Rng rng(1);
  std::vector<Line> lines;
  std::deque<std::int64_t> elements;
  constexpr std::int64_t kOperations = 3'000, kWrong = 1'500;
  for (std::int64_t i = 0; i < kOperations; ++i) {
    const std::int64_t effect = i * 10 + 1'000;
    const bool put = elements.empty() || rng.chance(13, 25);
    std::int64_t value = put ? rng.between(0, 2) : elements.front();
    if (put) {
      elements.push_back(value);
    } else {
      elements.pop_front();
      if (i >= kWrong && i < kWrong + 3) value = (value + 1) % 3;
    }
    const std::string what =
        "\"process\":" + std::to_string(i) + ",\"f\":\"" + (put ? "enqueue" : "dequeue") + "\"";
    const std::string brought = put ? std::to_string(value) : "null";
    lines.push_back({effect - rng.between(0, 150), what + ",\"type\":\"invoke\",\"value\":" + brought});
    lines.push_back(
        {effect + rng.between(0, 150), what + ",\"type\":\"ok\",\"value\":" + std::to_string(value)});
  }
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.time < b.time; });
  std::string text;
  for (const Line& line : lines) text += "{\"time\":" + std::to_string(line.time) + "," + line.text + "}\n";
  return text;
}

// The most that the program held in memory, in bytes.
std::size_t peak_of_check(const std::string& history, const std::string& limit, int& exit_code) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::execl(ASSAY_PROGRAM, ASSAY_PROGRAM, "check", history.c_str(), "--checker", "linearizable",
            "--memory-limit", limit.c_str(), "--time-limit", "30s", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return static_cast<std::size_t>(usage.ru_maxrss) << 10;
}

TEST(MemoryLimit, HoldsForTheWholeProgram) {
  const WorkFolder folder;
  const std::string history = folder.write("h.jsonl", hard_history());
  int exit_code = 0;
  const std::size_t without = peak_of_check(history, "1K", exit_code);
  EXPECT_EQ(exit_code, 2);
  const std::size_t limit = std::size_t{8} << 20;
  const std::size_t peak = peak_of_check(history, "8M", exit_code);
  EXPECT_EQ(exit_code, 2);
  EXPECT_LE(peak, without + limit + limit / 10 + (std::size_t{2} << 20));
  EXPECT_GT(peak, without + limit / 4);
}

}  // namespace
}  // namespace assay::project
