// Claims about what was put in and what was found: bank, set, set-full, total-queue, unique-ids, long-fork.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "checkers/verify/common.h"
#include "checkers/verify/observations.h"

namespace assay::checkers {

namespace {

using Element = std::pair<Key, Value>;

// What is known of the adds or enqueues of each element of each key.
struct Added {
  Nanos first_invoked = kNever;    // of those that did not fail
  Nanos first_completed = kNever;  // of those that were acknowledged
  std::uint64_t attempted = 0, acknowledged = 0, found = 0;
};

std::map<Element, Added> added_by(const History& history, Fn fn) {
  std::map<Element, Added> all;
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::fail) continue;
    for (const Mop& mop : op.mops) {
      if (mop.fn != fn) continue;
      Added& added = all[{mop.key, mop.argument}];
      added.first_invoked = std::min(added.first_invoked, op.invoked);
      ++added.attempted;
      if (op.outcome != Outcome::ok) continue;
      ++added.acknowledged;
      added.first_completed = std::min(added.first_completed, op.completed);
    }
  }
  return all;
}

// Adds that wrap around, as a checker's do.
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

std::string refute_bank(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"total", "negative", "absent"});
  if (!wrong.empty()) return wrong;
  const bool may_be_negative = option_of(certificate, "negative", "no") == "yes";
  const bool may_be_absent = option_of(certificate, "absent", "no") == "yes";
  std::optional<std::int64_t> total = number_of(certificate, "total");
  std::optional<std::set<Key>> accounts;
  for (const Operation op : history.operations()) {
    const bool is_read =
        std::all_of(op.mops.begin(), op.mops.end(), [](const Mop& mop) { return mop.fn == Fn::read; });
    if (op.mops.empty() || op.outcome == Outcome::fail || (is_read && op.outcome != Outcome::ok)) continue;
    std::int64_t sum = 0;
    std::set<Key> found;
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::read && !is_read) continue;
      if (mop.fn != Fn::read && mop.fn != Fn::add) return complain(op.id, "is neither a transfer nor a read");
      const Value& value = is_read ? mop.result : mop.argument;
      const bool absent = is_read && may_be_absent && value.is_nil();
      if (!absent && !value.is_integer()) return complain(op.id, "finds or moves no money");
      const std::int64_t amount = absent ? 0 : value.as_integer();
      sum = plus(sum, amount);
      if (is_read && amount < 0 && !may_be_negative) return complain(op.id, "finds less than nothing");
      if (is_read && !found.insert(mop.key).second) return complain(op.id, "reads an account twice");
    }
    if (!is_read && sum != 0) return complain(op.id, "makes or destroys money");
    if (!is_read) continue;
    if (found != accounts.value_or(found)) return complain(op.id, "finds other accounts");
    if (sum != total.value_or(sum)) return complain(op.id, "finds another total");
    accounts = found;
    total = sum;
  }
  return accounts ? "" : kNothing;
}

std::string refute_set(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {});
  if (!wrong.empty()) return wrong;
  std::map<Key, OpId> last_read;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::read && op.outcome == Outcome::ok) last_read[mop.key] = op.id;
    }
  }
  std::map<Element, Added> adds = added_by(history, Fn::add);
  for (const auto& [key, id] : last_read) {
    const Operation read = history.at(id);
    for (const Mop& mop : read.mops) {
      if (mop.fn != Fn::read || mop.key != key) continue;
      for (const Value& value : elements_of(mop.result)) {
        const auto added = adds.find({key, value});
        if (added == adds.end() || added->second.first_invoked > read.completed)
          return complain(id, "found what nobody had added");
        if (++added->second.found > 1) return complain(id, "found an element twice");
      }
    }
  }
  for (const auto& [element, added] : adds) {
    const auto read = last_read.find(element.first);
    if (read == last_read.end()) return "A set was never read.";
    if (added.found == 0 && added.first_completed < history.at(read->second).invoked)
      return complain(read->second, "lacks " + element.second.to_string());
  }
  return last_read.empty() ? kNothing : "";
}

