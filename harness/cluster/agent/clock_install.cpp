// Putting a moved clock into a process that was just started (see clock.h), and looking whether it is there.
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "harness/cluster/agent/clock.h"
#include "harness/cluster/agent/clock_code.h"
#include "harness/cluster/agent/system.h"
#include "harness/cluster/agent/vdso.h"

namespace assay::agent {

#if defined(__x86_64__)

namespace {

// jmp *0(%rip), followed by the address.
constexpr std::size_t kJumpSize = 14;
using Jump = std::array<unsigned char, 16>;

Jump jump_to(std::uint64_t address) {
  Jump jump{0xff, 0x25, 0, 0, 0, 0};
  std::memcpy(jump.data() + 6, &address, sizeof address);
  return jump;
}

struct Mapping {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

std::string maps_of(pid_t pid) { return read_whole_file("/proc/" + std::to_string(pid) + "/maps"); }

// The first mapping whose line in /proc/PID/maps ends in `name`.
Mapping find_mapping(const std::string& maps, const std::string& name) {
  std::istringstream lines(maps);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.size() < name.size() || line.compare(line.size() - name.size(), name.size(), name) != 0)
      continue;
    unsigned long begin = 0;
    unsigned long end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) == 2) return {begin, end};
  }
  return {};
}

std::uint64_t peek(pid_t pid, std::uint64_t address) {
  errno = 0;
  const long word = ::ptrace(PTRACE_PEEKDATA, pid, address, nullptr);
  if (errno != 0) throw_errno("can't read the new process's memory");
  return static_cast<std::uint64_t>(word);
}

void poke(pid_t pid, std::uint64_t address, std::uint64_t word) {
  if (::ptrace(PTRACE_POKEDATA, pid, address, word) != 0) throw_errno("can't write the new process's memory");
}

// Makes the stopped process do one system call and puts everything back.
std::int64_t system_call_in(pid_t pid, std::uint64_t number, const std::array<std::uint64_t, 6>& arguments) {
  user_regs_struct saved{};
  if (::ptrace(PTRACE_GETREGS, pid, nullptr, &saved) != 0)
    throw_errno("can't read the new process's registers");
  const std::uint64_t code = peek(pid, saved.rip);
  poke(pid, saved.rip, (code & ~std::uint64_t{0xffff}) | 0x050f);  // syscall
  user_regs_struct registers = saved;
  registers.orig_rax = ~0ULL;  // not in a system call: nothing to restart
  registers.rax = number;
  registers.rdi = arguments[0];
  registers.rsi = arguments[1];
  registers.rdx = arguments[2];
  registers.r10 = arguments[3];
  registers.r8 = arguments[4];
  registers.r9 = arguments[5];
  int status = 0;
  if (::ptrace(PTRACE_SETREGS, pid, nullptr, &registers) != 0 ||
      ::ptrace(PTRACE_SINGLESTEP, pid, nullptr, nullptr) != 0 || ::waitpid(pid, &status, 0) != pid ||
      !WIFSTOPPED(status) || ::ptrace(PTRACE_GETREGS, pid, nullptr, &registers) != 0) {
    throw AgentError("the new process ended while its clock was being put in");
  }
  poke(pid, saved.rip, code);
  if (::ptrace(PTRACE_SETREGS, pid, nullptr, &saved) != 0)
    throw_errno("can't set the new process's registers");
  return static_cast<std::int64_t>(registers.rax);
}

}  // namespace

void install_clock(pid_t child, int descriptor) {
  constexpr std::uint64_t kMmap = 9;
  constexpr std::uint64_t kClose = 3;
  constexpr std::uint64_t kReadAndExecute = 5;
  constexpr std::uint64_t kShared = 1;
  const Mapping vdso = find_mapping(maps_of(child), "[vdso]");
  if (vdso.begin == 0) throw AgentError("the new process has no vDSO");
  const auto number = static_cast<std::uint64_t>(descriptor);
  const std::int64_t mapped =
      system_call_in(child, kMmap, {0, kClockFileSize, kReadAndExecute, kShared, number, 0});
  if (mapped < 0 && mapped > -4096) {
    throw AgentError("the new process can't map its clock file: " +
                     std::string(std::strerror(static_cast<int>(-mapped))));
  }
  system_call_in(child, kClose, {number, 0, 0, 0, 0, 0});
  for (const ClockEntry& entry : clock_entries()) {
    const auto offset = vdso_symbol_offset(entry.symbol);
    if (!offset) throw AgentError(std::string("the vDSO has no ") + entry.symbol);
    const std::uint64_t address = vdso.begin + *offset;
    const Jump jump = jump_to(static_cast<std::uint64_t>(mapped) + entry.offset);
    std::uint64_t words[2];
    std::memcpy(words, jump.data(), sizeof words);
    // The last two bytes stay what they were.
    words[1] = (words[1] & 0x0000ffffffffffffULL) | (peek(child, address + 8) & 0xffff000000000000ULL);
    poke(child, address, words[0]);
    poke(child, address + 8, words[1]);
  }
}

namespace {

InstalledClock look_into(pid_t pid, const std::string& path) {
  InstalledClock found;
  const std::string maps = maps_of(pid);
  const Mapping clock = find_mapping(maps, path);
  const Mapping vdso = find_mapping(maps, "[vdso]");
  const Descriptor memory(::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  if (clock.begin == 0 || vdso.begin == 0 || !memory.valid()) return found;
  found.mapped = true;
  found.patched = true;
  for (const ClockEntry& entry : clock_entries()) {
    const Jump wanted = jump_to(clock.begin + entry.offset);
    Jump bytes{};
    const auto offset = vdso_symbol_offset(entry.symbol);
    if (!offset ||
        ::pread(memory.get(), bytes.data(), kJumpSize, static_cast<off_t>(vdso.begin + *offset)) !=
            kJumpSize ||
        std::memcmp(bytes.data(), wanted.data(), kJumpSize) != 0) {
      found.patched = false;
    }
  }
  const auto word = static_cast<off_t>(clock.begin + kClockPageSize);
  if (::pread(memory.get(), &found.offset, sizeof found.offset, word) != sizeof found.offset)
    found.mapped = false;
  return found;
}

}  // namespace

// Its memory may go while it is looked at: what was not found there counts only if there still is a memory afterwards.
InstalledClock inspect_clock(pid_t pid, const std::string& path) {
  InstalledClock found = look_into(pid, path);
  if (!found.mapped || !found.patched) found.ending = maps_of(pid).empty();
  return found;
}

#else

void install_clock(pid_t, int) { throw AgentError(clock_unavailable()); }
InstalledClock inspect_clock(pid_t, const std::string&) { return {}; }

#endif

}  // namespace assay::agent
