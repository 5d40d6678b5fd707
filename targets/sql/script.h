// Requests as statements of SQL, whatever the database. All values are in one table, a row for each key, with columns k (a whole
// number) and v (a text, stored_value.h); the words of each statement are the database's own.
//
//   read    the row                  write    insert, or update
//   cas     an update where v is what is expected; an insert that gives way where nothing is expected
//   append  insert, or update that puts the element at the end of the row's text
//   add     of a number to a number, of a text to a set of texts (a list without doubles); remove takes it out of there
//   scan    the rows that the predicate matches
//
// A request of one micro-operation is one statement that commits itself; one of several is a transaction, a statement for each,
// with a round trip each, as an application's would be.
//
// Thread safety: pure functions and plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/core/operation.h"

namespace assay::sql {

// Each with its parameters, in order.
enum class Sql : std::uint8_t {
  read,            // key
  write,           // key, value
  replace,         // key, expected, desired: compare-and-set of a value
  create,          // key, desired: compare-and-set of nothing
  append,          // key, element
  add_number,      // key, number
  add_element,     // key, element
  remove_element,  // key, element
  scan_all,        //
  scan_equal,      // value
  scan_remainder,  // divisor, remainder
  scan_keys,       // first, last
};
inline constexpr std::size_t kSqlCount = 12;

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

// Or one sentence that says what of it `target` can't do.
std::variant<Script, std::string> script_for(const Request& request, std::string_view target);

using Row = std::vector<std::optional<std::string>>;

// What a statement that went well brought.
struct Rows {
  std::vector<Row> rows;
  std::int64_t changed = 0;  // rows that were inserted, updated, or would have been but were so already
};

enum class Taken : std::uint8_t {
  done,
  unmet,     // the expectation of a compare-and-set
  nonsense,  // no answer that this statement has
};
// Puts the answer into the micro-operation that the statement was made for.
Taken take_rows(Mop& mop, const Rows& answer);

}  // namespace assay::sql