std::string refute_set_full(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"linearizable"});
  if (!wrong.empty()) return wrong;
  const bool linearizable = option_of(certificate, "linearizable", "no") == "yes";
  std::map<Element, Added> adds = added_by(history, Fn::add);
  std::map<Key, std::vector<OpId>> reads;  // in order
  std::map<Element, std::vector<std::size_t>> found_in;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read || op.outcome != Outcome::ok) continue;
      const std::size_t number = reads[mop.key].size();
      reads[mop.key].push_back(op.id);
      for (const Value& value : elements_of(mop.result)) {
        const auto added = adds.find({mop.key, value});
        if (added == adds.end() || added->second.first_invoked > op.completed)
          return complain(op.id, "found what nobody had added");
        // From the moment at which it is first told of, an element is known.
        added->second.first_completed = std::min(added->second.first_completed, op.completed);
        std::vector<std::size_t>& found = found_in[{mop.key, value}];
        if (!found.empty() && found.back() == number) return complain(op.id, "found an element twice");
        found.push_back(number);
      }
    }
  }
  for (const auto& [element, added] : adds) {
    const std::vector<std::size_t>& found = found_in[element];
    const std::vector<OpId>& all = reads[element.first];
    // The last read without it: backwards, as long as all have it.
    std::size_t with = found.size(), lacking = all.size();
    while (lacking > 0 && with > 0 && found[with - 1] == lacking - 1) --lacking, --with;
    if (lacking == 0 || added.first_completed >= history.at(all[lacking - 1]).invoked) continue;
    const bool is_back = !found.empty() && found.back() > lacking - 1;
    if (!is_back || linearizable) return complain(all[lacking - 1], "lacks " + element.second.to_string());
  }
  return found_in.empty() ? kNothing : "";
}

std::string refute_total_queue(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"delivery"});
  if (!wrong.empty()) return wrong;
  const bool once = option_of(certificate, "delivery", "exactly-once") == "exactly-once";
  std::map<Element, Added> queued = added_by(history, Fn::enqueue);
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::dequeue || op.outcome != Outcome::ok || mop.result.is_nil()) continue;
      const auto added = queued.find({mop.key, mop.result});
      if (added == queued.end() || added->second.first_invoked > op.completed)
        return complain(op.id, "took what nobody had put in");
      if (++added->second.found > added->second.attempted && once)
        return complain(op.id, "took what had been taken before");
    }
  }
  for (const auto& [element, added] : queued) {
    if (added.found < added.acknowledged) return "Element " + element.second.to_string() + " never came out.";
  }
  return queued.empty() ? kNothing : "";
}

std::string refute_unique_ids(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {});
  if (!wrong.empty()) return wrong;
  std::set<Value> ids;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::generate || op.outcome != Outcome::ok) continue;
      if (mop.result.is_nil()) return complain(op.id, "returned no id");
      if (!ids.insert(mop.result).second) return complain(op.id, "returned an id that was given out before");
    }
  }
  return ids.empty() ? kNothing : "";
}

std::string refute_long_fork(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {});
  if (!wrong.empty()) return wrong;
  std::map<Key, std::pair<OpId, Value>> written_by;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::read || op.outcome == Outcome::fail) continue;
      if (mop.fn != Fn::write) return complain(op.id, "is neither a read nor a write");
      if (!written_by.try_emplace(mop.key, op.id, mop.argument).second)
        return complain(op.id, "writes a key again");
    }
  }
  std::set<std::pair<Key, Key>> seen_before;
  for (const Operation op : history.operations()) {
    if (op.outcome != Outcome::ok) continue;
    std::set<Key> seen, unseen;
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read) continue;
      if (mop.result.is_nil()) {
        unseen.insert(mop.key);
        continue;
      }
      const auto write = written_by.find(mop.key);
      const bool known = write != written_by.end() && write->second.second == mop.result;
      if (!known || history.at(write->second.first).invoked > op.completed)
        return complain(op.id, "read what nobody had written");
      if (write->second.first != op.id) seen.insert(mop.key);  // its own write it sees in any case
    }
    for (const Key first : seen) {
      for (const Key second : unseen) {
        seen_before.insert({first, second});
        if (seen_before.contains({second, first}))
          return complain(op.id, "saw two writes in the opposite order");
      }
    }
  }
  return seen_before.empty() ? kNothing : "";
}

}  // namespace assay::checkers
