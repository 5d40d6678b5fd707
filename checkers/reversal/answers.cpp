#include "checkers/reversal/answers.h"

#include <map>
#include <utility>

namespace assay::checkers {

namespace {

constexpr std::uint64_t kOperationsPerLook = 1024;

struct Seen {
  OpId read = 0;
  Key answer = 0;
};

}  // namespace

bool find_orphan_answers(const History& history, Limits& limits, OrphanAnswers& found) {
  std::map<std::pair<ProcessId, Key>, Seen> seen;  // by session and key of what was answered
  for (const Operation op : history.operations()) {
    if (op.id % kOperationsPerLook == 0 && limits.spent()) return false;
    if (op.outcome != Outcome::ok) continue;
    // Answers first: in one read, order means nothing.
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read || mop.result.kind() != Value::Kind::pair) continue;
      const Value question = mop.result.second();
      if (!question.is_integer()) continue;
      ++found.answers;
      if (seen.try_emplace({op.process, question.as_integer()}, Seen{op.id, mop.key}).second) {
        limits.charge(sizeof(Seen) + 64);
      }
    }
    for (const Mop& mop : op.mops) {
      const auto answer = mop.fn == Fn::read ? seen.find({op.process, mop.key}) : seen.end();
      if (answer == seen.end()) continue;
      ++found.compared;
      if (!mop.result.is_nil()) continue;
      ++found.count;
      if (found.first.size() < OrphanAnswers::kKept) {
        found.first.push_back({answer->second.read, op.id, answer->second.answer, mop.key});
      }
    }
  }
  return !limits.spent();
}

}  // namespace assay::checkers
