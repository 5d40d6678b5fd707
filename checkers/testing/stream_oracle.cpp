#include "checkers/testing/stream_oracle.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace assay::checkers::testing {

namespace {

// Numbers in the order in which a process saw them, each with the operation that brought it.
using Steps = std::vector<std::pair<std::int64_t, OpId>>;

bool any_between(const std::set<std::int64_t>& numbers, std::int64_t low, std::int64_t high) {
  for (const std::int64_t number : numbers) {
    if (low < number && number < high) return true;
  }
  return false;
}

std::vector<std::pair<std::int64_t, std::int64_t>> pairs_of(const Mop& mop) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (const Value& each : mop.result.as_list()) {
    pairs.emplace_back(each.first().as_integer(), each.second().as_integer());
  }
  return pairs;
}

void compare_steps(const Steps& steps, const std::set<std::int64_t>& known, const std::string& what,
                   std::set<std::string>& found) {
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const std::string where = steps[i].second == steps[i - 1].second ? "int-" : "";
    if (steps[i].first <= steps[i - 1].first) found.insert(where + "nonmonotonic-" + what);
    if (what == "poll" && any_between(known, steps[i - 1].first, steps[i].first))
      found.insert(where + "poll-skip");
  }
}

}  // namespace

std::set<std::string> log_anomalies(const History& history) {
  std::set<std::string> found;
  std::set<std::int64_t> known, polled;
  std::int64_t furthest = INT64_MIN;
  std::map<ProcessId, Steps> polls, sends;
  for (const Operation op : history.operations()) {
    const Mop& mop = op.mops[0];
    if (op.outcome != Outcome::ok) continue;
    if (mop.fn == Fn::send) {
      known.insert(mop.result.as_integer());
      sends[op.process].emplace_back(mop.result.as_integer(), op.id);
      continue;
    }
    for (const auto& [offset, element] : pairs_of(mop)) {
      known.insert(offset);
      polled.insert(element);
      furthest = std::max(furthest, offset);
      polls[op.process].emplace_back(offset, op.id);
      bool sent = false, failed = false;
      for (const Operation other : history.operations()) {
        const Mop& send = other.mops[0];
        if (send.fn != Fn::send || send.argument != Value(element)) continue;
        failed = other.outcome == Outcome::fail;
        sent = !failed && !op.precedes(other);
      }
      if (!sent) found.insert(failed ? "G1a" : "phantom-read");
    }
  }
  for (const auto& [process, steps] : polls) compare_steps(steps, known, "poll", found);
  for (const auto& [process, steps] : sends) compare_steps(steps, known, "send", found);
  for (const Operation op : history.operations()) {
    const Mop& mop = op.mops[0];
    if (mop.fn != Fn::send || op.outcome != Outcome::ok || polled.contains(mop.argument.as_integer()))
      continue;
    if (mop.result.as_integer() < furthest) found.insert("lost-write");
  }
  return found;
}

bool log_has_circle(const History& history) {
  std::set<std::pair<OpId, OpId>> depends;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::poll || op.outcome != Outcome::ok) continue;
      for (const auto& [offset, element] : pairs_of(mop)) {
        for (const Operation other : history.operations()) {
          for (const Mop& send : other.mops) {
            const bool sent = send.fn == Fn::send && send.key == mop.key && send.argument == Value(element);
            if (sent && other.outcome != Outcome::fail) depends.emplace(op.id, other.id);
          }
        }
      }
    }
  }
  for (std::size_t i = 0; i < history.size(); ++i) {
    const std::set<std::pair<OpId, OpId>> known = depends;
    for (const auto& [a, b] : known) {
      for (const auto& [c, d] : known) {
        if (b == c) depends.emplace(a, d);
      }
    }
  }
  return std::any_of(depends.begin(), depends.end(),
                     [](const auto& each) { return each.first == each.second; });
}

std::set<std::string> watch_anomalies(const History& history) {
  std::set<std::string> found;
  std::set<std::int64_t> known;
  for (const Operation op : history.operations()) {
    const Mop& mop = op.mops[0];
    if (op.outcome != Outcome::ok) continue;
    if (mop.fn == Fn::write) {
      known.insert(mop.result.as_integer());
      continue;
    }
    for (const auto& [revision, value] : pairs_of(mop)) known.insert(revision);
  }
  std::map<ProcessId, std::vector<Operation>> streams;
  for (const Operation op : history.operations()) {
    if (op.mops[0].fn == Fn::watch && op.outcome == Outcome::ok) streams[op.process].push_back(op);
  }
  for (const auto& [process, watches] : streams) {
    bool has_position = false, again = false;
    std::int64_t position = 0;
    for (const Operation& watch : watches) {
      const Mop& mop = watch.mops[0];
      const bool begins = !mop.argument.is_nil();
      if (begins) {
        again = has_position;
        has_position = true;
        position = mop.argument.as_integer() - 1;
      }
      for (const auto& [revision, value] : pairs_of(mop)) {
        if (begins && revision < mop.argument.as_integer()) {
          found.insert("event-before-start");
          continue;
        }
        if (has_position && revision <= position) {
          found.insert(revision == position ? "duplicate-event" : "unordered-event");
          continue;
        }
        if (has_position && any_between(known, position, revision)) {
          found.insert(again ? "broken-resume" : "missed-event");
        }
        has_position = true;
        again = false;
        position = revision;
      }
    }
  }
  return found;
}

}  // namespace assay::checkers::testing
