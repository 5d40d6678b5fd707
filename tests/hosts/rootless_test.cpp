// Local hosts of a user who isn't root, in a machine of that user's own. The tests run as root and make themselves a user: in a
// namespace of mounts with an /etc of its own, so that nothing of this machine is touched. They skip visibly where the kernel
// allows no user namespaces.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/program.h"

extern char** environ;

namespace assay::project {
namespace {

class Rootless : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "making a user needs root";
    if (folder_.run("command -v newuidmap newgidmap setpriv").exit_code != 0)
      GTEST_SKIP() << "newuidmap or setpriv is missing (packages uidmap and util-linux)";
    ::chmod(folder_.path().c_str(), 0755);
    const std::string id = std::to_string(uid_);
    const std::string made = folder_
                                 .run("mkdir home bin && cp -a /etc etc && chown " + id + ":" + id +
                                      " home && echo 'tester:x:" + id + ":" + id +
                                      "::/nowhere:/bin/sh' >>etc/passwd && echo 'tester:x:" + id +
                                      ":' >>etc/group && echo 'tester:" + std::to_string(first_id_) +
                                      ":65536' >etc/subuid && cp etc/subuid etc/subgid")
                                 .error;
    ASSERT_EQ(made, "");
    const Printed possible = folder_.run(as_user("unshare -Urnmpf --map-auto --mount-proc true"));
    if (possible.exit_code != 0) GTEST_SKIP() << "no user namespaces here: " << possible.error;
  }

  // A shell command that becomes the user's, in the user's home folder. The programs may be where the user can't look.
  std::string as_user(const std::string& command) const {
    const std::string here = folder_.path().string(), id = std::to_string(uid_);
    const std::string programs = std::filesystem::path(ASSAY_PROGRAM).parent_path().string();
    return "exec env -u XDG_STATE_HOME HOME=" + here + "/home PATH=" + here +
           "/bin:$PATH unshare -m --propagation private sh -c 'mount --bind " + here +
           "/etc /etc && mount --bind " + programs + " " + here + "/bin && cd " + here +
           "/home && exec setpriv --reuid " + id + " --regid " + id + " --clear-groups \"$@\"' sh " + command;
  }
  Printed assay(const std::string& arguments) const { return folder_.run(as_user("assay " + arguments)); }

  // Starts it in the background and returns its process id.
  pid_t start(const std::string& arguments) const {
    const std::string command =
        "cd " + folder_.path().string() + " && " + as_user("assay " + arguments) + " >run.out 2>run.error";
    const char* argv[] = {"sh", "-c", command.c_str(), nullptr};
    pid_t pid = 0;
    EXPECT_EQ(::posix_spawn(&pid, "/bin/sh", nullptr, nullptr, const_cast<char**>(argv), environ), 0);
    return pid;
  }

