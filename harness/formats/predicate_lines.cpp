// Predicate reads: ours, those of Elle's closed-predicate histories, and Jepsen's workload of G2 (jepsen.tests.adya); see
// history_assembler.h and docs/history.md.
#include <utility>

#include "harness/core/predicate.h"
#include "harness/formats/history_assembler.h"

namespace assay::formats {

// Elle's predicate of every row is `true`, ours is nil.
Value HistoryAssembler::predicate_of(const Line& line, Form form) const {
  const bool all =
      (form.is_text() && form.text() == "true") || (form.kind() == Form::Kind::boolean && form.boolean());
  Value predicate = all ? Value() : value_from_form(form);
  if (!is_predicate(predicate)) {
    refuse(line.number, "expected a predicate such as nil, [\"=\",3], [\"mod\",3,0] or [\"keys\",1,9], got " +
                            excerpt(form));
  }
  return predicate;
}

// [[key value] ...] or {key value, ...}.
Value HistoryAssembler::rows_of(const Line& line, Form form) {
  if (form.is_nil()) return {};
  std::vector<Value> rows;
  if (form.is_map()) {
    for (auto part = form.begin(); part != form.end(); ++part) {
      const Key key = own_ ? key_of(line, *part) : key_of_field(line, *part);
      rows.push_back(Value::pair(key, value_from_form(*++part)));
    }
    return Value::list(std::move(rows));
  }
  const auto refuse_rows = [&] {
    refuse(line.number,
           "expected the rows that a predicate read found, such as [[1,5],[2,7]], got " + excerpt(form));
  };
  if (!form.is_list()) refuse_rows();
  for (const Form row : form) {
    if (!row.is_pair()) refuse_rows();
    rows.push_back(Value::pair(key_of(line, row.first()), value_from_form(row.second())));
  }
  return Value::list(std::move(rows));
}

// Fills mops_ from an invocation; false when it is neither of the two.
bool HistoryAssembler::predicate_request(const Line& line, std::string_view f, Open& open) {
  if (f == "init" && line.value && line.value.is_map()) {
    open.special = Special::universe;
    for (auto part = line.value.begin(); part != line.value.end(); ++part) {
      const Key key = key_of_field(line, *part);
      mops_.push_back({Fn::write, key, value_from_form(*++part), {}});
    }
    return true;
  }
  if (f != "insert" || !line.value || !line.value.is_pair() || !line.value.second().is_pair()) return false;
  // One of the two is nil; else it inserts into a text.
  if (line.value.second().first().is_nil() == line.value.second().second().is_nil()) return false;
  // [group [a b]]: both tables are searched for rows of the group, and where there are none, row a goes into the one or
  // row b into the other.
  open.special = Special::insert;
  const Value group = value_from_form(line.value.first());
  const Form rows = line.value.second();
  const auto content = [&](const char* table) { return Value::list({Value::text(table), group}); };
  for (const char* table : {"a", "b"}) {
    mops_.push_back({Fn::scan, 0, Value::list({Value::text("="), content(table)}), {}});
  }
  if (!rows.first().is_nil()) mops_.push_back({Fn::write, key_of(line, rows.first()), content("a"), {}});
  if (!rows.second().is_nil()) mops_.push_back({Fn::write, key_of(line, rows.second()), content("b"), {}});
  return true;
}

}  // namespace assay::formats
