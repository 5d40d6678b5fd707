#include "harness/cluster/user_machine.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "harness/cluster/program_place.h"
#include "harness/cluster/user_machine_holder.h"
#include "harness/core/assert.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

namespace fs = std::filesystem;
using agent::Descriptor;

struct Inside {
  bool entered = false;
  std::string note;
};
Inside& inside() {
  static Inside state;
  return state;
}

// Of the lasting machine. What it has on this machine's disk: the note, a lock, and the folder of its hosts.
struct Places {
  std::string folder;

  std::string note() const { return folder + "/machine"; }
  std::string lock() const { return folder + "/machine.lock"; }
  std::string hosts() const { return folder + "/hosts"; }
};

Places own_places() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && state[0] == '/')
    return {std::string(state) + "/assay"};
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/')
    throw HarnessError("local hosts without root are noted below the home folder, and $HOME names none");
  return {std::string(home) + "/.local/state/assay"};
}

// The holder that was noted, if it is still the same process.
std::optional<pid_t> noted_holder(const std::string& note) {
  std::ifstream file(note);
  pid_t pid = 0;
  std::uint64_t started = 0;
  std::string boot;
  if (!(file >> pid >> started >> boot) || boot != agent::boot_id()) return std::nullopt;
  const agent::ProcessStat stat = agent::process_stat(pid);
  if (stat.start_ticks != started || stat.state == 'X' || stat.state == 'Z') return std::nullopt;
  return pid;
}

void write_note(const std::string& note, pid_t pid) {
  std::ofstream file(note, std::ios::trunc);
  file << pid << " " << agent::process_stat(pid).start_ticks << " " << agent::boot_id() << "\n";
  file.close();
  if (file) return;
  ::kill(pid, SIGKILL);
  throw HarnessError(note + ": can't be written");
}

// Held shared by who is inside, and alone by who makes the machine or ends it.
Descriptor open_lock(const Places& places) {
  std::error_code error;
  fs::create_directories(places.hosts(), error);
  if (error) throw HarnessError(places.hosts() + ": can't be made: " + error.message());
  Descriptor lock(::open(places.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid()) throw HarnessError("can't open " + places.lock() + ": " + std::strerror(errno));
  return lock;
}

bool take(const Descriptor& lock, int how) {
  int done = 0;
  while ((done = ::flock(lock.get(), how)) != 0 && errno == EINTR) {
  }
  return done == 0;
}

bool has_hosts(const std::string& hosts) {
  std::error_code error;
  for (fs::directory_iterator entry(hosts + "/local", error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    if (entry->is_directory(gone)) return true;
  }
  return false;
}

pid_t child_inside = 0;

// What a terminal sends reaches the child as well, by itself.
void pass_on(int signal, siginfo_t* from, void*) {
  if (from->si_code != SI_KERNEL) ::kill(child_inside, signal);
}

void end_as(int status) {
  if (WIFEXITED(status)) ::_exit(WEXITSTATUS(status));
  ::signal(WTERMSIG(status), SIG_DFL);
  ::kill(::getpid(), WTERMSIG(status));
  ::_exit(128 + WTERMSIG(status));
}

// The program outside, from here on. A lasting machine without hosts ends with the last program in it.
[[noreturn]] void wait_outside(pid_t child, const Descriptor& holder, const Places& places,
                               const Descriptor& lock) {
  child_inside = child;
  struct sigaction action {};
  action.sa_sigaction = pass_on;
  action.sa_flags = SA_SIGINFO;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2})
    ::sigaction(signal, &action, nullptr);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (lock.valid() && !has_hosts(places.hosts()) && take(lock, LOCK_EX | LOCK_NB)) {
    ::syscall(SYS_pidfd_send_signal, holder.get(), SIGKILL, nullptr, 0);
    ::unlink(places.note().c_str());
  }
  end_as(status);
  ::_exit(255);
}

// `lock`: of a lasting machine.
void enter(MachineHolder& holder, const Places& places, Descriptor lock) {
  std::error_code error;
  const std::string here = fs::current_path(error).string();
  program_path();
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, holder.pid, 0)));
  if (!handle.valid() ||
      ::setns(handle.get(), CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID) != 0)
    throw HarnessError(std::string("local hosts: can't enter the user's machine: ") + std::strerror(errno));
  // The namespace of mounts begins at its root.
  if (here.empty() || ::chdir(here.c_str()) != 0) {
    throw HarnessError("local hosts: the folder " + here + " can't be seen in the user's machine");
  }
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw HarnessError(std::string("can't start a process: ") + std::strerror(errno));
  if (child > 0) {
    holder.life.reset();
    wait_outside(child, handle, places, lock);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The kernel lets go of it, after the last thing that this program does: with it goes everything here, this program too.
  static_cast<void>(holder.life.release());
}

}  // namespace

std::string user_machine_unavailable() {
  static const std::string reason = []() -> std::string {
    if (::geteuid() == 0) return {};
    try {
      // It ends again when its life is let go of.
      hold_user_machine("", false);
      return {};
    } catch (const HarnessError& error) {
      return error.what();
    }
  }();
  return reason;
}

void enter_user_machine(UserMachine kind) {
  ASSAY_ASSERT(!inside().entered && ::geteuid() != 0);
  if (kind == UserMachine::of_this_program) {
    MachineHolder holder = hold_user_machine("", false);
    enter(holder, {}, Descriptor());
    inside() = {.entered = true, .note = {}};
    return;
  }
  const Places places = own_places();
  Descriptor lock = open_lock(places);
  take(lock, LOCK_SH);
  std::optional<pid_t> noted = noted_holder(places.note());
  if (!noted) {
    // Nobody is in a machine that isn't there: this does not wait for long.
    take(lock, LOCK_EX);
    noted = noted_holder(places.note());
  }
  MachineHolder holder;
  if (noted) {
    holder.pid = *noted;
  } else {
    const bool lasting = kind == UserMachine::lasting;
    holder = hold_user_machine(places.hosts(), lasting);
    if (lasting) write_note(places.note(), holder.pid);
  }
  take(lock, LOCK_SH);
  enter(holder, places, std::move(lock));
  inside() = {.entered = true, .note = places.note()};
}

void enter_user_machine_of(const std::string& note) {
  if (inside().entered) {
    if (inside().note == note) return;
    throw InputError("this program is in another machine of the user's than the one noted in " + note);
  }
  if (::geteuid() == 0)
    throw InputError("these hosts are in a machine of a user's own (" + note +
                     "), which only that user enters");
  const Places places = {fs::path(note).parent_path().string()};
  Descriptor lock = noted_holder(note) ? open_lock(places) : Descriptor();
  if (lock.valid()) take(lock, LOCK_SH);
  const auto noted = noted_holder(note);
  if (!lock.valid() || !noted) {
    throw InputError("the machine of the user's own that these hosts were in has ended (" + note +
                     "); bring them up again with: assay cluster up");
  }
  MachineHolder holder;
  holder.pid = *noted;
  enter(holder, places, std::move(lock));
  inside() = {.entered = true, .note = note};
}

bool inside_user_machine() { return inside().entered; }
std::string user_machine_note() { return inside().note; }

std::string local_hosts_folder() { return inside().entered ? "/run/assay" : "/var/lib/assay"; }

}  // namespace assay::cluster
