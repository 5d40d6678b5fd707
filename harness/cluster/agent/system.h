// Small wrappers of the operating system for the agent: errors that say what failed, files, commands, /proc.
//
// Thread safety: all functions may be called from any thread. Errors: AgentError with one sentence.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace assay::agent {

class AgentError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws "<what>: <meaning of errno>".
[[noreturn]] void throw_errno(const std::string& what);

// Closes on destruction.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { reset(); }
  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }
  int release();
  void reset();

 private:
  int number_;
};

// Pauses the calling thread.
void pause_milliseconds(int milliseconds);
// CLOCK_MONOTONIC, and CLOCK_REALTIME by a real system call (never through the vDSO).
std::int64_t monotonic_nanos();
std::int64_t true_wall_nanos();

std::string read_whole_file(const std::string& path);  // empty when it can't be read
bool write_whole_file(const std::string& path, std::string_view content);
void make_folders(const std::string& path);  // mkdir -p
bool path_exists(const std::string& path);
std::string boot_id();
// Whether root here is somebody else outside: whoever started these hosts without being root, or a container's.
bool in_user_namespace();

struct CommandOutcome {
  int exit_status = 0;  // 127: not found
  std::string output;   // both streams
};
// Runs a program found in PATH with the given standard input, and waits.
CommandOutcome run_command(const std::vector<std::string>& arguments, std::string_view standard_input = {});

struct ProcessStat {
  pid_t pid = 0;
  char state = 'X';  // R, S, D, T, Z ...
  pid_t parent = 0;
  pid_t session = 0;
  std::uint64_t start_ticks = 0;  // since boot
};
// state 'X' when there is no such process.
ProcessStat process_stat(pid_t pid);
// True when the process is stopped, or asleep in the kernel with a stop to come before it does anything else: one
// that waits for its vfork child to exec, and that child is stopped, sleeps so for as long as the stop lasts.
bool is_stopped(pid_t pid);
// Every process of that session, and whatever descends from them (servers may put their children into sessions of their own, as
// PostgreSQL does), but for zombies. Who lost its parent is no descendant any more.
std::vector<pid_t> session_members(pid_t session);
// SIGKILLs a session until nobody is left in it. False when somebody survived `patience_milliseconds`.
bool kill_session(pid_t session, int patience_milliseconds);
std::vector<pid_t> all_processes();

}  // namespace assay::agent
