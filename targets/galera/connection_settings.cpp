#include <algorithm>

#include "targets/galera/connection.h"

namespace assay::galera {

std::string text_of(const Server& server) {
  if (server.address.starts_with('/')) return server.address;
  const bool colons = server.address.find(':') != std::string::npos;
  return (colons ? "[" + server.address + "]" : server.address) + ":" + std::to_string(server.port);
}

std::string setting_sql(const SessionSettings& settings) {
  // Literals are escaped for this mode, and wrong values are errors in it.
  std::string sql =
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES', SESSION tx_isolation = '" + settings.isolation + "'";
  const auto set = [&sql](const std::string& name, const std::string& value) {
    sql += ", SESSION " + name + " = " + value;
  };
  if (settings.sync_wait != 0) set("wsrep_sync_wait", std::to_string(settings.sync_wait));
  if (settings.dirty_reads) set("wsrep_dirty_reads", "ON");
  if (settings.snapshot_isolation) set("innodb_snapshot_isolation", "ON");
  if (settings.lock_wait_timeout > 0)
    set("innodb_lock_wait_timeout", std::to_string(std::max(Nanos(1), settings.lock_wait_timeout / kSecond)));
  return sql;
}

}  // namespace assay::galera
