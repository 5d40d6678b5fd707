#include "harness/cluster/agent/name_duties.h"

#include <unistd.h>

#include <map>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "harness/cluster/agent/resolver_file.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

// What a program that looks it up gets, in order; empty: nothing.
std::set<std::string> addresses_of(const std::string& name) {
  std::set<std::string> addresses;
  const CommandOutcome outcome = run_command({"getent", "ahosts", name});
  if (outcome.exit_status != 0) return addresses;
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) addresses.insert(line.substr(0, line.find(' ')));
  return addresses;
}

NameServer::Manner manner_from(const std::string& text) {
  if (text == "missing") return NameServer::Manner::missing;
  if (text == "silent") return NameServer::Manner::silent;
  if (text == "wrong") return NameServer::Manner::wrong;
  throw AgentError("\"" + text + "\" is no trouble with names");
}

// By trying, without changing anything that others see.
std::string names_unavailable() {
  if (::geteuid() != 0) return "answering for names needs root on the host (or \"sudo\": true)";
  if (run_command({"getent", "hosts", "127.0.0.1"}).exit_status == 127)
    return "the program getent (package libc-bin) is missing on the host";
  if (run_command({"unshare", "-m", "mount", "--bind", "/etc", "/etc"}).exit_status != 0)
    return "nothing can be mounted on the host";
  try {
    const NameServer trial({}, "");
  } catch (const AgentError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

std::optional<cluster::Message> NameDuties::perform(const Message& request) {
  if (request.verb == "names-ability") {
    Message reply;
    reply.add("no-names", server_ ? std::string() : names_unavailable());
    return reply;
  }
  if (request.verb == "names-serve") return serve(request);
  if (request.verb == "names-trouble") return trouble(request);
  if (request.verb == "names-look-up") return look_up(request);
  if (request.verb == "names-misled") {
    Message reply;
    reply.add("misled", server().all_lies() - lies_before_);
    return reply;
  }
  if (request.verb != "names-heal") return std::nullopt;
  server().set_all_right();
  lies_before_ = server().all_lies();
  return Message();
}

NameServer& NameDuties::server() {
  if (!server_) throw AgentError("this host's nodes have no names yet");
  return *server_;
}

// "name" and "address", as many of both.
cluster::Message NameDuties::serve(const Message& request) {
  const std::vector<std::string> names = request.all("name"), addresses = request.all("address");
  if (names.size() != addresses.size()) throw AgentError("every name needs an address");
  std::map<std::string, std::string> known;
  for (std::size_t i = 0; i < names.size(); ++i) known[names[i]] = addresses[i];
  server_.reset();
  if (our_name_server_is_asked() && !restore_resolver(false))
    throw AgentError("the host's resolv.conf can't be put back");
  server_ = std::make_unique<NameServer>(std::move(known), own_name_server());
  lies_before_ = 0;
  ask_our_name_server(home_, journal_);
  return {};
}

// "name", "trouble" and "instead" (an address; empty unless the trouble is "wrong"), as many of each.
cluster::Message NameDuties::trouble(const Message& request) {
  const std::vector<std::string> names = request.all("name"), troubles = request.all("trouble"),
                                 instead = request.all("instead");
  if (names.size() != troubles.size() || names.size() != instead.size())
    throw AgentError("every name needs a trouble");
  for (std::size_t i = 0; i < names.size(); ++i) server().set(names[i], manner_from(troubles[i]), instead[i]);
  return {};
}

// All at once: no answer takes its time. Of each name its addresses, and how often it was denied and ignored meanwhile.
cluster::Message NameDuties::look_up(const Message& request) {
  const std::vector<std::string> names = request.all("name");
  std::vector<std::set<std::string>> found(names.size());
  std::vector<NameServer::Lies> before;
  for (const std::string& name : names) before.push_back(server().lies(name));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < names.size(); ++i)
    threads.emplace_back([&, i] { found[i] = addresses_of(names[i]); });
  for (std::thread& thread : threads) thread.join();
  Message reply;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string text;
    for (const std::string& address : found[i]) text += (text.empty() ? "" : ",") + address;
    const NameServer::Lies after = server().lies(names[i]);
    reply.add("found", text);
    reply.add("denied", after.denied - before[i].denied).add("ignored", after.ignored - before[i].ignored);
  }
  return reply;
}

}  // namespace assay::agent
