// The statements of requests (targets/sql/script.h) as MariaDB says them, with their values in them: every round trip is one command
// of the text protocol, as most applications' are. All values are in one table:
//
//   CREATE TABLE assay_values (k BIGINT PRIMARY KEY, v MEDIUMBLOB NOT NULL)
//
// Bytes, so that nothing is compared by a collation. Writes are INSERT ... ON DUPLICATE KEY UPDATE.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "targets/sql/script.h"

namespace assay::galera {

inline constexpr std::string_view kTableSql =
    "CREATE TABLE IF NOT EXISTS assay_values (k BIGINT PRIMARY KEY, v MEDIUMBLOB NOT NULL) ENGINE=InnoDB";

std::string sql_of(const sql::Statement& statement);

// As a literal, for sessions whose sql_mode lets a backslash escape.
std::string quoted(std::string_view text);

}  // namespace assay::galera
