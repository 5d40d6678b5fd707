// The machine code that a moved clock runs (see clock.h): two pages, the first code, the second the offset in
// nanoseconds, the moment (of the true clock) from which the rate counts, and the rate in millionths. It depends on nothing and touches only registers that a call may change, so that it can stand
// in for the vDSO's functions. Written in assembler because it is copied into a file and must not be relocated.
#include "harness/cluster/agent/clock_code.h"

#if defined(__x86_64__)

asm(R"(
  .pushsection .rodata
  .balign 4096
  .globl assay_clock_code
assay_clock_code:

  # int clock_gettime(clock %edi, timespec* %rsi)
  .globl assay_clock_gettime
assay_clock_gettime:
  endbr64
  movl $228, %eax
  syscall
  testq %rax, %rax
  jnz 3f
  cmpl $0, %edi              # CLOCK_REALTIME
  je 1f
  cmpl $5, %edi              # CLOCK_REALTIME_COARSE
  je 1f
  cmpl $11, %edi             # CLOCK_TAI
  jne 3f
1:
  movl $1000000000, %ecx
  movq (%rsi), %rax
  imulq %rcx, %rax
  addq 8(%rsi), %rax
  subq assay_clock_moment(%rip), %rax
  imulq assay_clock_rate(%rip), %rax
  cqto
  movl $1000000, %r8d
  idivq %r8                  # what was gained
  addq assay_clock_offset(%rip), %rax
  cqto
  idivq %rcx                 # seconds in rax, the rest in rdx, with the offset's sign
  addq (%rsi), %rax
  addq 8(%rsi), %rdx
  jns 2f
  addq %rcx, %rdx
  decq %rax
2:
  cmpq %rcx, %rdx
  jl 4f
  subq %rcx, %rdx
  incq %rax
4:
  movq %rax, (%rsi)
  movq %rdx, 8(%rsi)
  xorl %eax, %eax
3:
  ret

  # int gettimeofday(timeval* %rdi, timezone* %rsi)
  .globl assay_gettimeofday
assay_gettimeofday:
  endbr64
  movl $96, %eax
  syscall
  testq %rax, %rax
  jnz 3f
  testq %rdi, %rdi
  jz 3f
  pushq %rdi
  subq $16, %rsp
  movq %rsp, %rsi
  xorl %edi, %edi
  call assay_clock_gettime
  movq (%rsp), %r9
  movq 8(%rsp), %rax
  addq $16, %rsp
  popq %rdi
  cqto
  movl $1000, %ecx
  idivq %rcx                 # microseconds
  movq %r9, (%rdi)
  movq %rax, 8(%rdi)
  xorl %eax, %eax
3:
  ret

  # time_t time(time_t* %rdi)
  .globl assay_time
assay_time:
  endbr64
  pushq %rdi
  subq $16, %rsp
  movq %rsp, %rsi
  xorl %edi, %edi
  call assay_clock_gettime
  movq (%rsp), %rax
  addq $16, %rsp
  popq %rdi
  testq %rdi, %rdi
  jz 3f
  movq %rax, (%rdi)
3:
  ret

  .org assay_clock_code + 4096
assay_clock_offset:
  .quad 0
assay_clock_moment:
  .quad 0
assay_clock_rate:
  .quad 0
  .org assay_clock_code + 8192
  .popsection
)");

extern "C" {
extern const char assay_clock_code[];
extern const char assay_clock_gettime[];
extern const char assay_gettimeofday[];
extern const char assay_time[];
}

namespace assay::agent {

std::string_view clock_code() { return {assay_clock_code, kClockFileSize}; }

const std::vector<ClockEntry>& clock_entries() {
  static const std::vector<ClockEntry> entries = {
      {"__vdso_clock_gettime", static_cast<std::uint64_t>(assay_clock_gettime - assay_clock_code)},
      {"__vdso_gettimeofday", static_cast<std::uint64_t>(assay_gettimeofday - assay_clock_code)},
      {"__vdso_time", static_cast<std::uint64_t>(assay_time - assay_clock_code)},
  };
  return entries;
}

}  // namespace assay::agent

#else

namespace assay::agent {

std::string_view clock_code() { return {}; }
const std::vector<ClockEntry>& clock_entries() {
  static const std::vector<ClockEntry> none;
  return none;
}

}  // namespace assay::agent

#endif
