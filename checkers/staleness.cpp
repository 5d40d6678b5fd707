// The checker "staleness": how old what registers return is, as numbers: by versions (k-atomicity), by time
// (delta), for each read, session and node. See stale/key_staleness.h for the definitions. Values must be
// unique, operations single reads and writes. Options:
//   k        the history is valid if every read returns one of the k newest versions (1 by default, unless
//            delta is given)
//   delta    ... and if putting back the beginnings of reads by so many nanoseconds makes it atomic (0 by
//            default, unless k is given)
//   initial  what every key holds at first: an integer or nil (the default)
//   certificate  yes | no (the default): an order for each key that shows the bounds; where both were asked for and
//            some read is old, that for k
// Statistics: k_low, k_high, `k_of_keys` as rows (k_low, k_high, keys), delta_nanoseconds, reads, stale_reads, late_p50 .. late_max in
// nanoseconds over all reads, `versions_missed` as rows (versions, reads), `by_session` and `by_node` as rows
// (process or node, reads, stale reads, most versions missed, longest time late).
#include <algorithm>
#include <map>
#include <optional>

#include "checkers/common/duration_text.h"
#include "checkers/registry.h"
#include "checkers/stale/certificates.h"
#include "checkers/stale/key_registers.h"
#include "checkers/stale/key_staleness.h"
#include "checkers/transactions/register_checker.h"

namespace assay::checkers {

namespace {

using stale::kBeforeTime;
constexpr std::size_t kRowsMax = 1000;

struct Settings {
  RegisterOptions registers;
  std::optional<std::int64_t> k;
  std::optional<Nanos> delta;
};

struct Tally {
  std::uint64_t reads = 0, stale = 0;
  std::uint32_t missed = 0;
  Nanos late = 0;

  void add(const KeyRegister::Read& read) {
    ++reads;
    stale += read.missed > 0 ? 1 : 0;
    missed = std::max(missed, read.missed);
    late = std::max(late, read.late);
  }
  Value row(std::int64_t name) const {
    return Value::list({Value(name), Value(static_cast<std::int64_t>(reads)),
                        Value(static_cast<std::int64_t>(stale)), Value(static_cast<std::int64_t>(missed)),
                        Value(late)});
  }
};

// A read, its write, and the first newer one that it should have seen.
struct StaleRead {
  OpId read = 0, write = kNobody, newer = 0;
  std::uint32_t missed = 0;
  Nanos late = 0;
  KeyId key = 0;
};

// What is gathered over all keys.
struct Summary {
  std::uint32_t k_low = 1, k_high = 1;
  Nanos delta = 0;
  std::uint64_t reads = 0, future = 0, keys = 0;
  std::vector<Tally> by_session;
  std::map<NodeId, Tally> by_node;
  std::map<std::uint32_t, std::uint64_t> missed;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> k_of_keys;
  std::vector<Nanos> late;  // of stale reads
  StaleRead most_missed, latest;
  std::vector<CrowdMember> crowd;  // of the key with the largest k_low
  ZoneConflict conflict;
  KeyId conflict_key = 0;
};

class StalenessChecker final : public Checker {
 public:
  explicit StalenessChecker(Settings settings) : settings_(std::move(settings)) {}

  CheckResult check(const History& history, const Budget& budget) const override {
    const Limits limits(budget);
    const bool wanted = settings_.registers.certificate;
    Nanos delta = 0;
    CheckResult result = check_registers(
        "staleness", history, settings_.registers, budget,
        [&](const RegisterHistory& registers, Limits& within, Charge& /*charge*/, CheckResult& judged) {
          Summary summary;
          judge(registers, within, summary, judged);
          delta = summary.delta;
          if (wanted && judged.verdict == Verdict::valid && summary.k_high > 1 && asks_k())
            judged.certificate = certify_k(registers, settings_.registers.initial, summary.k_high, within);
        });
    if (wanted && result.verdict == Verdict::valid && !result.certificate && (delta == 0 || !asks_k())) {
      Budget rest = budget;
      rest.time_limit = std::max<Nanos>(budget.time_limit - limits.elapsed(), 0);
      result.certificate = certify_delta(history, settings_.registers.initial, delta, rest);
    }
    return result;
  }

 private:
  // By default, both.
  bool asks_k() const { return settings_.k || !settings_.delta; }
  bool asks_delta() const { return settings_.delta || !settings_.k; }

