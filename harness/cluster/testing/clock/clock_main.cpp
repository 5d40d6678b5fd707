// Prints, again and again, how far each way of asking for the time is from the true one: a line
// "clock_gettime gettimeofday time monotonic", the first two in microseconds, time in seconds, and monotonic
// in microseconds from the real system call's answer. With an argument it is a process whose end takes half a second, in which
// it has no memory that others could look at any more.
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

namespace {

long long microseconds(const timespec& time) { return time.tv_sec * 1'000'000LL + time.tv_nsec / 1000; }

[[noreturn]] void end_slowly() {
  std::thread([] {
    ::usleep(500'000);
    ::_exit(0);
  }).detach();
  ::pthread_exit(nullptr);
}

}  // namespace

int main(int count, char**) {
  if (count > 1) end_slowly();
  while (true) {
    timespec truth{};
    timespec seen{};
    timeval day{};
    timespec true_monotonic{};
    timespec seen_monotonic{};
    ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &truth);
    ::clock_gettime(CLOCK_REALTIME, &seen);
    ::gettimeofday(&day, nullptr);
    const time_t seconds = ::time(nullptr);
    ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &true_monotonic);
    ::clock_gettime(CLOCK_MONOTONIC, &seen_monotonic);
    std::printf("%lld %lld %lld %lld\n", microseconds(seen) - microseconds(truth),
                day.tv_sec * 1'000'000LL + day.tv_usec - microseconds(truth),
                static_cast<long long>(seconds - truth.tv_sec),
                microseconds(seen_monotonic) - microseconds(true_monotonic));
    std::fflush(stdout);
    ::usleep(5'000);
  }
}
