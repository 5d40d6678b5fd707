#include "targets/refdb/net/config.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/core/time.h"
#include "targets/refdb/replica/builds.h"

namespace assay::refdb {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFileSizeMaxBytes = 1u << 20;
constexpr std::size_t kPeersMax = 64;

// Reads fields of one object and complains about them by name.
class Fields {
 public:
  Fields(const Json& object, std::string_view file, std::string path)
      : object_(object), file_(file), path_(std::move(path)) {
    if (!object.is_object()) fail("", "an object is expected");
  }

  [[noreturn]] void fail(std::string_view field, const std::string& what) const {
    std::string full = path_;
    if (!field.empty()) full += (full.empty() ? "" : ".") + std::string(field);
    throw InputError(std::string(file_) + ": " + (full.empty() ? "" : "field \"" + full + "\": ") + what);
  }

  const Json* find(std::string_view field) {
    known_.insert(std::string(field));
    const auto found = object_.find(field);
    return found == object_.end() ? nullptr : &*found;
  }
  bool has(std::string_view field) { return find(field) != nullptr; }

  std::string text(std::string_view field, const std::optional<std::string>& otherwise = std::nullopt) {
    const Json* json = find(field);
    if (json == nullptr && otherwise) return *otherwise;
    if (json == nullptr) fail(field, "it is missing; a text is expected");
    if (!json->is_string()) fail(field, "a text is expected");
    if (json->get_ref<const std::string&>().empty()) fail(field, "a text that is not empty is expected");
    return *json;
  }

  bool flag(std::string_view field, bool otherwise) {
    const Json* json = find(field);
    if (json == nullptr) return otherwise;
    if (!json->is_boolean()) fail(field, "true or false is expected");
    return *json;
  }

  std::int64_t number(std::string_view field, std::int64_t otherwise, std::int64_t low, std::int64_t high) {
    const Json* json = find(field);
    return json == nullptr ? otherwise : number_in(*json, field, low, high);
  }

  std::int64_t number_in(const Json& json, std::string_view field, std::int64_t low,
                         std::int64_t high) const {
    const bool in_range =
        json.is_number_unsigned()
            ? json.get<std::uint64_t>() <= static_cast<std::uint64_t>(high) && json.get<std::int64_t>() >= low
            : json.is_number_integer() && json.get<std::int64_t>() >= low && json.get<std::int64_t>() <= high;
    if (!in_range) {
      fail(field,
           "a whole number from " + std::to_string(low) + " to " + std::to_string(high) + " is expected");
    }
    return json.get<std::int64_t>();
  }

  Address address(std::string_view field) {
    const std::optional<Address> address = parse_address(text(field));
    if (!address) fail(field, "an IP address and a port are expected, such as 10.0.0.1:7000");
    return *address;
  }

  Address address_or_name(std::string_view field) {
    const std::optional<Address> address = parse_address_or_name(text(field));
    if (!address) {
      fail(field,
           "an IP address or a name, and a port are expected, such as 10.0.0.1:7000 or n1.example:7000");
    }
    return *address;
  }

  void refuse_unknown() const {
    for (const auto& [name, ignored] : object_.items()) {
      if (known_.contains(name)) continue;
      std::string accepted;
      for (const std::string& each : known_) accepted += (accepted.empty() ? "" : ", ") + each;
      fail(name, "there is no such field; known are " + accepted);
    }
  }

 private:
  const Json& object_;
  std::string_view file_;
  std::string path_;
  std::set<std::string> known_;
};

std::size_t line_of(std::string_view text, std::size_t offset) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size()));
  return 1 + static_cast<std::size_t>(std::count(text.begin(), end, '\n'));
}

// The library silently keeps the last of several fields with one name, so names are watched while it parses.
Json parse_json(std::string_view text, std::string_view file) {
  constexpr int kDepthMax = 16;
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kDepthMax) throw InputError(std::string(file) + ": it is nested too deeply");
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end && !names.empty()) names.pop_back();
    if (event == Json::parse_event_t::key && !names.empty() && !names.back().insert(parsed).second) {
      throw InputError(std::string(file) + ": field " + parsed.dump() + ": it is given twice");
    }
    return true;
  };
  try {
    return Json::parse(text, watch, true, true);
  } catch (const Json::parse_error& error) {
    throw InputError(std::string(file) + ":" +
                     std::to_string(line_of(text, error.byte == 0 ? 0 : error.byte - 1)) +
                     ": this is no valid JSON");
  } catch (const Json::out_of_range&) {
    throw InputError(std::string(file) + ": a number in it is too large");
  }
}

std::vector<ServerConfig::Peer> read_peers(Fields& fields, std::string_view file) {
  const Json* json = fields.find("peers");
  if (json == nullptr || !json->is_array() || json->empty() || json->size() > kPeersMax) {
    fields.fail("peers", "a list of 1 to 64 objects with name and address is expected");
  }
  std::vector<ServerConfig::Peer> peers;
  for (const Json& item : *json) {
    Fields entry(item, file, "peers[" + std::to_string(peers.size()) + "]");
    ServerConfig::Peer peer{entry.text("name"), entry.address_or_name("address")};
    entry.refuse_unknown();
    for (const ServerConfig::Peer& other : peers) {
      if (other.name == peer.name)
        entry.fail("name", "\"" + peer.name + "\" is the name of another peer too");
      if (other.address == peer.address) {
        entry.fail("address", peer.address.to_string() + " is the address of another peer too");
      }
    }
    peers.push_back(std::move(peer));
  }
  return peers;
}

