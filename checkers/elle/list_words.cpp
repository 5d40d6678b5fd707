#include "checkers/elle/list_words.h"

#include <algorithm>

#include "checkers/elle/list_anomalies.h"

namespace assay::checkers::elle {

std::string ListWords::key_text(const Edge& edge) const {
  return "key " + history_.key_name(lists_.keys[edge.key].name);
}

std::string ListWords::element_of(const Edge& edge) const {
  const ListHistory::KeyRow& row = lists_.keys[edge.key];
  const std::uint32_t place = edge.detail - row.slot_begin;
  if (place < row.observed) return row.longest[place].to_string();
  // Nobody saw it: among what its writer appended, the first that is not in the longest list.
  const std::span<const Value> seen =
      row.observed == 0 ? std::span<const Value>() : std::span<const Value>(row.longest, row.observed);
  const Operation writer = history_.at(lists_.writer[edge.detail]);
  for (const Mop& mop : writer.mops) {
    if (mop.fn != Fn::append || mop.key != row.name) continue;
    if (std::find(seen.begin(), seen.end(), mop.argument) == seen.end()) return mop.argument.to_string();
  }
  return "an element";
}

std::string ListWords::list_without(OpId op, const Edge& edge) const {
  const ListHistory::KeyRow& row = lists_.keys[edge.key];
  const std::uint32_t place = edge.detail - row.slot_begin;
  std::span<const Value> best;
  const auto mops = history_.at(op).mops;
  for (std::size_t i = 0; i < mops.size(); ++i) {
    if (mops[i].fn != Fn::read || mops[i].key != row.name) continue;
    const auto list = list_of_others(mops, i);
    if (list.size() <= place && list.size() >= best.size()) best = list;
  }
  return short_list(best);
}

std::string ListWords::reason(const Edge& edge, const std::string& from, const std::string& to) const {
  const std::string key = key_text(edge);
  const std::string element = element_of(edge);
  if (edge.kind == EdgeKind::wr)
    return to + " read from " + key + " the element " + element + ", which " + from + " appended";
  if (edge.kind == EdgeKind::rw) {
    return to + " appended " + element + " to " + key + ", which " + from + " did not see when it read " +
           list_without(edge.from, edge);
  }
  const ListHistory::KeyRow& row = lists_.keys[edge.key];
  const std::string reader = "operation " + std::to_string(row.longest_reader) + " read";
  const std::string list = row.observed == 0 ? std::string("[]") : short_list({row.longest, row.observed});
  const bool seen = edge.detail - row.slot_begin < row.observed;
  return to + " appended " + element + " to " + key + " behind what " + from + " had appended (" + reader +
         " " + list + (seen ? ")" : ", where it is still missing)");
}

void ListWords::support(const Edge& edge, const Cycle& cycle, std::vector<OpId>& operations) const {
  // The order of two versions rests on a read of both, or of the first without the second.
  if (edge.kind != EdgeKind::ww) return;
  const ListHistory::KeyRow& row = lists_.keys[edge.key];
  const std::uint32_t place = edge.detail - row.slot_begin;
  for (const Edge& each : cycle) {
    const Operation op = history_.at(each.from);
    if (op.outcome != Outcome::ok) continue;
    for (std::size_t i = 0; i < op.mops.size(); ++i) {
      if (op.mops[i].fn != Fn::read || op.mops[i].key != row.name) continue;
      if (list_of_others(op.mops, i).size() > place) return;
    }
  }
  if (row.longest_reader != kNoOp) operations.push_back(row.longest_reader);
}

}  // namespace assay::checkers::elle
