// What the lines of clients ask for and bring back; see history_assembler.h.
#include <utility>

#include "harness/formats/history_assembler.h"
#include "harness/formats/mop_text.h"

namespace assay::formats {

namespace {

Value argument_of(Fn fn, Form form) {
  if (fn == Fn::cas && form.is_pair()) {
    return Value::pair(value_from_form(form.first()), value_from_form(form.second()));
  }
  return value_from_form(form);
}

}  // namespace

Fn HistoryAssembler::function_of(const Line& line, std::string_view name, bool txn_allowed) const {
  if (name == "r" || name == "get") return Fn::read;
  if (name == "w" || name == "put") return Fn::write;
  // Elle's of predicates: a row that is deleted has no value; see also transaction_of().
  if (!txn_allowed && !own_ && name == "delete") return Fn::write;
  if (name == "rp") return Fn::scan;
  if (const auto fn = fn_from_name(name)) return *fn;
  std::string accepted;
  for (int fn = 0; fn <= static_cast<int>(Fn::generate); ++fn) {
    if (!accepted.empty()) accepted += !txn_allowed && fn == static_cast<int>(Fn::generate) ? " or " : ", ";
    accepted += fn_name(static_cast<Fn>(fn));
  }
  if (txn_allowed) accepted += " or txn";
  refuse(line.number, "expected a function among " + accepted + ", got \"" + std::string(name) + '"');
}

// Fills mops_ from an invocation.
void HistoryAssembler::request_of(const Line& line, Open& open) {
  mops_.clear();
  if (!line.f && (!line.value || !line.value.is_list())) refuse(line.number, "expected the field \"f\"");
  const std::string_view name = line.f ? text(line, "f", line.f) : "txn";
  if (workload_request(line, name, open)) return;
  if (name == "txn") {
    open.transaction = true;
    return transaction_of(line, mops_);
  }
  Mop mop;
  mop.fn = function_of(line, name, true);
  Form value = line.value;
  if (mop.fn == Fn::scan) {
    if (line.extra) mop.argument = predicate_of(line, line.extra);
    mops_.push_back(std::move(mop));
    return;
  }
  if (line.key) {
    mop.key = key_of(line, line.key);
  } else if (value && value.is_pair()) {
    open.tuple = mop.fn != Fn::cas || value.second().is_list();
    if (open.tuple) {
      mop.key = key_of(line, value.first());
      value = value.second();
    }
  }
  if (value && !brings_result(mop.fn)) mop.argument = argument_of(mop.fn, value);
  if (line.extra && brings_result(mop.fn)) mop.argument = value_from_form(line.extra);
  mops_.push_back(std::move(mop));
}

void HistoryAssembler::transaction_of(const Line& line, std::vector<Mop>& mops) {
  if (!line.value || !line.value.is_list()) {
    refuse(line.number,
           "expected \"value\" of a txn to be a list of micro-operations such as [\"r\",1,null]");
  }
  for (const Form parts : line.value) {
    if (unknown_poll(line, parts, mops)) continue;
    if (!parts.is_list() || parts.size() < 2 || parts.size() > 4) {
      refuse(line.number, "expected a micro-operation such as [\"r\",1,null], got " + excerpt(parts));
    }
    auto part = parts.begin();
    Mop& mop = mops.emplace_back();
    mop.fn = function_of(line, text(line, "value", *part), false);
    if (mop.fn == Fn::scan) {
      mop.argument = predicate_of(line, *++part);
      if (parts.size() > 2) mop.result = rows_of(line, *++part);
      continue;
    }
    mop.key = key_of(line, *++part);
    const bool result = brings_result(mop.fn);
    if (parts.size() > 2) {
      (result ? mop.result : mop.argument) = result ? value_from_form(*++part) : argument_of(mop.fn, *++part);
    }
    if (parts.size() > 3) (result ? mop.argument : mop.result) = value_from_form(*++part);
    // Elle inserts rows; what goes into a text is a position and a text.
    if (mop.fn == Fn::insert && !own_ && mop.argument.kind() != Value::Kind::pair) mop.fn = Fn::write;
  }
}

// Fills mops_ with the open operation's mops and the results that its completion brings.
void HistoryAssembler::results_of(const Line& line, const Open& open, Outcome outcome) {
  const auto before = builder_.at(open.id).mops;
  mops_.assign(before.begin(), before.end());
  if (open.special != Special::none) return workload_results(line, open, outcome);
  const std::string_view name = line.f ? text(line, "f", line.f) : std::string_view();
  const auto refuse_other = [&] {
    refuse(line.number, "expected the same function and keys as in the invocation (line " +
                            std::to_string(open.line) + "), got \"" + std::string(name) + '"');
  };
  if (line.f ? name == "txn" : open.transaction) {
    if (!line.value || line.value.is_nil()) return;
    after_.clear();
    transaction_of(line, after_);
    if (after_.size() != mops_.size()) refuse_other();
    for (std::size_t i = 0; i < after_.size(); ++i) {
      if (after_[i].fn != mops_[i].fn || after_[i].key != mops_[i].key) refuse_other();
      if (after_[i].fn == Fn::scan && after_[i].argument != mops_[i].argument) refuse_other();
      finish_mop(mops_[i], after_[i]);
    }
    return;
  }
  if (mops_.size() != 1 || (line.f && function_of(line, name, true) != mops_[0].fn)) refuse_other();
  Mop& mop = mops_[0];
  if (line.key && key_of(line, line.key) != mop.key) refuse_other();
  if (mop.fn == Fn::scan) {
    if (line.value) mop.result = rows_of(line, line.value);
    return;
  }
  if (outcome == Outcome::ok && read_of_map(line, open)) return;
  Form value = line.value;
  if (mop.fn == Fn::read && value && value.is_list() && outcome == Outcome::ok && !own_) {
    lists_are_read_ = lists_are_read_ || (!line.key && !open.tuple);
    elements_are_tuples_ = elements_are_tuples_ || (open.tuple && !value.is_pair());
  }
  if (open.tuple && value && value.is_pair()) value = value.second();
  if (brings_result(mop.fn)) {
    if (value) mop.result = value_from_form(value);
  } else if (!own_ && mop.argument.is_nil() && value && !value.is_nil() && outcome == Outcome::ok) {
    // What was written may be known only when it was.
    mop.argument = argument_of(mop.fn, value);
  } else if (line.extra) {
    mop.result = value_from_form(line.extra);
  }
}

}  // namespace assay::formats
