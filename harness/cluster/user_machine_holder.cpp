#include "harness/cluster/user_machine_holder.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "harness/cluster/command.h"
#include "harness/cluster/subordinate_ids.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

namespace fs = std::filesystem;
using agent::Descriptor;

constexpr char kNumberFollows = '\1';
constexpr const char* kInstead = " (--cluster sim works without)";

struct Pipe {
  Descriptor read, write;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw HarnessError(std::string("can't make a pipe: ") + std::strerror(errno));
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// Why the kernel refused, as far as it can be told.
std::string refusal_of_namespaces(int error) {
  const auto setting = [](const char* path) {
    std::string text = agent::read_whole_file(path);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  };
  const std::string start = "local hosts without root need user namespaces, which this machine ";
  if (setting("/proc/sys/kernel/unprivileged_userns_clone") == "0")
    return start + "keeps for root; root can allow them: sysctl -w kernel.unprivileged_userns_clone=1";
  if (setting("/proc/sys/user/max_user_namespaces") == "0")
    return start + "doesn't have; root can allow them: sysctl -w user.max_user_namespaces=10000";
  if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1")
    return start + "restricts; root can allow them: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
  return start + "refuses (" + std::strerror(error) + "), as containers do";
}

[[noreturn]] void tell_and_end(int report, const std::string& sentence) {
  [[maybe_unused]] const auto written = ::write(report, sentence.data(), sentence.size());
  ::_exit(1);
}

void mount_or_tell(int report, const char* source, const std::string& target, const char* type,
                   unsigned long flags, const char* data) {
  if (::mount(source, target.c_str(), type, flags, data) != 0) {
    const int error = errno;
    tell_and_end(report, error == EPERM && type != nullptr && std::string_view(type) == "proc"
                             ? std::string("local hosts without root need a /proc of their own, which this "
                                           "machine refuses, as containers do")
                         : error == EPERM ? refusal_of_namespaces(error)
                                          : "can't mount " + target + ": " + std::strerror(error));
  }
}

// A /run in which folders can be made, with everything in it that was there, but for other people's network namespaces.
void renew_run_folder(int report) {
  const Descriptor old(::open("/run", O_PATH | O_DIRECTORY | O_CLOEXEC));
  mount_or_tell(report, "assay", "/run", "tmpfs", 0, "mode=755");
  const fs::path before = "/proc/self/fd/" + std::to_string(old.get()), now = "/run";
  std::error_code error;
  for (fs::directory_iterator entry(before, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path name = entry->path().filename();
    if (name == "netns" || name == "assay") continue;
    std::error_code skipped;
    const fs::file_status status = entry->symlink_status(skipped);
    if (fs::is_symlink(status)) {
      fs::copy_symlink(entry->path(), now / name, skipped);
      continue;
    }
    if (fs::is_directory(status)) {
      fs::create_directory(now / name, skipped);
    } else {
      agent::write_whole_file((now / name).string(), "");
    }
    // What this user may not even see is left out.
    if (::mount(entry->path().c_str(), (now / name).c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0)
      fs::remove(now / name, skipped);
  }
}

void bring_up_loopback() {
  const Descriptor handle(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  ::ioctl(handle.get(), SIOCSIFFLAGS, &request);
}

// Until it is asked to end, or nobody has the other end of `life` (-1: there is none).
[[noreturn]] void stay(int life) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  ::sigaddset(&signals, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int told = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  while (true) {
    pollfd waiting[2] = {{told, POLLIN, 0}, {life, 0, 0}};
    ::poll(waiting, 2, -1);
    if (waiting[1].revents != 0) ::_exit(0);
    signalfd_siginfo one{};
    while (::read(told, &one, sizeof one) == sizeof one) {
      if (one.ssi_signo == SIGTERM) ::_exit(0);
    }
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
}

// The first process of the machine. `report`: gets "." when all is well, else a sentence.
[[noreturn]] void be_holder(const std::string& folder, int report, int life) {
  ::prctl(PR_SET_NAME, "assay-machine");
  // Otherwise the user could not enter: whoever gains power is nobody's to look into.
  ::prctl(PR_SET_DUMPABLE, 1);
  // What is mounted outside later is seen; nothing gets out.
  mount_or_tell(report, "none", "/", nullptr, MS_REC | MS_SLAVE, nullptr);
  mount_or_tell(report, "proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  const Descriptor kept(folder.empty() ? -1 : ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  renew_run_folder(report);
  ::mkdir("/run/assay", 0755);
  if (kept.valid()) {
    const std::string source = "/proc/self/fd/" + std::to_string(kept.get());
    mount_or_tell(report, source.c_str(), "/run/assay", nullptr, MS_BIND, nullptr);
  }
  bring_up_loopback();
  const int nothing = ::open("/dev/null", O_RDWR);
  for (int number = 0; number < 3; ++number) ::dup2(nothing, number);
  [[maybe_unused]] const auto written = ::write(report, ".", 1);
  // Neither the report nor anything of the program's may stay open here.
  if (life >= 0) {
    ::dup2(life, 3);
    ::close_range(4, ~0U, 0);
    stay(3);
  }
  ::close_range(3, ~0U, 0);
  stay(-1);
}

// Makes the user namespace, waits until its users are mapped, then the rest. `go` ends when they are.
[[noreturn]] void prepare_holder(const std::string& folder, int report, int go, int life) {
  ::setsid();
  if (::unshare(CLONE_NEWUSER) != 0) tell_and_end(report, refusal_of_namespaces(errno));
  char byte = 'u';
  [[maybe_unused]] const auto written = ::write(report, &byte, 1);
  // Nothing comes when the users could not be mapped.
  if (::read(go, &byte, 1) != 1) ::_exit(1);
  if (::unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID) != 0)
    tell_and_end(report, refusal_of_namespaces(errno));
  const pid_t holder = ::fork();
  if (holder < 0) tell_and_end(report, std::string("can't start a process: ") + std::strerror(errno));
  if (holder == 0) be_holder(folder, report, life);
  const std::string line = kNumberFollows + std::to_string(holder) + "\n";
  [[maybe_unused]] const auto told = ::write(report, line.data(), line.size());
  ::_exit(0);
}

std::string name_of_user() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry == nullptr ? std::to_string(::getuid()) : entry->pw_name;
}

void map_ids(pid_t pid, const char* program, const char* file, std::uint32_t own) {
  const std::string user = name_of_user(), text = agent::read_whole_file(file);
  const auto range = subordinate_ids(text, user, ::getuid());
  if (!range) {
    const std::uint32_t first = first_free_subordinate_id(text);
    throw HarnessError(std::string("local hosts without root need a range of 65536 ids for ") + user +
                       " in /etc/subuid and in /etc/subgid, and " + file +
                       " has none; root can add it: " + "usermod --add-subuids " + std::to_string(first) +
                       "-" + std::to_string(first + 65'535) + " --add-subgids " + std::to_string(first) +
                       "-" + std::to_string(first + 65'535) + " " + user + kInstead);
  }
  const CommandOutput done =
      run_program({program, std::to_string(pid), "0", std::to_string(own), "1", "1",
                   std::to_string(range->first), std::to_string(kSubordinateIdsNeeded)});
  if (done.exit_status != 0)
    throw HarnessError(std::string("local hosts: ") + program +
                       " refuses: " + done.output.substr(0, done.output.find('\n')) + kInstead);
}

std::string read_all(int from) {
  std::string text;
  char buffer[512];
  while (true) {
    const ssize_t count = ::read(from, buffer, sizeof buffer);
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return text;
  }
}

void require_mapping_programs() {
  for (const char* program : {"/usr/bin/newuidmap", "/usr/bin/newgidmap"}) {
    if (::access(program, X_OK) != 0)
      throw HarnessError(std::string("local hosts without root need the program ") + program +
                         ", from Debian's package uidmap" + kInstead);
  }
}

}  // namespace

MachineHolder hold_user_machine(const std::string& folder, bool lasting) {
  require_mapping_programs();
  Pipe report = make_pipe(), go = make_pipe(), life = make_pipe();
  const pid_t child = ::fork();
  if (child < 0) throw HarnessError(std::string("can't start a process: ") + std::strerror(errno));
  if (child == 0) {
    report.read.reset();
    go.write.reset();
    life.write.reset();
    prepare_holder(folder, report.write.get(), go.read.get(), lasting ? -1 : life.read.get());
  }
  report.write.reset();
  go.read.reset();
  char made = 0;
  std::string trouble;
  try {
    if (::read(report.read.get(), &made, 1) == 1 && made == 'u') {
      map_ids(child, "newuidmap", "/etc/subuid", ::getuid());
      map_ids(child, "newgidmap", "/etc/subgid", ::getgid());
      [[maybe_unused]] const auto written = ::write(go.write.get(), "g", 1);
    } else {
      trouble = made;
    }
  } catch (const HarnessError&) {
    go.write.reset();
    ::waitpid(child, nullptr, 0);
    throw;
  }
  // In any order: the holder's number in a line, and "." or a sentence.
  std::string told = read_all(report.read.get());
  ::waitpid(child, nullptr, 0);
  const std::size_t begin = told.find(kNumberFollows);
  pid_t pid = -1;
  if (const std::size_t end = told.find('\n');
      trouble.empty() && begin != std::string::npos && end != std::string::npos && begin < end) {
    pid = std::atoi(told.c_str() + begin + 1);
    told.erase(begin, end - begin + 1);
  }
  if (told != "." || pid <= 0) {
    if (pid > 0) ::kill(pid, SIGKILL);
    throw HarnessError((trouble + told).empty() ? std::string("local hosts: the user's machine ended at once")
                                                : trouble + told + kInstead);
  }
  return {pid, lasting ? Descriptor() : std::move(life.write)};
}

}  // namespace assay::cluster
