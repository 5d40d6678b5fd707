#include "checkers/transactions/read_consistency.h"

#include <algorithm>
#include <array>
#include <optional>

namespace assay::checkers {

namespace {

// What a transaction of several mops did last to a key; valid if its mop belongs to the transaction at hand.
struct LastTouch {
  MopId write = kNobody;
  MopId read = kNobody;
};

std::optional<ReadAnomaly> anomaly_of(const RegisterMop& mop, TransactionId reader, MopId at,
                                      MopId own_write) {
  if (mop.follows_own_write()) {
    if (mop.source_mop == own_write) return std::nullopt;
    return ReadAnomaly::internal;
  }
  switch (mop.kind()) {
    case MopKind::read_nobody:
      return ReadAnomaly::thin_air;
    case MopKind::read_aborted:
      return ReadAnomaly::aborted;
    case MopKind::read_intermediate:
      return ReadAnomaly::intermediate;
    default:
      if (mop.source == reader && mop.source_mop > at) return ReadAnomaly::future;
      return std::nullopt;
  }
}

class BadReadFinder {
 public:
  BadReadFinder(const RegisterHistory& history, bool repeatable, std::size_t most, BadReads& found)
      : history_(history),
        repeatable_(repeatable),
        most_(most),
        found_(found),
        touches_(history.key_count()) {}

  void look_at(TransactionId id) {
    const MopId first = history_.first_mop(id), end = history_.first_mop(id + 1);
    const bool single = end - first == 1;
    for (MopId at = first; at < end; ++at) {
      const RegisterMop& mop = history_.mop(at);
      if (single) {
        if (mop.kind() > MopKind::read_initial) add(*anomaly_of(mop, id, at, kNobody), id, at, kNobody);
        continue;
      }
      LastTouch& touch = touches_[mop.key()];
      if (mop.is_write()) {
        touch.write = at;
        continue;
      }
      const bool own = touch.write != kNobody && touch.write >= first;
      if (const auto anomaly = anomaly_of(mop, id, at, own ? touch.write : kNobody)) {
        add(*anomaly, id, at, own ? touch.write : kNobody);
      } else if (!own && repeatable_) {
        const bool again = touch.read != kNobody && touch.read >= first;
        if (again && history_.mop(touch.read).source != mop.source) {
          add(ReadAnomaly::non_repeatable, id, at, touch.read);
        }
        touch.read = at;
      }
    }
  }

 private:
  void add(ReadAnomaly anomaly, TransactionId id, MopId at, MopId before) {
    ++found_.count;
    if (++of_kind_[static_cast<std::size_t>(anomaly)] <= most_)
      found_.first.push_back({anomaly, id, at, before});
  }

  const RegisterHistory& history_;
  bool repeatable_;
  std::size_t most_;
  BadReads& found_;
  std::array<std::size_t, 6> of_kind_{};  // by anomaly
  std::vector<LastTouch> touches_;        // by key
};

// The mop of the history's own form behind a mop: compare-and-sets count twice there.
const Mop* original(const RegisterHistory& history, TransactionId id, MopId mop, bool& reads) {
  MopId at = history.first_mop(id);
  const Operation op = history.history().at(id);
  for (const Mop& each : op.mops) {
    const bool may_read =
        op.outcome == Outcome::ok ? each.fn != Fn::write : op.outcome == Outcome::info && each.fn == Fn::cas;
    if (may_read && at++ == mop) {
      reads = true;
      return &each;
    }
    if (each.fn != Fn::read && at++ == mop) {
      reads = false;
      return &each;
    }
  }
  return nullptr;
}

}  // namespace

std::string_view read_anomaly_name(ReadAnomaly anomaly) {
  constexpr std::array<std::string_view, 6> kNames = {"thin-air-read", "G1a",      "G1b",
                                                      "future-read",   "internal", "non-repeatable-read"};
  return kNames[static_cast<std::size_t>(anomaly)];
}

bool find_bad_reads(const RegisterHistory& history, bool repeatable, std::size_t most, Limits& limits,
                    BadReads& found) {
  const std::size_t bytes = history.key_count() * sizeof(LastTouch);
  if (!limits.fits(bytes)) return false;
  Charge charge(limits, bytes);
  BadReadFinder finder(history, repeatable, most, found);
  for (TransactionId id = 0; id < history.transaction_count(); ++id) {
    if (id % kAskEvery == 0 && limits.spent()) return false;
    if (history.committed(id)) finder.look_at(id);
  }
  return true;
}

std::string value_text(const RegisterHistory& history, TransactionId id, MopId mop) {
  bool reads = false;
  const Mop* found = original(history, id, mop, reads);
  if (found == nullptr) return "?";
  if (found->fn == Fn::cas) return (reads ? found->argument.first() : found->argument.second()).to_string();
  return (reads ? found->result : found->argument).to_string();
}

std::string operation_text(const RegisterHistory& history, TransactionId id) {
  return "operation " + std::to_string(id) + " (process " +
         std::to_string(history.process(history.session(id))) + ")";
}

std::string key_text(const RegisterHistory& history, KeyId key) {
  return "key " + history.history().key_name(history.key(key));
}

Finding explain_bad_read(const RegisterHistory& history, const BadRead& read, std::string_view model) {
  const RegisterMop& mop = history.mop(read.mop);
  const std::string key = key_text(history, mop.key());
  const std::string value = value_text(history, read.reader, read.mop);
  const std::string reader = operation_text(history, read.reader);
  Finding finding;
  finding.anomaly = read_anomaly_name(read.anomaly);
  finding.model = model;
  finding.object = key;
  finding.witness = {read.reader};
  finding.steps.push_back(reader + " read " + value + " of " + key + ".");
  const auto says = [&](std::string summary, std::string step) {
    finding.summary = std::move(summary);
    finding.steps.push_back(std::move(step));
  };
  if (mop.has_source() && mop.source != read.reader) finding.witness.push_back(mop.source);
  const std::string source = mop.has_source() ? operation_text(history, mop.source) : std::string();
  switch (read.anomaly) {
    case ReadAnomaly::thin_air:
      says(
          reader + " read a value of " + key + " that nobody wrote.",
          "No operation of the history wrote " + value + " to " + key + ", and it is not the initial value.");
      break;
    case ReadAnomaly::aborted:
      says(reader + " read a value of " + key + " that only a failed operation wrote.",
           "Only " + source + " wrote it, and that failed: its writes must never be seen.");
      break;
    case ReadAnomaly::intermediate:
      says(
          reader + " read a value of " + key + " that its own transaction had overwritten.",
          source + " wrote it, but wrote " + key + " again before its end: only its last write may be seen.");
      break;
    case ReadAnomaly::future:
      says(reader + " read a value of " + key + " that it wrote itself, only later.",
           "The same transaction writes " + value + " to " + key + " after the read, and nobody else does.");
      break;
    case ReadAnomaly::internal:
      says(reader + " did not see its own write of " + key + ".",
           "Before this read the same transaction had written " +
               value_text(history, read.reader, read.before) + " to " + key +
               ", so that is what it must read.");
      break;
    case ReadAnomaly::non_repeatable: {
      const RegisterMop& before = history.mop(read.before);
      says(reader + " read " + key + " twice and saw different values.",
           "Before, the same transaction had read " + value_text(history, read.reader, read.before) + " of " +
               key + ", and did not write it in between.");
      if (before.has_source() && before.source != mop.source) finding.witness.push_back(before.source);
      break;
    }
  }
  std::sort(finding.witness.begin(), finding.witness.end());
  return finding;
}

}  // namespace assay::checkers
