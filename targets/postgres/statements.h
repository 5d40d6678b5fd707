// Requests as statements of SQL. All values are in one table, a row for each key:
//
//   CREATE TABLE assay_values (k bigint PRIMARY KEY, v text NOT NULL)
//
//   read    SELECT of the row        write    INSERT ... ON CONFLICT DO UPDATE
//   cas     UPDATE ... WHERE v = expected; INSERT ... ON CONFLICT DO NOTHING where nothing is expected
//   append  INSERT ... ON CONFLICT DO UPDATE that puts the element at the end of the row's text
//   add     of a number to a number, of a text to a set of texts (a list without doubles); remove takes it out of there
//   scan    SELECT of the rows that the predicate matches
//
// A request of one micro-operation is one statement that commits itself; one of several is BEGIN, a statement for each, COMMIT,
// with a round trip each, as an application's would be. All of them are prepared once for each connection.
//
// Thread safety: pure functions and plain data.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/core/operation.h"

namespace assay::postgres {

inline constexpr std::string_view kTableSql =
    "CREATE TABLE IF NOT EXISTS assay_values (k bigint PRIMARY KEY, v text NOT NULL) WITH (fillfactor = 50)";

enum class Sql : std::uint8_t {
  read,
  write,
  replace,  // compare-and-set of a value
  create,   // compare-and-set of nothing
  append,
  add_number,
  add_element,
  remove_element,
  scan_all,
  scan_equal,
  scan_remainder,
  scan_keys,
};
inline constexpr std::size_t kSqlCount = 12;

const char* sql_name(Sql sql);  // under which it is prepared
const char* sql_text(Sql sql);

struct Statement {
  Sql sql = Sql::read;
  std::vector<std::string> parameters;
};

struct Script {
  std::vector<Statement> statements;  // one for each micro-operation
  bool transaction = false;           // between BEGIN and COMMIT
  bool only_reads = false;
};

bool only_reads(const Request& request);

// Or one sentence that says what of it can't be done.
std::variant<Script, std::string> script_for(const Request& request);

using Row = std::vector<std::optional<std::string>>;

// What a statement that went well brought.
struct Rows {
  std::vector<Row> rows;
  std::int64_t changed = 0;
};

enum class Taken : std::uint8_t {
  done,
  unmet,     // the expectation of a compare-and-set
  nonsense,  // no answer that this statement has
};
// Puts the answer into the micro-operation that the statement was made for.
Taken take_rows(Mop& mop, const Rows& answer);

}  // namespace assay::postgres