  void judge(const RegisterHistory& registers, Limits& limits, Summary& summary, CheckResult& result) const {
    for (TransactionId id = 0; id < registers.transaction_count(); ++id) {
      if (registers.mops(id).size() <= 1) continue;
      result.nothing_to_judge("The history cannot be judged: operation " + std::to_string(id) +
                              " is more than one read or write.");
      return;
    }
    std::uint64_t bad = 0;
    bool done = report_bad_reads(registers, false, "atomic", limits, result, bad);
    done = done && measure(registers, limits, summary, result);
    if (done) report(registers, summary, result);
    conclude(registers, done, bad, summary, limits, result);
  }

  // Key by key. Reads from the future are findings, and left out.
  bool measure(const RegisterHistory& registers, Limits& limits, Summary& summary,
               CheckResult& result) const {
    const std::size_t bytes = registers.mop_count() * 16 + registers.session_count() * sizeof(Tally);
    if (!limits.fits(bytes)) return false;
    const Charge charge(limits, bytes);
    summary.by_session.resize(registers.session_count());
    return each_key_register(
        registers, limits, [&](KeyRegister& keyed, const std::vector<FutureRead>& future) {
          for (const FutureRead& read : future) {
            ++summary.future;
            if (result.findings.size() < kRegisterFindingsMax)
              result.findings.push_back(explain_future(registers, read.reader, read.writer));
          }
          KeyStaleness stale;
          if (!measure_reads(keyed, limits) || !measure_key(keyed, limits, stale)) return false;
          ++summary.keys;
          add_key(registers, keyed, stale, summary);
          return true;
        });
  }

  static void add_key(const RegisterHistory& registers, const KeyRegister& keyed, KeyStaleness& stale,
                      Summary& summary) {
    if (stale.k_low > summary.k_low) summary.crowd = std::move(stale.crowd);
    summary.k_low = std::max(summary.k_low, stale.k_low);
    summary.k_high = std::max(summary.k_high, stale.k_high);
    ++summary.k_of_keys[{stale.k_low, stale.k_high}];
    if (stale.delta > summary.delta) {
      summary.delta = stale.delta;
      summary.conflict = stale.conflict;
      summary.conflict.write_a = keyed.writes[stale.conflict.write_a].id;
      summary.conflict.write_b = keyed.writes[stale.conflict.write_b].id;
      summary.conflict_key = keyed.key;
    }
    for (const KeyRegister::Read& read : keyed.reads) {
      ++summary.reads;
      summary.by_session[registers.session(read.op.id)].add(read);
      summary.by_node[read.op.node].add(read);
      ++summary.missed[read.missed];
      if (read.missed == 0) continue;
      summary.late.push_back(read.late);
      const StaleRead found = {
          read.op.id, keyed.writes[read.write].id, keyed.writes[read.newer].id, read.missed, read.late,
          keyed.key};
      if (found.missed > summary.most_missed.missed) summary.most_missed = found;
      if (found.late > summary.latest.late) summary.latest = found;
    }
  }

  static void report(const RegisterHistory& registers, Summary& summary, CheckResult& result) {
    const auto number = [](auto value) { return Value(static_cast<std::int64_t>(value)); };
    const auto fact = [&](std::string name, Value value) {
      result.statistics.push_back({std::move(name), std::move(value)});
    };
    fact("k_low", number(summary.k_low));
    fact("k_high", number(summary.k_high));
    fact("delta_nanoseconds", number(summary.delta));
    fact("reads_measured", number(summary.reads));
    fact("stale_reads", number(summary.late.size()));
    std::sort(summary.late.begin(), summary.late.end());
    // Over all reads: those that are not stale are late by nothing.
    const auto late = [&](std::uint64_t permille) {
      const std::uint64_t fresh = summary.reads - summary.late.size();
      const std::uint64_t at = summary.reads == 0 ? 0 : (summary.reads - 1) * permille / 1000;
      return number(summary.late.empty() || at < fresh ? 0 : summary.late[at - fresh]);
    };
    fact("late_p50_nanoseconds", late(500));
    fact("late_p90_nanoseconds", late(900));
    fact("late_p99_nanoseconds", late(990));
    fact("late_max_nanoseconds", late(1000));
    std::vector<Value> missed, sessions, nodes, keys;
    for (const auto& [k, count] : summary.k_of_keys) {
      if (keys.size() < kRowsMax)
        keys.push_back(Value::list({number(k.first), number(k.second), number(count)}));
    }
    for (const auto& [versions, reads] : summary.missed) {
      if (missed.size() < kRowsMax) missed.push_back(Value::list({number(versions), number(reads)}));
    }
    for (SessionId session = 0; session < summary.by_session.size() && session < kRowsMax; ++session) {
      if (summary.by_session[session].reads > 0) {
        sessions.push_back(summary.by_session[session].row(registers.process(session)));
      }
    }
    for (const auto& [node, tally] : summary.by_node) nodes.push_back(tally.row(node));
    fact("k_of_keys", Value::list(std::move(keys)));
    fact("versions_missed", Value::list(std::move(missed)));
    fact("by_session", Value::list(std::move(sessions)));
    fact("by_node", Value::list(std::move(nodes)));
  }

