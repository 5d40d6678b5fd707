// Local hosts for one test, under a name of this test process's own, so that tests run side by side. Tests
// that need them say GTEST_SKIP with the reason where they can't be had.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "harness/cluster/hosts_file.h"
#include "harness/cluster/local_hosts.h"
#include "harness/core/error.h"

namespace assay::cluster {

class TestHosts {
 public:
  explicit TestHosts(int count, LocalAddresses addresses = LocalAddresses::ipv4) {
    remove_abandoned();
    // Another test process may have the subnet: take the next.
    for (int attempt = 0;; ++attempt) {
      options_ = {.instance = instance_of(::getpid()),
                  .subnet = 100 + (::getpid() + attempt) % 150,
                  .addresses = addresses};
      try {
        path_ = LocalHosts(options_).up(count);
        return;
      } catch (const HarnessError& error) {
        if (attempt > 20 || std::string(error.what()).find("is used by") == std::string::npos) throw;
      }
    }
  }
  ~TestHosts() { LocalHosts(options_).down(); }
  TestHosts(const TestHosts&) = delete;
  TestHosts& operator=(const TestHosts&) = delete;

  const LocalOptions& options() const { return options_; }
  const std::string& path() const { return path_; }
  HostsFile file() const { return read_hosts_file(path_); }
  std::string network_namespace(int number) const {
    return "assay-" + options_.instance + "-n" + std::to_string(number);
  }

  // "t" and the process id in base 36.
  static std::string instance_of(pid_t pid) {
    std::string digits;
    for (; pid > 0; pid /= 36)
      digits.insert(digits.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[pid % 36]);
    return "t" + digits;
  }

 private:
  // Of test processes that were killed.
  static void remove_abandoned() {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/var/lib/assay/local", error)) {
      const std::string name = entry.path().filename().string();
      if (name.front() != 't' || !entry.is_directory()) continue;
      const long pid = std::strtol(name.c_str() + 1, nullptr, 36);
      if (pid <= 0 || ::kill(static_cast<pid_t>(pid), 0) == 0) continue;
      try {
        LocalHosts({.instance = name}).down();
      } catch (const std::exception&) {
        // Another test process is at it.
      }
    }
  }

  LocalOptions options_;
  std::string path_;
};

}  // namespace assay::cluster

// Tests of hosts without root run the program as somebody else (tests/hosts).
#define ASSAY_NEEDS_LOCAL_HOSTS()                                                              \
  if (::geteuid() != 0) GTEST_SKIP() << "this test makes local hosts as root";                 \
  if (const std::string reason = ::assay::cluster::LocalHosts::unavailable(); !reason.empty()) \
  GTEST_SKIP() << reason
