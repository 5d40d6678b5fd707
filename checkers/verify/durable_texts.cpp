// Texts at the end: every byte whose insertion was acknowledged is there, but for as many as were erased, and no more of a
// byte than were inserted.
#include <map>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/last_reads.h"
#include "checkers/verify/undone.h"

namespace assay::checkers {

namespace {

struct Text {
  std::map<char, std::uint64_t> acknowledged, attempted;
  std::uint64_t erased = 0;
  bool any = false;

  void note(const Operation& op, const Mop& mop) {
    any = any || op.outcome == Outcome::ok;
    if (mop.argument.kind() != Value::Kind::pair) return;
    const Value what = mop.argument.second();
    if (mop.fn == Fn::erase && what.is_integer())
      erased += static_cast<std::uint64_t>(std::max<std::int64_t>(what.as_integer(), 0));
    if (mop.fn != Fn::insert || what.kind() != Value::Kind::text) return;
    for (const char each : what.as_text()) {
      ++attempted[each];
      if (op.outcome == Outcome::ok) ++acknowledged[each];
    }
  }

  std::string refute(OpId id, const Value& found) {
    std::map<char, std::uint64_t> count;
    for (const char each : found.is_nil() ? std::string_view() : found.as_text()) ++count[each];
    for (const auto& [each, times] : count) {
      if (times > attempted[each]) return complain(id, "found more of a byte than were inserted");
    }
    std::uint64_t lost = 0;
    for (const auto& [each, times] : acknowledged) lost += times - std::min(times, count[each]);
    return lost > erased ? complain(id, "lacks bytes that nobody erased") : "";
  }
};

}  // namespace

std::string refute_texts(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {});
  if (!wrong.empty()) return wrong;
  const Undone undone(history);
  std::map<Key, Text> texts;
  for (const Operation given : history.operations()) {
    const std::optional<Operation> op = undone.left_of(given);
    for (const Mop& mop : given.mops) {
      if (mop.fn == Fn::read || mop.fn == Fn::backup || mop.fn == Fn::restore) continue;
      if (mop.fn != Fn::insert && mop.fn != Fn::erase)
        return complain(given.id, "is about no text, which nothing here can confirm");
      if (op && op->outcome != Outcome::fail) texts[mop.key].note(*op, mop);
    }
  }
  bool judged = false;
  for (const auto& [key, reads] : last_reads(history)) {
    if (!texts[key].any) continue;
    judged = true;
    for (const auto& [id, value] : reads) {
      const bool is_text = value.is_nil() || value.kind() == Value::Kind::text;
      if (wrong.empty() && is_text) wrong = texts[key].refute(id, value);
    }
  }
  return !wrong.empty() || judged ? wrong : kNothing;
}

}  // namespace assay::checkers
