// In a file of its own, whose name puts it first in the program: ThreadSanitizer refuses threads in a child that was
// forked after RocksDB started threads in the parent.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <string>

#include "harness/core/testing/temporary_folder.h"
#include "targets/refdb/storage/storage.h"

namespace assay::refdb {
namespace {

std::map<std::string, std::string> contents(const Storage& storage, std::string_view prefix) {
  std::map<std::string, std::string> found;
  storage.scan(prefix, [&](std::string_view key, std::string_view value) { found.emplace(key, value); });
  return found;
}

std::string numbered(int i) { return "k" + std::to_string(100'000 + i); }

// Each take writes one key and moves a counter; a crash must keep both or neither, and no take after a lost
// one.
void write_forever(const std::string& directory, int report) {
  Storage storage({directory, "n1", ""});
  for (int i = 0;; ++i) {
    storage.apply({{numbered(i), "x"}, {"counter", std::to_string(i)}}, {});
    if (i % 7 == 0) storage.sync();
    if (::write(report, &i, sizeof i) != sizeof i) ::_exit(1);
  }
}

TEST(Crash, KeepsEveryAppliedTakeWhenTheProcessIsKilled) {
  TemporaryFolder folder;
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) write_forever(folder.path("data"), pipe_ends[1]);
  ::close(pipe_ends[1]);
  int last = -1;
  while (last < 500) ASSERT_EQ(::read(pipe_ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  for (int more; ::read(pipe_ends[0], &more, sizeof more) == sizeof more;) last = more;
  ::close(pipe_ends[0]);

  const Storage storage({folder.path("data"), "n1", ""});
  const int counter = std::stoi(contents(storage, "counter").at("counter"));
  EXPECT_GE(counter, last);
  EXPECT_EQ(contents(storage, "k").size(), static_cast<std::size_t>(counter) + 1);
}

}  // namespace
}  // namespace assay::refdb