  // What runs as the user or as anybody of the user's range.
  std::string processes() const {
    return folder_
        .run("ps -eo uid,pid,args --no-headers | awk '$1 == " + std::to_string(uid_) + " || ($1 >= " +
             std::to_string(first_id_) + " && $1 < " + std::to_string(first_id_ + 65'536) + ")'")
        .out;
  }
  // What a machine that ended leaves is gone a moment later.
  std::string processes_in_the_end() const {
    for (int i = 0; i < 1'000 && !processes().empty(); ++i) ::usleep(10'000);
    return processes();
  }
  bool wait_for_fault() const {
    for (int i = 0; i < 400; ++i) {
      if (content_of(folder_.path() / "home/store/latest/history.jsonl").find("\"start-") !=
          std::string::npos)
        return true;
      ::usleep(100'000);
    }
    return false;
  }
  void kill_in_the_middle(pid_t pid) const {
    EXPECT_TRUE(wait_for_fault()) << content_of(folder_.path() / "run.error");
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }

  WorkFolder folder_;
  // Of this test process's own, so that another one's processes are not taken for these.
  const long uid_ = 20'000 + ::getpid() % 20'000;
  const long first_id_ = 100'000'000 + ::getpid() % 10'000 * 65'536L;
};

TEST_F(Rootless, FaultsOnLocalHostsAreProvedAndHealed) {
  const Printed printed = assay(
      "run --cluster local --nodes 3 --warm-up 100ms --time-limit 7s --rate 200 --seed 3 --json --schedule "
      "\"100ms partition-one 300ms; then+100ms packets-link-loss:50% 300ms; then+100ms kill-signal-leader "
      "300ms; then+200ms pause-one 300ms; then+100ms clock-skew-one:5s 300ms; then+100ms connections-reset "
      "200ms; then+100ms limit-files-one 100ms; then+100ms damage-flip-log-one 200ms; then+200ms "
      "wipe-follower 300ms\"");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  const auto results = nlohmann::json::parse(printed.out, nullptr, false);
  ASSERT_TRUE(results.is_object()) << printed.error;
  ASSERT_EQ(results["faults"].size(), 9u) << printed.error;
  for (const auto& fault : results["faults"]) {
    EXPECT_TRUE(fault["verified"].get<bool>()) << fault;
    EXPECT_TRUE(fault["healed"].get<bool>()) << fault;
  }
  EXPECT_EQ(processes_in_the_end(), "");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "home/.local"))
      << "a run's own machine is noted nowhere";
}

TEST_F(Rootless, AKilledRunTakesItsHostsAlong) {
  kill_in_the_middle(
      start("run --cluster local --nodes 3 --warm-up 100ms --time-limit 60s --schedule \"0s partition-leader "
            "50s\""));
  EXPECT_EQ(processes_in_the_end(), "");
}

TEST_F(Rootless, HostsOutliveTheCommandAndGoWithDown) {
  const Printed up = assay("cluster up --nodes 3");
  ASSERT_EQ(up.exit_code, 0) << up.error;
  const std::string status = assay("cluster status").out;
  EXPECT_NE(status.find("n3     10.77.0.13      running"), std::string::npos) << status;
  EXPECT_EQ(status.find("left over"), std::string::npos) << status;

  const Printed doctor = assay("cluster doctor hosts.json --json");
  EXPECT_EQ(doctor.exit_code, 0) << doctor.error;
  const auto hosts = nlohmann::json::parse(doctor.out, nullptr, false);
  ASSERT_EQ(hosts.size(), 3u) << doctor.out;
  std::set<std::string> lacking;
  for (const auto& [fault, answer] : hosts[0]["faults"].items()) {
    if (answer != true) lacking.insert(fault + ": " + answer.get<std::string>());
  }
  const std::string groups = ": root of a user namespace can't have groups of processes (cgroups)";
  std::set<std::string> expected = {"limit-cpu" + groups, "limit-memory" + groups, "limit-tasks" + groups,
                                    "pause-freezer" + groups};
  // Where this machine lets anybody use FUSE, a layer stands for the disks that there can't be.
  struct stat fuse {};
  if (::stat("/dev/fuse", &fuse) != 0 || (fuse.st_mode & 6) != 6) {
    for (const char* fault : {"disk", "kill-power", "kill-torn"})
      expected.insert(std::string(fault) +
                      ": root of a user namespace can't have loop devices, which disks that lose power or "
                      "fail are made of");
  }
  EXPECT_EQ(lacking, expected);
  const Printed refused = assay("run --cluster hosts.json --nodes 3 --nemesis pause-freezer-leader");
  EXPECT_EQ(refused.exit_code, 254) << refused.error;
  EXPECT_NE(refused.error.find("cgroups"), std::string::npos) << refused.error;

  kill_in_the_middle(
      start("run --cluster hosts.json --nodes 3 --warm-up 100ms --time-limit 60s --schedule \"0s "
            "partition-leader 50s\""));
  EXPECT_EQ(assay("cluster heal hosts.json").exit_code, 0);
  const Printed again = assay(
      "run --cluster hosts.json --nodes 3 --warm-up 100ms --time-limit 1s --schedule \"100ms kill-leader "
      "300ms\"");
  EXPECT_EQ(again.exit_code, 0) << again.error;

  folder_.run("cp home/hosts.json home/kept.json && chmod a+r home/kept.json");
  const Printed down = assay("cluster down");
  EXPECT_EQ(down.exit_code, 0) << down.error;
  EXPECT_EQ(processes_in_the_end(), "");
  EXPECT_EQ(
      folder_.run("ls home/.local/state/assay/hosts/local; test ! -e home/.local/state/assay/machine").out,
      "");
  const Printed gone = assay("cluster doctor hosts.json");
  EXPECT_EQ(gone.exit_code, 254);
  EXPECT_NE(gone.error.find("there is no such hosts file; assay cluster up makes"), std::string::npos)
      << gone.error;
  const Printed late = assay("cluster doctor kept.json");
  EXPECT_EQ(late.exit_code, 254);
  EXPECT_NE(late.error.find("bring them up again with: assay cluster up"), std::string::npos) << late.error;
}

TEST_F(Rootless, OneSentenceSaysWhatToInstallOrWrite) {
  folder_.write("etc/subuid", "somebody:300000:65536\n");
  const Printed printed = assay("run --cluster local");
  EXPECT_EQ(printed.exit_code, 254);
  EXPECT_NE(printed.error.find("usermod --add-subuids 365536-431071 --add-subgids 365536-431071 tester"),
            std::string::npos)
      << printed.error;
  EXPECT_EQ(processes_in_the_end(), "");
}

}  // namespace
}  // namespace assay::project
