#include "checkers/datatypes/kept_texts.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace assay::checkers::datatypes {

namespace {

std::string_view inserted_by(const Mop& mop, Value& keep_alive) {
  if (mop.fn != Fn::insert || mop.argument.kind() != Value::Kind::pair) return {};
  keep_alive = mop.argument.second();
  return keep_alive.kind() == Value::Kind::text ? keep_alive.as_text() : std::string_view();
}

}  // namespace

void KeptText::note(const Operation& operation, const Mop& mop) {
  if (operation.outcome == Outcome::fail || mop.argument.kind() != Value::Kind::pair) return;
  if (mop.fn == Fn::erase) {
    const Value count = mop.argument.second();
    if (count.is_integer() && count.as_integer() > 0)
      erased_ += static_cast<std::uint64_t>(count.as_integer());
    return;
  }
  Value keep_alive;
  for (const char each : inserted_by(mop, keep_alive)) {
    const auto byte = static_cast<unsigned char>(each);
    ++attempted_[byte];
    acknowledged_[byte] += operation.outcome == Outcome::ok ? 1 : 0;
  }
}

std::optional<KeptText::Difference> KeptText::compare(const Value& found) const {
  if (found.kind() != Value::Kind::text && !found.is_nil()) return std::nullopt;
  std::array<std::uint64_t, 256> count{};
  if (!found.is_nil()) {
    for (const char each : found.as_text()) ++count[static_cast<unsigned char>(each)];
  }
  Difference difference;
  std::uint64_t missing = 0;
  for (std::size_t byte = 0; byte < count.size(); ++byte) {
    if (count[byte] < acknowledged_[byte]) {
      missing += acknowledged_[byte] - count[byte];
      if (difference.surplus == 0) difference.byte = static_cast<unsigned char>(byte);
    } else if (count[byte] > attempted_[byte]) {
      difference.surplus += count[byte] - attempted_[byte];
      difference.byte = static_cast<unsigned char>(byte);
    }
  }
  difference.lost = missing > erased_ ? missing - erased_ : 0;
  return difference;
}

std::vector<OpId> KeptText::witnesses(const History& history, Key key, const Difference& difference) const {
  // With erasures any byte may be the one that is lost.
  const bool all = difference.surplus == 0 && erased_ > 0;
  std::vector<OpId> found;
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::fail) continue;
    for (const Mop& mop : op.mops) {
      if (mop.key != key || (mop.fn != Fn::insert && mop.fn != Fn::erase)) continue;
      Value keep_alive;
      const bool has =
          inserted_by(mop, keep_alive).find(static_cast<char>(difference.byte)) != std::string_view::npos;
      if (all || has) found.push_back(op.id);
    }
  }
  return found;
}

bool KeptText::judge(const History& history, const FinalReads& finals, std::uint32_t key,
                     Report& report) const {
  const FinalReads::Read* best = nullptr;  // nobody lacks less
  std::uint64_t least = UINT64_MAX;
  std::vector<std::pair<const FinalReads::Read*, Difference>> lacking;
  for (const FinalReads::Read& read : finals.objects()[key].reads) {
    const Value found = history.at(read.id).mops[read.mop].result;
    if (report.spent(found.kind() == Value::Kind::text ? found.as_text().size() : 1)) return false;
    const std::optional<Difference> difference = compare(found);
    if (!difference) continue;
    if (difference->surplus > 0 && report.found("duplicate-write", difference->surplus)) {
      accuse("duplicate-write", history, finals, key, read, *difference, report);
    }
    if (difference->lost > 0) lacking.emplace_back(&read, *difference);
    if (difference->lost >= least) continue;
    least = difference->lost;
    best = &read;
  }
  const bool everywhere = least > 0;
  for (const auto& [read, difference] : lacking) {
    if (everywhere && read != best) continue;
    const char* const anomaly = everywhere ? "lost-write" : "stale-final-read";
    if (report.found(anomaly, difference.lost))
      accuse(anomaly, history, finals, key, *read, difference, report);
  }
  return true;
}

void KeptText::accuse(const char* anomaly, const History& history, const FinalReads& finals,
                      std::uint32_t key, const FinalReads::Read& read, const Difference& difference,
                      Report& report) const {
  std::vector<OpId> witness = witnesses(history, finals.keys()[key], difference);
  const std::size_t edits = witness.size();
  witness.push_back(read.id);
  // Where it is missing from this node only, another one shows that it was not lost.
  if (std::string_view(anomaly) == "stale-final-read") {
    for (const FinalReads::Read& other : finals.objects()[key].reads) witness.push_back(other.id);
  }
  const std::string name = "key " + history.key_name(finals.keys()[key]);
  report.accuse({anomaly,
                 name,
                 "At the end the text of " + name +
                     (difference.surplus > 0 ? " has more of a character than was inserted."
                                             : " lacks characters that were inserted and not erased."),
                 {counted(edits, "edit") + " of the text concern it.",
                  naming(history.at(read.id), "read") + " from " + read.by + ", one of the last " +
                      finals.when() + ", lacks " + std::to_string(difference.lost) + " and has " +
                      std::to_string(difference.surplus) + " too many."},
                 std::move(witness)});
}

}  // namespace assay::checkers::datatypes
