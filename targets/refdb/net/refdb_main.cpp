// refdb: one node of the reference database.
//
// Exit codes: 0 ended on request (SIGTERM, SIGINT), 254 bad arguments or configuration, 255 the machine failed it
// (port in use, data folder locked or damaged, disk full).
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <string>

#include "harness/core/error.h"
#include "targets/refdb/net/config.h"
#include "targets/refdb/net/log.h"
#include "targets/refdb/net/server.h"
#include "targets/refdb/protocols/protocols.h"

namespace assay::refdb {
namespace {

const ProtocolPlugin& protocol_of(const ServerConfig& config) {
  if (const ProtocolPlugin* protocol = find_protocol(config.mode)) return *protocol;
  std::string accepted;
  for (const ProtocolPlugin* protocol : all_protocols()) {
    accepted += (accepted.empty() ? "" : ", ") + std::string(protocol->mode);
  }
  throw InputError(config.file + ": field \"mode\": \"" + config.mode +
                   "\" is unknown; accepted: " + accepted);
}

// Each connection is a file descriptor, and shells often allow 1,024.
void allow_many_connections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const std::string& file) {
  const ServerConfig config = read_server_config(file);
  allow_many_connections();
  const Log log(STDERR_FILENO, config.node);
  Server server(config, protocol_of(config), log, REFDB_VERSION);
  boost::asio::signal_set signals(server.io(), SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& error, int signal) {
    if (error) return;
    log.info("stopping", {{"signal", signal}});
    server.stop();
  });
  server.run();
  return kExitValid;
}

int run(int argument_count, char** arguments) {
  CLI::App app("refdb: one node of Assay's reference database");
  app.set_version_flag("--version", "refdb " REFDB_VERSION);
  app.require_subcommand(1);
  CLI::App* const serve_command = app.add_subcommand("serve", "Serves until SIGTERM");
  std::string file;
  serve_command->add_option("--config", file, "Configuration of the node: JSON with comments")->required();
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    throw InputError(std::string(error.what()) + " (see refdb --help)");
  }
  return serve(file);
}

}  // namespace
}  // namespace assay::refdb

int main(int argument_count, char** arguments) {
  const auto complain = [](const char* sentence, int exit_code) {
    const std::string line = "refdb: " + std::string(sentence) + "\n";
    [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
    return exit_code;
  };
  // A closed connection is an error of one write, not the end of the node.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return assay::refdb::run(argument_count, arguments);
  } catch (const assay::InputError& error) {
    return complain(error.what(), assay::kExitBadInput);
  } catch (const std::exception& error) {
    return complain(error.what(), assay::kExitHarness);
  }
}
