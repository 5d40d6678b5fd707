// The checker "session": the session guarantees of Terry et al. (sessions/guarantees.h has the definitions
// used), one finding for each that is violated, with the number of violations. Options:
//   guarantees   those wanted, separated by commas; by default all
//   versions     how the order of versions of a key is known: lists (from reads of appended lists; the
//                default where there are appends), monotonic (from values that only grow, which is taken on
//                trust), or inferred (the default for registers: whether there is any order at all, given
//                unique values)
//   initial      what every key holds at first: an integer or nil (the default); matters for inferred
//                versions
//   certificate  yes | no (the default): for inferred versions, their order; else none, for the history shows it
#include <algorithm>
#include <sstream>

#include "checkers/common/certify.h"
#include "checkers/registry.h"
#include "checkers/sessions/ranked_scan.h"
#include "checkers/sessions/version_graph.h"
#include "checkers/transactions/register_checker.h"

namespace assay::checkers {

namespace {

// In the order of the option's choices.
enum class Versions : std::uint8_t { automatic, lists, monotonic, inferred };

struct Settings {
  RegisterOptions registers;
  unsigned wanted = kAllGuarantees;
  Versions versions = Versions::automatic;
  CheckerOptions given;
};

class SessionChecker final : public Checker {
 public:
  explicit SessionChecker(Settings settings) : settings_(std::move(settings)) {}

  CheckResult check(const History& history, const Budget& budget) const override {
    Limits limits(budget);
    CheckResult result;
    result.checker = "session";
    Versions versions = settings_.versions;
    if (versions == Versions::automatic) versions = appends(history) ? Versions::lists : Versions::inferred;
    if (limits.spent()) {
      result.reason = "Nothing was checked: " + limits.why() + ".";
    } else if (versions == Versions::inferred) {
      infer(history, limits, result);
    } else {
      rank(history, versions, limits, result);
      if (settings_.registers.certificate) certify_ranked(history, versions, result);
    }
    add_fact(result, "operations", history.size());
    add_fact(result, "memory_peak_bytes", limits.peak_bytes());
    add_fact(result, "elapsed_microseconds", static_cast<std::uint64_t>(limits.elapsed() / kMicrosecond));
    return result;
  }

 private:
  // Whether the first operations that tell are appends.
  static bool appends(const History& history) {
    for (const Operation op : history.operations()) {
      for (const Mop& mop : op.mops) {
        if (mop.fn == Fn::append) return true;
        if (mop.fn != Fn::read) return false;
      }
    }
    return false;
  }

  // Which versions are newer is told by the history itself: there is no order to be shown.
  void certify_ranked(const History& history, Versions versions, CheckResult& result) const {
    CheckerOptions options = settings_.given;
    options["versions"] = versions == Versions::lists ? "lists" : "monotonic";
    options.erase("initial");  // matters for inferred versions only
    certify("session", options, history, result);
  }

  void rank(const History& history, Versions versions, Limits& limits, CheckResult& result) const {
    RankedResult ranked;
    const bool lists = versions == Versions::lists;
    const bool done = lists ? scan_lists(history, settings_.wanted, limits, ranked)
                            : scan_monotonic(history, settings_.wanted, limits, ranked);
    for (const OpId reader : ranked.unwritten) {
      Finding finding;
      finding.anomaly = "thin-air-read";
      finding.model = "session";
      finding.object = "operation " + std::to_string(reader);
      finding.summary = finding.object + " read an element that nobody appended.";
      finding.steps = {describe(history.at(reader))};
      finding.witness = {reader};
      result.findings.push_back(std::move(finding));
    }
    report(history, ranked.violations, result);
    add_fact(result, "reads", ranked.reads);
    add_fact(result, "writes", ranked.writes);
    add_fact(result, "unordered", ranked.unordered);
    const std::string unordered = ranked.unordered == 0
                                      ? std::string()
                                      : "; " + counted(ranked.unordered, "version") + " could not be ordered";
    conclude(done, ranked.reads, true, settings_.wanted, limits, result);
    result.reason.insert(result.reason.size() - 1, unordered);
  }

  void infer(const History& history, Limits& limits, CheckResult& result) const {
    const unsigned wanted = settings_.wanted & ~bit(Guarantee::consistent_prefix);
    Charge charge(limits);
    RegisterHistory registers;
    if (!prepare_registers(history, settings_.registers, limits, charge, registers, result)) return;
    if (wanted == 0) {
      result.reason = "Reads of registers do not tell whether they return a prefix; that needs lists.";
      return;
    }
    std::uint64_t bad = 0;
    VersionResult versions;
    const bool done = report_bad_reads(registers, false, "session", limits, result, bad) &&
                      check_versions(registers, wanted, settings_.registers.certificate, limits, versions);
    report(history, versions.violations, result);
    add_fact(result, "reads", versions.reads);
    add_fact(result, "writes", versions.writes);
    add_fact(result, "unordered", bad);
    add_fact(result, "keys_looked_at_again", versions.keys_looked_at);
    conclude(done, versions.reads, versions.all_hold, wanted, limits, result);
    if (result.verdict == Verdict::valid && settings_.registers.certificate) {
      Certificate certificate;
      certificate.claim = "session-causal";
      certificate.options["initial"] = settings_.registers.initial.to_string();
      for (KeyId key = 0; key < versions.orders.size(); ++key)
        certificate.objects.push_back({registers.key(key), std::move(versions.orders[key])});
      result.certificate = std::move(certificate);
    }
  }