  void conclude(const RegisterHistory& registers, bool done, std::uint64_t bad, const Summary& summary,
                Limits& limits, CheckResult& result) const {
    if (!done) {
      result.reason = result.findings.empty()
                          ? "Not decided: " + limits.why() + " after " + counted(summary.keys, "key") + "."
                          : "Reads that nothing explains were found, before " + limits.why() + ".";
      if (!result.findings.empty()) result.verdict = Verdict::invalid;
      return;
    }
    const auto k = static_cast<std::uint32_t>(settings_.k.value_or(1));
    const Nanos delta = settings_.delta.value_or(0);
    const bool too_many = asks_k() && summary.k_low > k, too_late = asks_delta() && summary.delta > delta;
    const std::string low = std::to_string(summary.k_low), high = std::to_string(summary.k_high);
    const std::string numbers = "k is " + (low == high ? high : "at least " + low + " and at most " + high) +
                                ", delta is " + std::to_string(summary.delta) + " ns";
    if (too_many || too_late) add_findings(registers, summary, too_many ? k : 0, too_late, limits, result);
    if (!result.findings.empty()) {
      result.verdict = Verdict::invalid;
      result.reason = "Reads are too old: " + numbers + "; " + counted(bad + summary.future, "read") +
                      " of what was not yet or never written.";
    } else if (asks_k() && summary.k_high > k) {
      result.reason = "Not decided: " + numbers + ".";
    } else {
      result.verdict = Verdict::valid;
      result.reason =
          counted(summary.reads, "read") + " of " + counted(summary.keys, "key") + ": " + numbers + ".";
    }
  }

  static Finding explain_future(const RegisterHistory& registers, TransactionId reader,
                                TransactionId writer) {
    Finding finding;
    finding.anomaly = "future-read";
    finding.model = "atomic";
    finding.object = key_text(registers, registers.mops(reader)[0].key());
    finding.summary = operation_text(registers, reader) + " ended before " +
                      operation_text(registers, writer) + " began, and yet returned what that wrote.";
    finding.steps = {describe(registers.history().at(reader)), describe(registers.history().at(writer)),
                     finding.summary};
    finding.witness = {std::min(reader, writer), std::max(reader, writer)};
    return finding;
  }

  static void finish(Finding& finding) {
    std::erase(finding.witness, kNobody);
    std::sort(finding.witness.begin(), finding.witness.end());
    finding.witness.erase(std::unique(finding.witness.begin(), finding.witness.end()), finding.witness.end());
    finding.model = "atomic";
  }

  // The first `count` writes of a key that began after one operation ended, and ended before another began.
  static std::vector<OpId> writes_between(const RegisterHistory& registers, const StaleRead& stale,
                                          std::uint32_t count) {
    const Nanos from = stale.write == kNobody ? kBeforeTime : registers.history().at(stale.write).completed;
    const Nanos to = registers.history().at(stale.read).invoked;
    std::vector<OpId> found;
    for (TransactionId id = 0; id < registers.transaction_count() && found.size() < count; ++id) {
      const auto mops = registers.mops(id);
      if (!registers.committed(id) || mops.empty() || mops[0].is_read() || mops[0].key() != stale.key)
        continue;
      const Operation op = registers.history().at(id);
      if (op.invoked > from && op.completed < to) found.push_back(id);
    }
    return found;
  }

