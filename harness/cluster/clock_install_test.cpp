// Whether a process has its moved clock, asked at every moment of a short life.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <string>

#include "harness/cluster/agent/clock.h"
#include "harness/cluster/agent/launch.h"
#include "harness/core/testing/temporary_folder.h"

namespace assay::agent {
namespace {

class InstalledClocks : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = clock_unavailable(); !why.empty()) GTEST_SKIP() << why;
    make_clock_file(path());
  }

  std::string path() const { return folder_.path("clock"); }

  const TemporaryFolder folder_;
};

// Its memory goes in the middle of a look at it, too: then it is ending, not without a clock.
TEST_F(InstalledClocks, AreThereUntilTheProcessEnds) {
  const ClockFile clock(path());
  for (int life = 0; life < 300; ++life) {
    const pid_t child = launch({.binary = "/bin/true", .clock_descriptor = clock.descriptor()}, [](pid_t) {});
    InstalledClock found;
    while (!(found = inspect_clock(child, clock.path())).ending) {
      EXPECT_TRUE(found.mapped && found.patched) << "life " << life;
      if (HasFailure()) break;
    }
    ::waitpid(child, nullptr, 0);
    if (HasFailure()) return;
  }
}

TEST_F(InstalledClocks, AreNotInAProcessThatWasStartedWithoutOne) {
  const pid_t child = launch({.binary = "/bin/sleep", .arguments = {"1000"}}, [](pid_t) {});
  const InstalledClock found = inspect_clock(child, path());
  EXPECT_FALSE(found.mapped || found.patched || found.ending);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(inspect_clock(child, path()).ending);
}

}  // namespace
}  // namespace assay::agent
