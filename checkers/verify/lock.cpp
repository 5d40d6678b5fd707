// Holdings of a lock do not overlap, tokens grow, and so do those under which a key is written.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/step_back.h"

namespace assay::checkers {

namespace {

struct Holding {
  Nanos invoked = 0, begin = 0, end = kNever;
  OpId acquire = 0;
  Value token;
};

// Empty, or what is wrong with the holdings of one lock. Only tokens count where leases may end without a word.
std::string refute_holdings(std::vector<Holding> holdings, bool lease) {
  std::vector<Seen> tokens;
  std::set<std::int64_t> given;
  for (const Holding& holding : holdings) {
    if (!holding.token.is_integer()) continue;
    tokens.push_back({holding.invoked, holding.begin, holding.token.as_integer(), holding.acquire, true});
    if (!given.insert(tokens.back().value).second) return complain(holding.acquire, "got a token again");
  }
  if (const std::optional<OpId> back = find_step_back(tokens)) return complain(*back, "got a lesser token");
  std::sort(holdings.begin(), holdings.end(), [](const Holding& a, const Holding& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  for (std::size_t i = 1; i < holdings.size() && !lease; ++i) {
    // As none overlaps the one before, the latest end is that of the one before; a moment alone overlaps nothing
    // that begins with it.
    const Holding &one = holdings[i - 1], &next = holdings[i];
    if (next.begin < one.end && one.begin < next.end)
      return complain(next.acquire, "got a lock that was held");
  }
  return {};
}

}  // namespace

std::string refute_lock(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"lease"});
  if (!wrong.empty()) return wrong;
  const bool lease = option_of(certificate, "lease", "no") == "yes";
  std::map<Key, std::vector<Holding>> holdings;
  std::map<std::pair<Key, ProcessId>, std::vector<std::size_t>> held;
  std::map<ProcessId, std::int64_t> token_of;
  std::map<Key, std::vector<Seen>> holder_writes;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      std::vector<std::size_t>& holds = held[{mop.key, op.process}];
      if (mop.fn == Fn::acquire && op.outcome == Outcome::ok) {
        if (lease) holds.clear();
        holds.push_back(holdings[mop.key].size());
        holdings[mop.key].push_back({op.invoked, op.completed, kNever, op.id, mop.result});
        if (mop.result.is_integer()) token_of[op.process] = mop.result.as_integer();
      } else if (mop.fn == Fn::release && op.outcome != Outcome::fail) {
        const bool ok = op.outcome == Outcome::ok;
        if (ok && holds.empty() && !lease) return complain(op.id, "released what it did not hold");
        for (const std::size_t number : holds) {
          Holding& holding = holdings[mop.key][number];
          holding.end = op.invoked;
          const bool named = ok && !mop.argument.is_nil() && !holding.token.is_nil();
          if (named && mop.argument != holding.token) return complain(op.id, "brought the token of another");
        }
        holds.clear();
      } else if (mop.fn == Fn::write && op.outcome == Outcome::ok && token_of.contains(op.process)) {
        holder_writes[mop.key].push_back({op.invoked, op.completed, token_of[op.process], op.id});
      }
    }
  }
  for (const auto& [key, all] : holdings) {
    wrong = refute_holdings(all, lease);
    if (!wrong.empty()) return wrong;
  }
  for (const auto& [key, all] : holder_writes) {
    if (const std::optional<OpId> late = find_step_back(all))
      return complain(*late, "wrote under a token after a greater one had been used");
  }
  return holdings.empty() ? kNothing : "";
}

}  // namespace assay::checkers