  static Finding explain_stale(const StaleRead& stale, std::vector<OpId> newer) {
    Finding finding;
    finding.anomaly = "stale-read";
    finding.object = "operation " + std::to_string(stale.read);
    finding.summary = finding.object + " returned a value " + counted(stale.missed, "version") +
                      " old; a newer one had been acknowledged " + duration_text(stale.late) +
                      " before the read began.";
    finding.steps.push_back(stale.write == kNobody
                                ? "The initial value, which was returned, was there at first."
                                : "Operation " + std::to_string(stale.write) +
                                      " wrote the value that was returned.");
    for (const OpId id : newer) {
      finding.steps.push_back("Operation " + std::to_string(id) +
                              " began after that, wrote a newer one, and ended before " + finding.object +
                              " began.");
    }
    finding.witness = std::move(newer);
    finding.witness.push_back(stale.read);
    finding.witness.push_back(stale.write);
    finding.details = {{"versions", Value(std::int64_t{stale.missed})},
                       {"late_nanoseconds", Value(stale.late)}};
    finish(finding);
    return finding;
  }

  static std::string name_of(OpId id) {
    return id == kNobody ? std::string("the initial state") : "operation " + std::to_string(id);
  }

  // No read alone is too old, but all together have no order.
  static Finding explain_crowd(const std::vector<CrowdMember>& crowd, std::uint32_t k) {
    Finding finding;
    finding.anomaly = "non-k-atomic";
    finding.object = name_of(crowd.front().last);
    finding.summary = "No order of " + counted(crowd.size(), "version") +
                      " lets every read return one of the " + std::to_string(k) + " newest.";
    for (const CrowdMember& member : crowd) {
      std::string step = name_of(member.write) + " brought a version";
      if (member.first != member.write)
        step += "; " + name_of(member.first) + " had read it by " + duration_text(member.version.first_end);
      if (member.last != member.write)
        step += "; " + name_of(member.last) + ", which read it, began at " +
                duration_text(member.version.last_begin);
      finding.steps.push_back(step + ".");
      for (const OpId id : {member.write, member.first, member.last}) finding.witness.push_back(id);
    }
    finding.details = {{"k", Value(std::int64_t{k})}};
    finish(finding);
    return finding;
  }

  // The latest read, the one that missed more than `k` - 1 versions (0: that is not asked), or, where each
  // read alone is fine, two values that contradict each other.
  static void add_findings(const RegisterHistory& registers, const Summary& summary, std::uint32_t k,
                           bool too_late, Limits& limits, CheckResult& result) {
    const bool one_read_late = summary.latest.late == summary.delta;
    if (too_late && one_read_late)
      result.findings.push_back(explain_stale(summary.latest, {summary.latest.newer}));
    if (k > 0 && summary.most_missed.missed >= k) {
      result.findings.push_back(
          explain_stale(summary.most_missed, writes_between(registers, summary.most_missed, k)));
    }
    if (!result.findings.empty()) return;
    if (!too_late && k > 1) {
      result.findings.push_back(explain_crowd(shrink_crowd(summary.crowd, k, limits), k));
      return;
    }
    const ZoneConflict& conflict = summary.conflict;
    Finding finding;
    finding.anomaly = "new-old-inversion";
    finding.object = name_of(conflict.last_a);
    finding.summary = "Two values were seen in both orders.";
    finding.steps = {name_of(conflict.first_a) + " shows the first value, and ended before " +
                         name_of(conflict.last_b) + " began, which shows the second.",
                     name_of(conflict.first_b) + " shows the second value, and ended before " +
                         name_of(conflict.last_a) +
                         " began, which shows the first: so each value would have to come before the other."};
    finding.witness = {conflict.first_a, conflict.last_a, conflict.first_b, conflict.last_b};
    finding.details = {{"late_nanoseconds", Value(summary.delta)}};
    for (const OpId write : {conflict.write_a, conflict.write_b}) finding.witness.push_back(write);
    finish(finding);
    result.findings.push_back(std::move(finding));
  }

  Settings settings_;
};

std::unique_ptr<Checker> make_staleness(const CheckerOptions& given, std::string& error) {
  Settings settings;
  OptionReader reader("staleness", given);
  settings.k = reader.number("k", 1, UINT32_MAX, "a number from 1 on");
  settings.delta = reader.number("delta", 0, kNever - 1, "a number of nanoseconds from 0 on");
  settings.registers = register_options(reader);
  error = reader.error();
  return error.empty() ? std::make_unique<StalenessChecker>(std::move(settings)) : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (!shape.only(Fn::read, Fn::write) || shape.transactions > 0)
    return "needs single reads and writes of registers";
  if (!shape.timed) return "needs to know when operations began and ended";
  return shape.count(Fn::read) == 0 ? "needs reads" : "";
}

}  // namespace

extern const CheckerPlugin staleness_plugin;
const CheckerPlugin staleness_plugin = {"staleness", "how old reads are, in versions and in time",
                                        make_staleness, unsuited};

}  // namespace assay::checkers
