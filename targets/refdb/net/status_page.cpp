#include "targets/refdb/net/status_page.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "harness/core/time.h"
#include "targets/refdb/replica/builds.h"

namespace assay::refdb {

namespace {

using Json = nlohmann::ordered_json;

Json names_and_values(const std::vector<std::pair<std::string, std::int64_t>>& counters) {
  Json json = Json::object();
  for (const auto& [name, value] : counters) json[name] = value;
  return json;
}

std::vector<std::pair<std::string, std::int64_t>> storage_counters(const NodeStatus& status) {
  return {{"groups", status.storage.groups},
          {"batches", status.storage.batches},
          {"size_bytes", status.storage.size_bytes},
          {"syncs", status.storage.syncs},
          {"sync_nanos", status.storage.sync_nanos},
          {"backlog_size_bytes", static_cast<std::int64_t>(status.storage_backlog_size_bytes)}};
}

std::string metric_name(std::string_view name) {
  std::string out = "refdb_";
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += plain ? c : '_';
  }
  return out;
}

std::string label_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

class Page {
 public:
  void gauge(std::string_view name, std::int64_t value) { single(name, "gauge", value); }
  void counter(std::string_view name, std::int64_t value) {
    single(std::string(name) + "_total", "counter", value);
  }
  void single(std::string_view name, std::string_view type, std::int64_t value) {
    type_line(name, type);
    text += metric_name(name) + " " + std::to_string(value) + "\n";
  }
  void type_line(std::string_view name, std::string_view type) {
    text += "# TYPE " + metric_name(name) + " " + std::string(type) + "\n";
  }
  std::string text;
};

std::string seconds(double nanos) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%.9g", nanos / 1e9);
  return out.data();
}

void sync_histogram(Page& page, const CommitCounters& counters) {
  page.type_line("storage_sync_seconds", "histogram");
  std::int64_t total = 0;
  for (std::size_t i = 0; i < counters.sync_classes.size(); ++i) {
    total += counters.sync_classes[i];
    const bool last = i == kSyncBoundsMicros.size();
    const std::string bound = last ? "+Inf" : seconds(static_cast<double>(kSyncBoundsMicros[i]) * 1e3);
    page.text += "refdb_storage_sync_seconds_bucket{le=\"" + bound + "\"} " + std::to_string(total) + "\n";
  }
  page.text += "refdb_storage_sync_seconds_sum " + seconds(static_cast<double>(counters.sync_nanos)) + "\n";
  page.text += "refdb_storage_sync_seconds_count " + std::to_string(counters.syncs) + "\n";
}

}  // namespace

std::string render_status(const NodeStatus& status) {
  Json json;
  json["node"] = status.config.node;
  json["cluster"] = status.config.cluster;
  json["mode"] = status.config.mode;
  json["options"] = Json::object();
  for (const Fact& fact : status.config.replica.options.facts()) {
    json["options"][fact.name] =
        fact.value.is_integer() ? Json(fact.value.as_integer()) : Json(std::string(fact.value.as_text()));
  }
  json["version"] = version_text(status.version, status.config.replica.format_level);
  json["pid"] = ::getpid();
  json["uptime_ms"] = status.uptime / kMillisecond;
  json["role"] = status.replica.role;
  json["term"] = status.replica.term;
  const auto& leader = status.replica.leader;
  const bool known = leader && *leader < status.config.peers.size();
  json["leader"] = known ? Json(status.config.peers[*leader].name) : Json(nullptr);
  json["members"] = Json::array();
  for (const PeerId member : status.replica.members) {
    if (member < status.config.peers.size()) json["members"].push_back(status.config.peers[member].name);
  }
  json["commit"] = status.replica.commit_index;
  json["applied"] = status.replica.applied_index;
  json["last"] = status.replica.last_index;
  json["fsync"] = status.config.fsync;
  json["bugs"] = status.config.replica.bugs;
  json["clients"] = status.clients;
  json["peers_connected"] = status.peers_connected;
  json["counters"] = names_and_values(status.replica.counters);
  json["net"] = names_and_values(status.net.named());
  json["storage"] = names_and_values(storage_counters(status));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string render_metrics(const NodeStatus& status) {
  Page page;
  const ReplicaStatus& replica = status.replica;
  page.type_line("info", "gauge");
  page.text += "refdb_info{node=\"" + label_text(status.config.node) + "\",cluster=\"" +
               label_text(status.config.cluster) + "\",mode=\"" + label_text(status.config.mode) +
               "\",version=\"" + label_text(status.version) + "\"} 1\n";
  page.type_line("role", "gauge");
  page.text += "refdb_role{role=\"" + label_text(replica.role) + "\"} 1\n";
  page.gauge("leader", replica.leader ? static_cast<std::int64_t>(*replica.leader) : -1);
  page.gauge("term", static_cast<std::int64_t>(replica.term));
  page.gauge("commit_index", static_cast<std::int64_t>(replica.commit_index));
  page.gauge("applied_index", static_cast<std::int64_t>(replica.applied_index));
  page.gauge("last_index", static_cast<std::int64_t>(replica.last_index));
  page.gauge("lag_uncommitted", static_cast<std::int64_t>(replica.last_index - replica.commit_index));
  page.gauge("lag_unapplied", static_cast<std::int64_t>(replica.commit_index - replica.applied_index));
  page.gauge("clients", static_cast<std::int64_t>(status.clients));
  page.gauge("peers_connected", static_cast<std::int64_t>(status.peers_connected));
  page.gauge("seeded_bugs", static_cast<std::int64_t>(status.config.replica.bugs.size()));
  page.gauge("uptime_milliseconds", status.uptime / kMillisecond);
  // Whether they only grow is the protocol's affair, so no type is claimed.
  for (const auto& [name, value] : replica.counters) page.single("replica_" + name, "untyped", value);
  for (const auto& [name, value] : status.net.named()) page.counter("net_" + name, value);
  page.counter("storage_groups", status.storage.groups);
  page.counter("storage_batches", status.storage.batches);
  page.counter("storage_written_bytes", status.storage.size_bytes);
  page.gauge("storage_backlog_bytes", static_cast<std::int64_t>(status.storage_backlog_size_bytes));
  sync_histogram(page, status.storage);
  return page.text;
}

}  // namespace assay::refdb