void read_cluster(Fields& fields, ServerConfig& config) {
  const Json* json = fields.find("cluster");
  if (json != nullptr && json->is_number_integer()) {
    config.cluster = std::to_string(fields.number_in(*json, "cluster", 1, INT64_MAX));
  } else {
    config.cluster = fields.text("cluster");
  }
  config.replica.cluster_id = cluster_id_of(config.cluster);
}

void read_self(Fields& fields, ServerConfig& config) {
  config.node = fields.text("node");
  const auto self = std::find_if(config.peers.begin(), config.peers.end(),
                                 [&](const ServerConfig::Peer& peer) { return peer.name == config.node; });
  if (self == config.peers.end()) fields.fail("node", "\"" + config.node + "\" is not among the peers");
  config.replica.self = static_cast<PeerId>(self - config.peers.begin());
  config.replica.cluster_size = static_cast<PeerId>(config.peers.size());
  if (self->address.is_name() && !fields.has("listen"))
    fields.fail("listen",
                "an IP address and a port are expected, since the own address among the peers is a name");
  config.listen = fields.has("listen") ? fields.address("listen") : self->address;
  if (fields.has("http")) config.http = fields.address("http");
  if (config.http == config.listen && config.listen.port != 0) {
    fields.fail("http", config.listen.to_string() + " is where the node listens for peers and clients");
  }
}

void read_timing(Fields& fields, ReplicaConfig& replica) {
  constexpr std::int64_t kMinuteMs = 60'000;
  replica.heartbeat_interval =
      fields.number("heartbeat_ms", replica.heartbeat_interval / kMillisecond, 1, kMinuteMs) * kMillisecond;
  if (const Json* json = fields.find("election_ms")) {
    if (!json->is_array() || json->size() != 2) {
      fields.fail("election_ms", "a list of two numbers is expected: the shortest and the longest timeout");
    }
    replica.election_timeout_min = fields.number_in((*json)[0], "election_ms", 1, kMinuteMs) * kMillisecond;
    replica.election_timeout_max = fields.number_in((*json)[1], "election_ms", 1, kMinuteMs) * kMillisecond;
  }
  if (replica.election_timeout_min > replica.election_timeout_max) {
    fields.fail("election_ms", "the first number must not be greater than the second");
  }
  if (replica.election_timeout_min <= replica.heartbeat_interval) {
    fields.fail("election_ms", "the first number must be greater than heartbeat_ms");
  }
  replica.clock_drift_ppm_max = fields.number("clock_drift_ppm", replica.clock_drift_ppm_max, 0, 500'000);
}

// What they mean is for the mode to say.
void read_options(Fields& fields, Facts& options) {
  const Json* json = fields.find("options");
  if (json == nullptr) return;
  if (!json->is_object()) fields.fail("options", "an object is expected");
  for (const auto& [name, value] : json->items()) {
    if (value.is_string()) {
      options.push_back({name, Value::text(value.get_ref<const std::string&>())});
    } else if (value.is_boolean()) {
      options.push_back({name, Value::boolean(value)});
    } else {
      options.push_back({name, Value(fields.number_in(value, "options." + name, INT64_MIN, INT64_MAX))});
    }
  }
}

void read_replica(Fields& fields, ServerConfig& config) {
  ReplicaConfig& replica = config.replica;
  read_options(fields, config.options);
  if (const Json* json = fields.find("bugs")) {
    if (!json->is_array()) fields.fail("bugs", "a list of names is expected");
    for (const Json& bug : *json) {
      if (!bug.is_string()) fields.fail("bugs", "a list of names is expected");
      replica.bugs.push_back(bug);
    }
  }
  replica.log_entries_kept = static_cast<std::uint64_t>(
      fields.number("log_entries_kept", static_cast<std::int64_t>(replica.log_entries_kept), 1, 100'000'000));
  replica.format_level = static_cast<int>(
      fields.number("format_level", kFirstFormatLevel, kFirstFormatLevel, kNewestFormatLevel));
  replica.client_queue_max = static_cast<std::size_t>(
      fields.number("client_queue", static_cast<std::int64_t>(replica.client_queue_max), 1, 10'000'000));
}

}  // namespace

std::uint64_t cluster_id_of(std::string_view cluster) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(cluster.data(), cluster.data() + cluster.size(), number);
  if (error != std::errc() || end != cluster.data() + cluster.size()) number = stable_hash(cluster);
  return std::max<std::uint64_t>(number, 1);
}

ServerConfig parse_server_config(std::string_view text, std::string_view file) {
  if (text.size() > kFileSizeMaxBytes) throw InputError(std::string(file) + ": it is larger than 1 MiB");
  const Json json = parse_json(text, file);
  Fields fields(json, file, "");
  ServerConfig config;
  config.file = file;
  config.peers = read_peers(fields, file);
  read_self(fields, config);
  read_cluster(fields, config);
  config.mode = fields.text("mode", config.mode);
  config.data = fields.text("data");
  config.fsync = fields.flag("fsync", config.fsync);
  read_replica(fields, config);
  read_timing(fields, config.replica);
  config.connections_max = static_cast<std::size_t>(
      fields.number("connections", static_cast<std::int64_t>(config.connections_max), 1, 1'000'000));
  if (fields.has("seed")) config.seed = static_cast<std::uint64_t>(fields.number("seed", 0, 0, INT64_MAX));
  fields.refuse_unknown();
  return config;
}

ServerConfig read_server_config(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw InputError(file + ": can't read the configuration: " + std::strerror(errno));
  const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (stream.bad()) throw InputError(file + ": can't read the configuration");
  return parse_server_config(text, file);
}

}  // namespace assay::refdb
