#include "targets/postgres/testing/local_server.h"

#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "harness/cluster/command.h"
#include "harness/core/error.h"

namespace assay::postgres::testing {

namespace {

constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";
constexpr const char* kUser = "postgres";  // the server refuses to run as root
constexpr auto kPatience = std::chrono::seconds(20);

void must(const std::vector<std::string>& command) {
  const cluster::CommandOutput done = cluster::run_program(command);
  if (done.exit_status != 0) throw HarnessError(command[0] + " failed: " + done.output);
}

std::vector<std::string> as_user() {
  if (::geteuid() != 0) return {};
  return {"setpriv", "--reuid", kUser, "--regid", kUser, "--init-groups"};
}

[[noreturn]] void become_server(const std::string& data, const std::string& folder) {
  if (::geteuid() == 0) {
    const passwd* user = ::getpwnam(kUser);
    if (user == nullptr || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0) ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (std::freopen((folder + "/log").c_str(), "a", stderr) == nullptr) ::_exit(126);
  const std::string program = std::string(kPrograms) + "postgres";
  ::execl(program.c_str(), "postgres", "-D", data.c_str(), "-c", "listen_addresses=", "-c",
          ("unix_socket_directories=" + folder).c_str(), "-c", "fsync=off", "-c", "deadlock_timeout=50ms",
          nullptr);
  ::_exit(127);
}

// What a process started and did not wait for yet.
std::vector<int> children_of(int pid) {
  const std::string number = std::to_string(pid);
  std::ifstream file("/proc/" + number + "/task/" + number + "/children");
  std::vector<int> children;
  for (int child = 0; file >> child;) children.push_back(child);
  return children;
}

}  // namespace

bool LocalServer::installed() {
  return std::filesystem::exists(std::string(kPrograms) + "postgres") && ::getpwnam(kUser) != nullptr;
}

LocalServer::LocalServer() {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  const std::string password = folder_.write("password", login().password + "\n");
  std::vector<std::string> command = as_user();
  for (const std::string& word :
       {std::string(kPrograms) + "initdb", std::string("-D"), data(), std::string("-U"), login().user,
        std::string("--pwfile"), password, std::string("-A"), std::string("scram-sha-256"),
        std::string("--no-sync"), std::string("-E"), std::string("UTF8"), std::string("--locale=C")})
    command.push_back(word);
  must(command);
  start();
  const Answer made = session()->ask(std::string(kTableSql), 10 * kSecond);
  if (made.error) throw HarnessError("no table: " + made.error->message);
}

LocalServer::LocalServer(const LocalServer& primary) {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  std::vector<std::string> command = as_user();
  for (const std::string& word :
       {std::string("env"), "PGPASSWORD=" + login().password, std::string(kPrograms) + "pg_basebackup",
        std::string("-h"), primary.server().address, std::string("-U"), login().user, std::string("-D"),
        data(), std::string("-X"), std::string("stream"), std::string("-c"), std::string("fast"),
        std::string("-R"), std::string("--no-sync")})
    command.push_back(word);
  must(command);
  start();
}

LocalServer::~LocalServer() { kill(); }

void LocalServer::start() {
  pid_ = ::fork();
  if (pid_ == 0) become_server(data(), folder_.path());
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    try {
      session();
      return;
    } catch (const HarnessError& error) {
      if (::waitpid(pid_, nullptr, WNOHANG) != 0 || std::chrono::steady_clock::now() > end)
        throw HarnessError(std::string(error.what()) + "; its log: " + folder_.read("log"));
    }
    ::usleep(20'000);
  }
}

void LocalServer::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGSTOP);  // so that it starts nothing more
  const std::vector<int> children = children_of(pid_);
  ::kill(pid_, SIGKILL);
  for (const int child : children) ::kill(child, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  for (const int child : children) {
    while (::kill(child, 0) == 0) ::usleep(1'000);
  }
  pid_ = 0;
}

std::unique_ptr<Session> LocalServer::session() const {
  return std::make_unique<Session>(server(), login(), 5 * kSecond);
}

void LocalServer::wait_until_waiting(int sessions, const std::string& kind) const {
  const auto looking = session();
  const std::string question = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = '" + kind +
                               "' AND backend_type = 'client backend'";
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    const Answer said = looking->ask(question, 5 * kSecond);
    if (!said.error && said.rows.rows[0][0] == std::to_string(sessions)) return;
    ::usleep(5'000);
  }
  throw HarnessError("there are not " + std::to_string(sessions) + " sessions that wait for " + kind);
}

}  // namespace assay::postgres::testing
