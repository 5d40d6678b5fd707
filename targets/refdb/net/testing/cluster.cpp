#include "targets/refdb/net/testing/cluster.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "harness/core/error.h"
#include "targets/refdb/net/testing/test_support.h"

namespace assay::refdb {

ProcessCluster::ProcessCluster(std::size_t size, std::string extra)
    : extra_(std::move(extra)), pids_(size, 0) {
  const std::vector<std::uint16_t> ports = free_ports(2 * size);
  ports_.assign(ports.begin(), ports.begin() + static_cast<std::ptrdiff_t>(size));
  http_ports_.assign(ports.begin() + static_cast<std::ptrdiff_t>(size), ports.end());
  for (std::size_t node = 0; node < size; ++node) {
    const std::string data = folder_.path("data" + std::to_string(node + 1));
    std::ofstream(config_file(node)) << config_text(ports_, node, http_ports_[node], data, extra_);
    start(node);
  }
}

ProcessCluster::~ProcessCluster() {
  for (std::size_t node = 0; node < size(); ++node) {
    if (runs(node)) end(node, SIGKILL);
  }
}

void ProcessCluster::start(std::size_t node, const std::string& prefix) {
  const std::string command = prefix + " " + REFDB_PROGRAM + " serve --config " + config_file(node) + " 2>>" +
                              folder_.path("n" + std::to_string(node + 1) + ".log");
  const char* const arguments[] = {"sh", "-c", command.c_str(), nullptr};
  const int error =
      ::posix_spawn(&pids_[node], "/bin/sh", nullptr, nullptr, const_cast<char* const*>(arguments), environ);
  if (error != 0) throw HarnessError("can't start a node");
}

int ProcessCluster::end(std::size_t node, int signal) {
  ::kill(pids_[node], signal);
  return wait(node);
}

void ProcessCluster::pause(std::size_t node) { ::kill(pids_[node], SIGSTOP); }
void ProcessCluster::resume(std::size_t node) { ::kill(pids_[node], SIGCONT); }

int ProcessCluster::wait(std::size_t node) {
  int status = 0;
  ::waitpid(std::exchange(pids_[node], 0), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::vector<std::string> ProcessCluster::endpoints() const {
  std::vector<std::string> endpoints;
  for (const std::uint16_t port : ports_) endpoints.push_back("127.0.0.1:" + std::to_string(port));
  return endpoints;
}

std::string ProcessCluster::log(std::size_t node) const {
  std::ostringstream text;
  text << std::ifstream(folder_.path("n" + std::to_string(node + 1) + ".log")).rdbuf();
  return text.str();
}

std::int64_t ProcessCluster::status(std::size_t node, const std::string& field) const {
  const auto json = nlohmann::json::parse(body_of(http_get(http_ports_[node], "/status")), nullptr, false);
  if (json.is_discarded()) return -1;
  if (field == "is_leader") return json.at("role") == "leader" ? 1 : 0;
  const std::size_t dot = field.find('.');
  if (dot == std::string::npos) return json.at(field);
  return json.at(field.substr(0, dot)).at(field.substr(dot + 1));
}

std::size_t ProcessCluster::wait_for_leader() const {
  std::size_t leader = 0;
  EXPECT_TRUE(eventually([&] {
    for (std::size_t node = 0; node < size(); ++node) {
      leader = node;
      if (runs(node) && status(node, "is_leader") == 1) return true;
    }
    return false;
  }));
  return leader;
}

}  // namespace assay::refdb
