// The statements of requests (targets/sql/script.h) as PostgreSQL says them. All values are in one table:
//
//   CREATE TABLE assay_values (k bigint PRIMARY KEY, v text NOT NULL)
//
// Writes are INSERT ... ON CONFLICT DO UPDATE. All statements are prepared once for each connection.
//
// Thread safety: constants.
#pragma once

#include <string_view>

#include "targets/sql/script.h"

namespace assay::postgres {

using sql::Row;
using sql::Rows;
using sql::Script;
using sql::Sql;
using sql::Statement;

inline constexpr std::string_view kTableSql =
    "CREATE TABLE IF NOT EXISTS assay_values (k bigint PRIMARY KEY, v text NOT NULL) WITH (fillfactor = 50)";

const char* sql_name(Sql sql);  // under which it is prepared
const char* sql_text(Sql sql);

}  // namespace assay::postgres
