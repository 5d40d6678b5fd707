#include "harness/cluster/hosts_file.h"

#include <arpa/inet.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>

#include "harness/core/error.h"

namespace assay::cluster {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSharedFields[] = {"port",        "user", "identity",  "agent",
                                         "known_hosts", "sudo", "own_clock", "data"};

bool is_shared_field(const std::string& name) {
  for (const char* field : kSharedFields) {
    if (name == field) return true;
  }
  return false;
}

std::string home_folder() {
  const char* home = std::getenv("HOME");
  return home == nullptr ? "/root" : home;
}

// Reads the fields of one object; `where` names it in errors: "hosts.json: hosts[2]".
class FieldReader {
 public:
  FieldReader(const Json& object, std::string where, std::string folder)
      : object_(object), where_(std::move(where)), folder_(std::move(folder)) {}

  [[noreturn]] void complain(const char* field, const std::string& expected) const {
    throw InputError(where_ + "." + field + ": expected " + expected +
                     (object_.contains(field) ? ", found " + object_[field].dump() : ", but it is missing"));
  }
  void text(const char* field, std::string& out) const {
    if (!object_.contains(field)) return;
    if (!object_[field].is_string() || object_[field].get_ref<const std::string&>().empty()) {
      complain(field, "a text that isn't empty");
    }
    out = object_[field].get<std::string>();
  }
  void boolean(const char* field, bool& out) const {
    if (!object_.contains(field)) return;
    if (!object_[field].is_boolean()) complain(field, "true or false");
    out = object_[field].get<bool>();
  }
  void port(const char* field, std::uint16_t& out) const {
    if (!object_.contains(field)) return;
    const Json& value = object_[field];
    if (!value.is_number_integer() || value.get<std::int64_t>() < 1 || value.get<std::int64_t>() > 65535) {
      complain(field, "a whole number from 1 to 65535");
    }
    out = static_cast<std::uint16_t>(value.get<int>());
  }
  // Relative to the hosts file's folder; a leading ~/ is the home folder.
  void path(const char* field, std::string& out) const {
    std::string value;
    text(field, value);
    if (value.empty()) return;
    if (value.rfind("~/", 0) == 0) value = home_folder() + value.substr(1);
    if (value.front() != '/') value = (std::filesystem::path(folder_) / value).lexically_normal().string();
    out = value;
  }

  // Fields that hold for all hosts when they are given at the top.
  void shared_fields(Host& host) const {
    port("port", host.port);
    text("user", host.user);
    if (object_.contains("identity") && object_.contains("agent")) {
      complain("agent", "either \"identity\" or \"agent\", not both");
    }
    path("identity", host.identity);
    boolean("agent", host.use_agent);
    if (object_.contains("identity")) host.use_agent = false;
    if (host.use_agent) host.identity.clear();
    path("known_hosts", host.known_hosts);
    boolean("sudo", host.sudo);
    boolean("own_clock", host.own_clock);
    text("data", host.data);
    if (host.data.front() != '/' || host.data == "/" || host.data.find("..") != std::string::npos) {
      complain("data", "an absolute folder of Assay's own on the host");
    }
    while (host.data.back() == '/') host.data.pop_back();
  }

 private:
  const Json& object_;
  std::string where_;
  std::string folder_;
};

bool is_ip_address(const std::string& text) {
  in6_addr parsed;
  return ::inet_pton(AF_INET, text.c_str(), &parsed) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
}

// "[fd00::1]:2222", "[fd00::1]" and "db1.example.net:2222" become an address and a port. False: it is none of these, and no
// address without a port either.
bool split_address(std::string& address, std::optional<std::uint16_t>& port) {
  std::string rest;
  if (address.front() == '[') {
    const std::size_t end = address.find(']');
    if (end == std::string::npos) return false;
    rest = address.substr(end + 1);
    address = address.substr(1, end - 1);
    in6_addr parsed;
    if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return false;
  } else if (const std::size_t colon = address.find(':');
             colon != std::string::npos && colon == address.rfind(':')) {
    rest = address.substr(colon);
    address.erase(colon);
  }
  if (rest.empty()) return !address.empty();
  const bool digits = rest.size() >= 2 && rest.size() <= 6 && rest.front() == ':' &&
                      rest.find_first_not_of("0123456789", 1) == std::string::npos;
  const int number = digits ? std::atoi(rest.c_str() + 1) : 0;
  if (number < 1 || number > 65535 || address.empty()) return false;
  port = static_cast<std::uint16_t>(number);
  return true;
}

// Names become folders and parts of messages.
bool is_plain_name(const std::string& name) {
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    if (!plain) return false;
  }
  return !name.empty() && name.front() != '.' && name.size() <= 64;
}

