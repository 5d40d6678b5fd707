#include "harness/run/raised_priority.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <thread>

namespace assay {
namespace {

int nice_of(pid_t thread) { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(thread)); }

bool may_raise() {
  const int before = nice_of(::gettid());
  const bool may = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), before - 1) == 0;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), before);
  return may;
}

TEST(RaisedPriority, IsThisThreadsAloneAndEndsWithIt) {
  if (!may_raise()) GTEST_SKIP() << "raising a priority needs root, CAP_SYS_NICE or RLIMIT_NICE";
  std::promise<pid_t> number;
  std::promise<void> end;
  std::thread other([&] {
    number.set_value(::gettid());
    end.get_future().wait();
  });
  const pid_t other_thread = number.get_future().get();
  const int before = nice_of(::gettid());
  {
    const RaisedPriority raised;
    EXPECT_EQ(raised.nice(), kMeasuringNice);
    EXPECT_EQ(nice_of(::gettid()), kMeasuringNice);
    EXPECT_EQ(nice_of(other_thread), before);
  }
  EXPECT_EQ(nice_of(::gettid()), before);
  end.set_value();
  other.join();
}

TEST(RaisedPriority, ChangesNothingWhereItIsNotAllowed) {
  // A user without rights has a process of its own here: it can't get them back.
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    const int before = nice_of(::gettid());
    const RaisedPriority raised;
    ::_exit(raised.nice() == before && nice_of(::gettid()) == before ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// Somebody who began with a higher priority keeps it.
TEST(RaisedPriority, NeverLowersOne) {
  if (!may_raise()) GTEST_SKIP() << "raising a priority needs root, CAP_SYS_NICE or RLIMIT_NICE";
  std::thread([] {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kMeasuringNice - 5);
    const RaisedPriority raised;
    EXPECT_EQ(raised.nice(), kMeasuringNice - 5);
  }).join();
}

}  // namespace
}  // namespace assay
