#include "targets/sql/script.h"

#include <algorithm>

#include "harness/core/predicate.h"
#include "targets/sql/stored_value.h"

namespace assay::sql {

namespace {

std::string text_of(std::int64_t number) { return std::to_string(number); }

std::optional<Statement> scan_statement(const Value& predicate) {
  if (!is_predicate(predicate)) return std::nullopt;
  if (predicate.is_nil()) return Statement{Sql::scan_all, {}};
  const auto words = predicate.as_list();
  if (words[0] == Value::text("=")) {
    const auto value = stored(words[1]);
    if (!value) return std::nullopt;
    return Statement{Sql::scan_equal, {*value}};
  }
  const Sql sql = words[0] == Value::text("mod") ? Sql::scan_remainder : Sql::scan_keys;
  return Statement{sql, {text_of(words[1].as_integer()), text_of(words[2].as_integer())}};
}

std::optional<Statement> cas_statement(const Mop& mop) {
  if (mop.argument.kind() != Value::Kind::pair) return std::nullopt;
  const auto desired = stored(mop.argument.second());
  if (!desired) return std::nullopt;
  if (mop.argument.first().is_nil()) return Statement{Sql::create, {text_of(mop.key), *desired}};
  const auto expected = stored(mop.argument.first());
  if (!expected) return std::nullopt;
  return Statement{Sql::replace, {text_of(mop.key), *expected, *desired}};
}

std::optional<Statement> with_argument(Sql sql, Key key, std::optional<std::string> argument) {
  if (!argument) return std::nullopt;
  return Statement{sql, {text_of(key), std::move(*argument)}};
}

std::optional<Statement> statement_for(const Mop& mop) {
  switch (mop.fn) {
    case Fn::read:
      return Statement{Sql::read, {text_of(mop.key)}};
    case Fn::write:
      return with_argument(Sql::write, mop.key, stored(mop.argument));
    case Fn::cas:
      return cas_statement(mop);
    case Fn::append:
      return with_argument(Sql::append, mop.key, stored_element(mop.argument));
    case Fn::add: {
      const Sql sql = mop.argument.is_integer() ? Sql::add_number : Sql::add_element;
      return with_argument(sql, mop.key, stored_element(mop.argument));
    }
    case Fn::remove:
      return with_argument(Sql::remove_element, mop.key, stored_element(mop.argument));
    case Fn::scan:
      return scan_statement(mop.argument);
    default:
      return std::nullopt;
  }
}

bool is_read(const Mop& mop) { return mop.fn == Fn::read || mop.fn == Fn::scan; }

Taken take_scan(Mop& mop, const std::vector<Row>& rows) {
  std::vector<Value> found;
  for (const Row& row : rows) {
    if (row.size() != 2 || !row[0] || !row[1]) return Taken::nonsense;
    const auto key = loaded(*row[0]), value = loaded(*row[1]);
    if (!key || !key->is_integer() || !value) return Taken::nonsense;
    found.push_back(Value::pair(*key, *value));
  }
  mop.result = Value::list(std::move(found));
  return Taken::done;
}

}  // namespace

bool only_reads(const Request& request) { return std::all_of(request.begin(), request.end(), is_read); }

std::variant<Script, std::string> script_for(const Request& request, std::string_view target) {
  Script script;
  script.transaction = request.size() > 1;
  script.only_reads = only_reads(request);
  for (const Mop& mop : request) {
    std::optional<Statement> statement = statement_for(mop);
    if (!statement) {
      const std::string what = mop.argument.is_nil() ? "" : " of " + mop.argument.to_string();
      return "target " + std::string(target) + " has no statement for " + std::string(fn_name(mop.fn)) + what;
    }
    script.statements.push_back(std::move(*statement));
  }
  if (script.statements.empty()) return std::string("a request without micro-operations");
  return script;
}

Taken take_rows(Mop& mop, const Rows& answer) {
  if (mop.fn == Fn::scan) return take_scan(mop, answer.rows);
  if (mop.fn == Fn::cas) return answer.changed == 1 ? Taken::done : Taken::unmet;
  if (mop.fn == Fn::remove) return Taken::done;  // what is not there is gone
  if (mop.fn != Fn::read) return answer.changed == 1 ? Taken::done : Taken::nonsense;
  mop.result = Value();
  if (answer.rows.empty()) return Taken::done;
  const Row& row = answer.rows.front();
  if (answer.rows.size() > 1 || row.size() != 1 || !row[0]) return Taken::nonsense;
  const auto value = loaded(*row[0]);
  if (!value) return Taken::nonsense;
  mop.result = *value;
  return Taken::done;
}

}  // namespace assay::sql
