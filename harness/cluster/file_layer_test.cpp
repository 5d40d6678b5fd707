// The layer under a node's data: files as they are, chosen ones hurt, what was not synced lost, and nothing left when it dies.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>

#include "harness/cluster/agent/layer/file_layer.h"
#include "harness/cluster/agent/layer/layer_mount.h"
#include "harness/core/testing/temporary_folder.h"

namespace assay::agent {
namespace {

using cluster::Message;
using ::testing::AnyOf;
using ::testing::UnorderedElementsAre;

// What a call came to in the database's process: errno's number; minus one: it died of SIGKILL.
using Deed = std::function<bool()>;

class Layer : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = layer_unavailable(); !reason.empty()) GTEST_SKIP() << reason;
    std::filesystem::create_directory(data());
    std::filesystem::create_directory(folder_.path("aside"));
    layer_ = std::make_unique<FileLayer>(ASSAY_AGENT,
                                         LayerOptions{data(), folder_.path("aside"), /*loses_power=*/true},
                                         folder_.path("log"), [](pid_t, std::uint64_t) {});
    layer_->up();
  }
  void TearDown() override {
    layer_.reset();
    EXPECT_FALSE(layer_is_mounted(data()));
    detach_layer(data());
  }

  std::string data() const { return folder_.path("data"); }
  std::string in_data(const std::string& name) const { return data() + "/" + name; }

  void fault(const std::string& kind, const std::string& place = "", const std::string& calls = "",
             std::int64_t delay = 0) {
    Message request;
    request.verb = "fault";
    request.add("kind", kind).add("delay", delay).add("draw", 1);
    if (!place.empty()) request.add("place", place);
    if (!calls.empty()) request.add("calls", calls);
    layer_->ask(request);
  }
  Message counters() {
    Message request;
    request.verb = "counters";
    return layer_->ask(request);
  }
  // What the layer takes for the database: a child in a session of its own.
  static pid_t begin(const Deed& deed) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::setsid();
    errno = 0;
    const bool done = deed();
    ::_exit(done ? 0 : errno);
  }
  static int end(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  static int database(const Deed& deed) { return end(begin(deed)); }

  static bool write_at(const std::string& path, const std::string& bytes, off_t offset, bool sync = false) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
    return file.valid() &&
           ::pwrite(file.get(), bytes.data(), bytes.size(), offset) == static_cast<ssize_t>(bytes.size()) &&
           (!sync || ::fsync(file.get()) == 0);
  }
  static bool read_some(const std::string& path, std::size_t wanted) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string bytes(wanted, ' ');
    return file.valid() && ::pread(file.get(), bytes.data(), wanted, 0) == static_cast<ssize_t>(wanted);
  }
  // As the database finds it after the power is back.
  void lose_power() {
    Message request;
    request.verb = "take-back";
    layer_->ask(request);
    layer_->down();
    layer_->up();
  }

  TemporaryFolder folder_;
  std::unique_ptr<FileLayer> layer_;
};

TEST_F(Layer, FilesAreWhatTheyWouldBeWithoutIt) {
  namespace fs = std::filesystem;
  fs::create_directories(in_data("a/b"));
  folder_.write("data/a/one", "first");
  folder_.write("data/a/one", "again");
  fs::rename(in_data("a/one"), in_data("a/b/two"));
  fs::create_hard_link(in_data("a/b/two"), in_data("three"));
  fs::create_symlink("three", in_data("four"));
  fs::permissions(in_data("three"), fs::perms::owner_read);
  fs::resize_file(in_data("a/b/two"), 3);
  fs::remove(in_data("a/b/two"));
  fs::remove(in_data("a/b"));
  std::ofstream(in_data("three"), std::ios::app) << "+more";
  folder_.write("data/assay-trial", "aside");
  EXPECT_EQ(folder_.read("data/four"), "aga+more");
  EXPECT_EQ(fs::read_symlink(in_data("four")), "three");
  EXPECT_EQ(fs::status(in_data("three")).permissions(), fs::perms::owner_read);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(data())) names.push_back(entry.path().filename());
  EXPECT_THAT(names, UnorderedElementsAre("a", "three", "four")) << "what is aside is not listed";
  EXPECT_EQ(folder_.read("aside/assay-trial"), "aside");
  // More names than one answer holds.
  for (int i = 0; i < 300; ++i) folder_.write("data/a/a-name-that-is-not-short-" + std::to_string(i), "");
  EXPECT_EQ(std::distance(fs::directory_iterator(in_data("a")), fs::directory_iterator()), 300);
  layer_->down();
  EXPECT_EQ(folder_.read("data/three"), "aga+more");
  EXPECT_FALSE(fs::exists(in_data("assay-trial")));
}