  void conclude(bool done, std::uint64_t reads, bool proved, unsigned wanted, const Limits& limits,
                CheckResult& result) const {
    const std::string names = names_of(wanted);
    if (!result.findings.empty()) {
      result.verdict = Verdict::invalid;
      result.reason = counted(result.findings.size(), "kind") + " of session anomalies were found.";
    } else if (!done) {
      result.reason = "Not decided: " + limits.why() + " while sessions were looked at.";
    } else if (reads == 0) {
      result.nothing_to_judge("No read could be compared, so nothing was tested.");
    } else if (!proved) {
      result.reason = "Nothing speaks against " + names +
                      ", but it is not proved either, for the four guarantees together do not hold.";
    } else {
      result.verdict = Verdict::valid;
      result.reason = "Every session has " + names + ".";
    }
  }

  static std::string names_of(unsigned wanted) {
    std::string names;
    for (std::size_t i = 0; i < kGuarantees; ++i) {
      if ((wanted >> i & 1) == 0) continue;
      names += (names.empty() ? "" : ", ") + std::string(kGuaranteeNames[i]);
    }
    return names;
  }

  void report(const History& history, const SessionViolations& violations, CheckResult& result) const {
    for (std::size_t i = 0; i < kGuarantees; ++i) {
      add_fact(result, std::string(kGuaranteeNames[i]), violations.count[i]);
      if (violations.count[i] == 0) continue;
      // Ranked versions are compared for each guarantee alone, whichever of them was asked for.
      const bool wanted = (settings_.wanted >> i & 1) != 0;
      result.findings.push_back(explain(history, violations.first[i].front(), violations.count[i], wanted));
    }
  }

  static Finding explain(const History& history, const SessionViolation& violation, std::uint64_t count,
                         bool wanted) {
    Finding finding;
    const auto at = static_cast<std::size_t>(violation.guarantee);
    finding.anomaly = kGuaranteeNames[at];
    finding.model =
        wanted ? kGuaranteeNames[at] : kGuaranteeNames[static_cast<std::size_t>(Guarantee::session_causal)];
    const std::string key = "key " + history.key_name(violation.key);
    const std::string earlier = "operation " + std::to_string(violation.earlier);
    const std::string later = "operation " + std::to_string(violation.later);
    finding.object = key;
    finding.witness = violation.evidence;
    finding.witness.push_back(violation.earlier);
    finding.witness.push_back(violation.later);
    std::sort(finding.witness.begin(), finding.witness.end());
    finding.witness.erase(std::unique(finding.witness.begin(), finding.witness.end()), finding.witness.end());
    for (const OpId id : finding.witness)
      finding.steps.push_back(std::to_string(id) + ": " + describe(history.at(id)));
    constexpr std::array<std::string_view, kGuarantees> kBecause = {
        " returned an older version than its own process had written before, in ",
        " returned an older version than its own process had read before, in ",
        " made an older version than its own process had written before, in ",
        " made a version that is no newer than what its own process had read before, in ",
        " cannot stand after what its own process did before, in any order of versions: compare it with ",
        " returned versions that are no prefix of those returned by "};
    finding.summary = later + std::string(kBecause[at]) + earlier + " (" + key + ").";
    finding.steps.push_back(finding.summary);
    finding.details.push_back({"count", Value(static_cast<std::int64_t>(count))});
    return finding;
  }

  Settings settings_;
};

unsigned wanted_guarantees(OptionReader& reader) {
  const std::string* const given = reader.text("guarantees");
  if (given == nullptr) return kAllGuarantees;
  unsigned wanted = 0;
  std::istringstream names(*given);
  for (std::string name; std::getline(names, name, ',');) {
    const auto found = std::find(kGuaranteeNames.begin(), kGuaranteeNames.end(), name);
    if (found == kGuaranteeNames.end()) {
      reader.complain("Guarantee \"" + name + "\" is unknown; session knows " +
                      listed({kGuaranteeNames.begin(), kGuaranteeNames.end()}) + ".");
      return 0;
    }
    wanted |= 1u << (found - kGuaranteeNames.begin());
  }
  if (wanted == 0) reader.complain("Option guarantees of session names none.");
  return wanted;
}

std::unique_ptr<Checker> make_session(const CheckerOptions& given, std::string& error) {
  Settings settings;
  settings.given = given;
  OptionReader reader("session", given);
  settings.wanted = wanted_guarantees(reader);
  settings.versions =
      static_cast<Versions>(reader.choice("versions", {"auto", "lists", "monotonic", "inferred"}));
  settings.registers = register_options(reader);
  error = reader.error();
  return error.empty() ? std::make_unique<SessionChecker>(std::move(settings)) : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (shape.only(Fn::read, Fn::append) && shape.count(Fn::append) > 0) {
    return shape.count(Fn::read) == 0 ? "needs reads" : "";
  }
  return unsuited_for_registers(shape);
}

}  // namespace

extern const CheckerPlugin session_plugin;
const CheckerPlugin session_plugin = {"session", "each session sees its own reads and writes in order",
                                      make_session, unsuited};

}  // namespace assay::checkers
