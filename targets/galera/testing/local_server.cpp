#include "targets/galera/testing/local_server.h"

#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "harness/cluster/command.h"
#include "harness/core/error.h"

namespace assay::galera::testing {

namespace {

constexpr const char* kServerProgram = "/usr/sbin/mariadbd";
constexpr const char* kInstallProgram = "/usr/bin/mariadb-install-db";
constexpr const char* kProvider = "/usr/lib/galera/libgalera_smm.so";
constexpr const char* kServerUser = "mysql";  // the server refuses to run as root
constexpr auto kStartPatience = std::chrono::seconds(30);

}  // namespace

std::string LocalServer::lack() {
  if (std::string lack = Connection::lack(); !lack.empty()) return lack;
  for (const char* program : {kServerProgram, kInstallProgram}) {
    if (!std::filesystem::exists(program))
      return std::string(program) + " is not there: install mariadb-server";
  }
  return ::getpwnam(kServerUser) == nullptr ? "there is no user mysql: install mariadb-server" : "";
}

LocalServer::LocalServer() {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  const std::string first = folder_.write(
      "first.sql",
      "FLUSH PRIVILEGES;\nCREATE DATABASE assay;\nCREATE USER 'assay'@'localhost' IDENTIFIED BY "
      "'secret';\nGRANT ALL ON *.* TO 'assay'@'localhost';\n");
  const cluster::CommandOutput made = cluster::run_program(
      {kInstallProgram, "--no-defaults",
       std::string("--user=") + (::geteuid() == 0 ? kServerUser : ::getpwuid(::geteuid())->pw_name),
       "--datadir=" + folder_.path("db"), temporary_files(), "--skip-test-db", "--skip-name-resolve",
       "--extra-file=" + first, "--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=8M",
       "--innodb-buffer-pool-size=16M"});
  if (made.exit_status != 0) throw HarnessError("mariadb-install-db failed: " + made.output);
  start();
  session()->field(
      "CREATE TABLE IF NOT EXISTS assay_values (k BIGINT PRIMARY KEY, v MEDIUMBLOB NOT NULL) ENGINE=InnoDB",
      20 * kSecond);
}

LocalServer::~LocalServer() { kill(); }

bool LocalServer::has_galera() const { return std::filesystem::exists(kProvider); }

// Each server that begins erases what others have in a folder that they share.
std::string LocalServer::temporary_files() const { return "--tmpdir=" + folder_.path(); }

std::vector<std::string> LocalServer::command() const {
  std::vector<std::string> words = {kServerProgram,
                                    "--no-defaults",
                                    "--datadir=" + folder_.path("db"),
                                    temporary_files(),
                                    "--socket=" + folder_.path("socket"),
                                    "--pid-file=" + folder_.path("pid"),
                                    "--skip-networking",
                                    "--performance-schema=OFF",
                                    "--innodb-flush-log-at-trx-commit=0",
                                    "--innodb-buffer-pool-size=16M",
                                    "--innodb-log-file-size=8M"};
  if (!has_galera()) return words;
  for (const char* word : {"--binlog-format=ROW", "--innodb-autoinc-lock-mode=2", "--wsrep-on=ON",
                           "--wsrep-cluster-address=gcomm://"})
    words.emplace_back(word);
  words.push_back(std::string("--wsrep-provider=") + kProvider);
  // Any port that is free: nobody else joins.
  words.push_back("--wsrep-provider-options=gcache.size=1M;gmcast.listen_addr=tcp://127.0.0.1:0");
  words.push_back("--wsrep-node-address=127.0.0.1");
  return words;
}

void LocalServer::become_server() const {
  if (::geteuid() == 0) {
    const passwd* user = ::getpwnam(kServerUser);
    if (user == nullptr || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0) ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (std::freopen(folder_.path("log").c_str(), "a", stderr) == nullptr) ::_exit(126);
  std::vector<std::string> words = command();
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(kServerProgram, arguments.data());
  ::_exit(127);
}

void LocalServer::start() {
  // Who crashed would not found its cluster again by itself.
  std::filesystem::remove(folder_.path("db/grastate.dat"));
  pid_ = ::fork();
  if (pid_ == 0) become_server();
  const auto end = std::chrono::steady_clock::now() + kStartPatience;
  while (true) {
    try {
      // A node that has not found its cluster yet answers what concerns no table.
      session()->field("SELECT COUNT(*) FROM mysql.global_priv", kSecond);
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
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::unique_ptr<Session> LocalServer::session() const {
  return std::make_unique<Session>(server(), login(), 5 * kSecond);
}

void LocalServer::wait_until(int sessions, const std::string& state) const {
  const auto looking = session();
  const std::string question =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE '" + state + "%'";
  const auto end = std::chrono::steady_clock::now() + kStartPatience;
  std::string found;
  while (std::chrono::steady_clock::now() < end) {
    found = looking->field(question, 5 * kSecond);
    if (found == std::to_string(sessions)) return;
    ::usleep(5'000);
  }
  throw HarnessError("there are " + found + " sessions, not " + std::to_string(sessions) + ", in state " +
                     state);
}

}  // namespace assay::galera::testing