TEST_F(Layer, OnlyChosenFilesAndCallsFail) {
  folder_.write("data/1.log", "log of it");
  folder_.write("data/1.sst", "data of it");
  const auto append = [this](const char* name) { return write_at(in_data(name), "more", 4, true); };
  fault("errors", "log");
  EXPECT_EQ(database([&] { return append("1.sst"); }), 0);
  EXPECT_EQ(database([&] { return append("1.log"); }), EIO);
  EXPECT_EQ(database([&] { return append("new.log"); }), EIO);
  EXPECT_EQ(database([&] { return read_some(in_data("1.log"), 4); }), EIO) << "also what was in memory";
  EXPECT_EQ(counters().integer("writes"), 2);
  EXPECT_EQ(counters().integer("reads"), 1);
  EXPECT_TRUE(append("1.sst")) << "the agent itself is let alone";
  EXPECT_TRUE(append("1.log")) << "the agent itself is let alone";
  fault("errors", "data", "sync");
  EXPECT_EQ(database([&] { return append("1.log"); }), 0);
  EXPECT_EQ(database([&] { return append("1.sst"); }), EIO);
  EXPECT_EQ(counters().integer("writes"), 0) << "counted from when the fault began";
  EXPECT_EQ(counters().integer("syncs"), 1);
  fault("full");
  EXPECT_EQ(database([&] { return append("1.sst"); }), ENOSPC);
  EXPECT_EQ(database([&] { return ::unlink(in_data("1.sst").c_str()) == 0; }), 0) << "room can be made";
  fault("read-only");
  EXPECT_EQ(database([&] { return append("1.log"); }), EROFS);
  fault("short-reads", "log");
  EXPECT_EQ(database([&] { return read_some(in_data("1.log"), 9); }), EPERM - EPERM) << "errno is not set";
  EXPECT_EQ(counters().integer("reads"), 1);
  fault("none");
  EXPECT_EQ(database([&] { return append("1.log"); }), 0);
}