Host read_host(const Json& object, const std::string& where, const std::string& folder, const Host& defaults,
               std::size_t number) {
  if (!object.is_object()) throw InputError(where + ": expected an object, found " + object.dump());
  for (const auto& [field, value] : object.items()) {
    if (field != "name" && field != "address" && field != "node_address" && !is_shared_field(field)) {
      throw InputError(where + "." + field +
                       ": no such field; known are name, address, node_address, port, user, identity, agent, "
                       "known_hosts, sudo, own_clock, data");
    }
  }
  const FieldReader reader(object, where, folder);
  Host host = defaults;
  host.name = "n" + std::to_string(number);
  reader.text("name", host.name);
  if (!is_plain_name(host.name)) reader.complain("name", "letters, digits, -, _ and . (at most 64)");
  reader.text("address", host.address);
  std::optional<std::uint16_t> port;
  if (host.address.empty()) reader.complain("address", "an IP address or a host name");
  if (!split_address(host.address, port))
    reader.complain("address", "an IP address or a host name, alone or with a port as in [fd00::1]:22");
  if (port && object.contains("port")) reader.complain("port", "one port, and \"address\" has it already");
  host.node_address = host.address;
  reader.text("node_address", host.node_address);
  if (object.contains("node_address") && !is_ip_address(host.node_address)) {
    reader.complain("node_address", "an IP address");
  }
  reader.shared_fields(host);
  if (port) host.port = *port;
  if (host.identity.empty() && !host.use_agent) {
    reader.complain("identity", "the path of a private key (or \"agent\": true)");
  }
  return host;
}

}  // namespace

HostsFile parse_hosts_file(std::string_view text, const std::string& path) {
  Json root;
  try {
    root = Json::parse(text, nullptr, true, true);
  } catch (const Json::parse_error& error) {
    // "[json.exception.parse_error.101] parse error at line 3, column 7: syntax error ..."
    std::string what = error.what();
    const std::size_t at = what.find("at line");
    if (at != std::string::npos) what = what.substr(at);
    throw InputError(path + ": not valid JSON " + what);
  } catch (const Json::out_of_range&) {
    throw InputError(path + ": a number in it is too large");
  }
  if (!root.is_object()) throw InputError(path + ": expected an object with \"hosts\", found " + root.dump());
  for (const auto& [field, value] : root.items()) {
    if (field != "hosts" && field != "machine" && !is_shared_field(field)) {
      throw InputError(path + ": " + field +
                       ": no such field; known at the top are hosts, machine, port, user, identity, " +
                       "agent, known_hosts, sudo, own_clock, data");
    }
  }
  const std::string folder = std::filesystem::absolute(path).parent_path().string();
  Host defaults;
  defaults.known_hosts = home_folder() + "/.ssh/known_hosts";
  FieldReader(root, path + ": top", folder).shared_fields(defaults);
  if (!root.contains("hosts") || !root["hosts"].is_array() || root["hosts"].empty()) {
    throw InputError(path + ": hosts: expected a list of at least one host");
  }
  HostsFile file{.path = path, .hosts = {}, .machine = {}};
  FieldReader(root, path + ": top", folder).path("machine", file.machine);
  std::set<std::string> names;
  std::set<std::string> addresses;
  for (const Json& object : root["hosts"]) {
    const std::string where = path + ": hosts[" + std::to_string(file.hosts.size()) + "]";
    Host host = read_host(object, where, folder, defaults, file.hosts.size() + 1);
    if (!names.insert(host.name).second) {
      throw InputError(where + ".name: another host is named \"" + host.name + "\" already");
    }
    if (!addresses.insert(host.address + " " + std::to_string(host.port)).second) {
      throw InputError(where + ".address: another host has " + host.address + " port " +
                       std::to_string(host.port) + " already");
    }
    file.hosts.push_back(std::move(host));
  }
  return file;
}

HostsFile read_hosts_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw InputError(path +
                     ": there is no such hosts file; assay cluster up makes hosts on this machine and writes "
                     "theirs, docs/hosts.md says how to write one for others");
  }
  std::ifstream stream(path);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) throw InputError(path + ": can't be read as a hosts file");
  return parse_hosts_file(text.str(), path);
}

void write_hosts_file(const HostsFile& hosts, const std::string& path) {
  Json list = Json::array();
  for (const Host& host : hosts.hosts) {
    Json object = {{"name", host.name}, {"address", host.address}};
    if (host.node_address != host.address) object["node_address"] = host.node_address;
    object["port"] = host.port;
    object["user"] = host.user;
    if (host.use_agent) {
      object["agent"] = true;
    } else {
      object["identity"] = host.identity;
    }
    object["known_hosts"] = host.known_hosts;
    object["sudo"] = host.sudo;
    if (host.own_clock) object["own_clock"] = true;
    object["data"] = host.data;
    list.push_back(std::move(object));
  }
  const std::string unfinished = path + ".new";
  std::ofstream stream(unfinished, std::ios::trunc);
  Json root;
  if (!hosts.machine.empty()) root["machine"] = hosts.machine;
  root["hosts"] = std::move(list);
  stream << root.dump(2) << "\n";
  stream.close();
  std::error_code error;
  if (stream) std::filesystem::rename(unfinished, path, error);
  if (!stream || error) throw HarnessError(path + ": can't be written");
}

}  // namespace assay::cluster