// The kernel would take it for the end of the file, for everybody and for long.
TEST_F(Layer, ReadsOfFilesThatWereOpenBeforeAreNotCut) {
  folder_.write("data/1.log", std::string(10'000, 'a'));
  const std::string path = in_data("1.log");
  const pid_t child = begin([&] {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    ::raise(SIGSTOP);
    std::string bytes(10'000, ' ');
    return ::pread(file.get(), bytes.data(), bytes.size(), 0) == 10'000;
  });
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));
  fault("short-reads", "log");
  ::kill(child, SIGCONT);
  EXPECT_EQ(end(child), 0);
  EXPECT_NE(database([&] { return read_some(path, 10'000); }), -1);
  EXPECT_EQ(counters().integer("reads"), 1);
  // Reads ahead are cut, too, and are none of the file's end.
  EXPECT_EQ(database([&] {
              const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
              return ::readahead(file.get(), 0, 10'000) == 0;
            }),
            0);
  EXPECT_EQ(std::filesystem::file_size(path), 10'000U);
  fault("none");
  EXPECT_EQ(database([&] { return read_some(path, 10'000) || (errno = ENODATA, false); }), 0);
}

TEST_F(Layer, AFailedSyncForgetsAndTheNextOneLies) {
  EXPECT_TRUE(write_at(in_data("x.wal"), std::string(6000, 'a'), 0, true));
  fault("lost-sync", "log");
  EXPECT_EQ(database([&] {
              const std::string path = in_data("x.wal");
              const Descriptor file(::open(path.c_str(), O_RDWR));
              if (::pwrite(file.get(), std::string(9000, 'b').c_str(), 9000, 5000) != 9000) return false;
              if (::fsync(file.get()) == 0 || errno != EIO) return errno = 1, false;
              errno = 2;
              return ::fsync(file.get()) == 0;
            }),
            0);
  EXPECT_EQ(counters().integer("syncs"), 1);
  fault("none");
  layer_->down();
  std::string wanted(6000, 'a');
  wanted.resize(14'000, '\0');
  EXPECT_TRUE(folder_.read("data/x.wal") == wanted) << "the size is in the journal, the pages are gone";
}

TEST_F(Layer, AWriteIsTornAtASectorAndItsProcessDies) {
  EXPECT_TRUE(write_at(in_data("x.log"), std::string(100, 'a'), 0, true));
  fault("torn", "log");
  EXPECT_EQ(database([&] { return write_at(in_data("x.log"), std::string(300, 'b'), 100); }), 0)
      << "what lies in one sector can't be torn";
  EXPECT_EQ(database([&] { return write_at(in_data("x.log"), std::string(3000, 'c'), 400); }), -1);
  EXPECT_EQ(database([&] { return write_at(in_data("x.log"), std::string(10, 'd'), 0); }), EIO)
      << "nothing comes after it";
  const Message told = counters();
  EXPECT_EQ(told.text("torn-file"), "x.log");
  EXPECT_EQ(told.integer("torn-size"), 3000);
  EXPECT_EQ((told.integer("torn-kept") + 400) % 512, 0);
  EXPECT_EQ(told.integer("writes"), 1);
  layer_->down();
  const std::string kept = std::string(static_cast<std::size_t>(told.integer("torn-kept")), 'c');
  EXPECT_TRUE(folder_.read("data/x.log") == std::string(100, 'a') + std::string(300, 'b') + kept);
}

TEST_F(Layer, AStuckCallComesBackWhenItsProcessIsKilledOrTheFaultEnds) {
  EXPECT_TRUE(write_at(in_data("x.log"), "a", 0) && write_at(in_data("y.log"), "a", 0));
  fault("stuck", "log");
  const auto append = [&] { return write_at(in_data("x.log"), "b", 1); };
  const pid_t killed = begin(append), freed = begin([&] { return write_at(in_data("y.log"), "b", 1); });
  while (counters().integer("writes") < 2) ::usleep(1000);
  EXPECT_EQ(::waitpid(killed, nullptr, WNOHANG), 0);
  ::kill(killed, SIGKILL);
  EXPECT_EQ(end(killed), -1);
  EXPECT_EQ(::waitpid(freed, nullptr, WNOHANG), 0);
  fault("none");
  EXPECT_EQ(end(freed), 0);
  EXPECT_EQ(folder_.read("data/x.log") + folder_.read("data/y.log"), "aab") << "who was killed wrote nothing";
  // The layer's own timer, whatever becomes of the agent.
  Message request;
  request.verb = "fault";
  layer_->ask(request.add("kind", "stuck").add("longest-wait", 50));
  EXPECT_EQ(database(append), 0);
}

TEST_F(Layer, ASlowCallTakesItsTime) {
  fault("slow", "log", "", 30'000'000);
  const std::int64_t before = monotonic_nanos();
  EXPECT_EQ(database([&] { return write_at(in_data("x.log"), "b", 1, true); }), 0);
  EXPECT_GE(monotonic_nanos() - before, 90'000'000) << "made, written and synced";
  EXPECT_EQ(counters().integer("syncs"), 1);
}

TEST_F(Layer, PowerLossKeepsWhatWasSyncedAndNothingElse) {
  namespace fs = std::filesystem;
  EXPECT_TRUE(write_at(in_data("old"), std::string(10'000, 'a'), 0, true));
  EXPECT_TRUE(write_at(in_data("cut"), std::string(10'000, 'b'), 0, true));
  fs::create_directory(in_data("gone-folder"));
  folder_.write("data/never", "never synced");
  folder_.write("data/removed", "r");
  EXPECT_TRUE(write_at(in_data("replaced"), "p", 0, true)) << "a sync keeps all names until then";
  // From here on nothing is.
  EXPECT_TRUE(write_at(in_data("old"), "XYZ", 4095));
  EXPECT_TRUE(write_at(in_data("old"), "tail", 10'000));
  fs::resize_file(in_data("cut"), 5000);
  fs::resize_file(in_data("cut"), 8000);
  folder_.write("data/new", "n");
  fs::create_directory(in_data("new-folder"));
  folder_.write("data/new-folder/file", "f");
  fs::remove(in_data("removed"));
  fs::remove(in_data("gone-folder"));
  fs::rename(in_data("new"), in_data("replaced"));
  lose_power();
  EXPECT_TRUE(folder_.read("data/old") == std::string(10'000, 'a'));
  EXPECT_TRUE(folder_.read("data/cut") == std::string(10'000, 'b'));
  EXPECT_EQ(folder_.read("data/replaced"), "p");
  EXPECT_EQ(folder_.read("data/never"), "") << "its name was in the journal, its content was not synced";
  EXPECT_EQ(folder_.read("data/removed"), "");
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(data())) names.push_back(entry.path().filename());
  EXPECT_THAT(names, UnorderedElementsAre("old", "cut", "never", "removed", "replaced", "gone-folder"));
  EXPECT_TRUE(fs::is_empty(folder_.path("aside")));
}

// The process is killed while a call waits in it; or it stops, and somebody else gives the calls up.
TEST_F(Layer, ItsDeathHangsNobody) {
  EXPECT_TRUE(write_at(in_data("x.log"), "a", 0));
  const auto append = [&] { return write_at(in_data("x.log"), "b", 1); };
  for (const bool stops : {false, true}) {
    fault("stuck", "log");
    const pid_t waiting = begin(append);
    while (counters().integer("writes") < 1) ::usleep(1000);
    ::kill(layer_->process(), stops ? SIGSTOP : SIGKILL);
    EXPECT_TRUE(!stops || abort_layer(data()));
    EXPECT_THAT(end(waiting), AnyOf(ECONNABORTED, ENOTCONN));
    EXPECT_TRUE(layer_is_mounted(data()));
    EXPECT_TRUE(detach_layer(data()));
    EXPECT_FALSE(layer_is_mounted(data()));
    EXPECT_EQ(folder_.read("data/x.log"), "a");
    if (stops) ::kill(layer_->process(), SIGKILL);
    layer_->down();
    layer_->up();
  }
}

// The agent is gone: its end of the conversation is closed.
TEST_F(Layer, ItEndsWithTheAgent) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  layer_->down();
  const pid_t agent = ::fork();
  if (agent == 0) {
    layer_->up();
    const pid_t process = layer_->process();
    if (::write(ends[1], &process, sizeof process) < 0) ::_exit(1);
    ::pause();
  }
  pid_t process = 0;
  ASSERT_EQ(::read(ends[0], &process, sizeof process), static_cast<ssize_t>(sizeof process));
  EXPECT_TRUE(layer_is_mounted(data()));
  ::kill(agent, SIGKILL);
  ::waitpid(agent, nullptr, 0);
  while (process_stat(process).state != 'X' && process_stat(process).state != 'Z') ::usleep(1000);
  EXPECT_FALSE(layer_is_mounted(data()));
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace assay::agent
