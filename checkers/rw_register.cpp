// The checker "rw-register": transactions that read and write registers, each value written to a key at most once. Who read
// from whom is known; the order of versions is inferred as far as it can be, so a history may be wrong without an anomaly
// that shows here, while every anomaly is one (Kingsbury & Alvaro, "Elle", VLDB 2020; checkers/elle/register_graph.h).
//
// Predicate reads (Fn::scan) are understood, too: what they find are reads, what they miss are anti-dependencies by
// predicate where it can only have been the unborn row (checkers/elle/scans.h).
//
// Options: those of checkers/elle/judgement.h; `initial` = an integer or nil (the default), what every key holds at first;
// `sequential-keys`, `linearizable-keys` = yes | no (the default): the store promises that each key is sequentially
// consistent for each process, or linearizable; `wfr-keys` = yes (the default) | no: within a transaction a write comes
// after the reads before it.
//
// Where a certificate is wanted and an order of the dependencies that were inferred happens to explain every read, that
// order is a proof.
#include <algorithm>
#include <array>
#include <utility>

#include "checkers/common/limits.h"
#include "checkers/elle/cycle_report.h"
#include "checkers/elle/cyclic_part.h"
#include "checkers/elle/judgement.h"
#include "checkers/elle/register_graph.h"
#include "checkers/elle/register_words.h"
#include "checkers/elle/scans.h"
#include "checkers/elle/serial_order.h"
#include "checkers/transactions/read_consistency.h"
#include "checkers/transactions/register_history.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers {

namespace {

using elle::Anomaly;
using elle::RegisterGraph;

constexpr std::size_t kBadReadsMax = 6;

class RwRegisterChecker final : public Checker {
 public:
  RwRegisterChecker(elle::Settings settings, elle::RegisterSettings keys, Value initial)
      : settings_(settings), keys_(keys), initial_(std::move(initial)) {}

  CheckResult check(const History& history, const Budget& budget) const override {
    Limits limits(budget);
    CheckResult result;
    result.checker = "rw-register";
    Charge charge(limits);
    RegisterHistory registers;
    elle::Scans scans;
    std::string error;
    bool read = true;
    const bool scanned = elle::has_scans(history);
    if (scanned) read = elle::read_scans(history, initial_, limits, charge, scans, error);
    if (read) {
      error = build_register_history(scanned ? scans.items : history, initial_, limits, charge, registers);
    }
    if (error.empty()) error = registers.ambiguous();
    if (limits.spent() || (!read && error.empty())) {
      result.reason = "Nothing was checked: " + limits.why() + ".";
    } else if (!error.empty()) {
      result.nothing_to_judge("The history cannot be judged: " + error + ".");
    } else if (registers.ok_reads() + scans.ok_scans == 0) {
      result.nothing_to_judge("No register was read by a transaction that succeeded, so nothing was tested.");
    } else {
      judge(history, registers, scans, budget, limits, charge, result);
    }
    const auto fact = [&](const char* name, std::uint64_t value) {
      result.statistics.push_back({name, Value(static_cast<std::int64_t>(value))});
    };
    fact("transactions", registers.ok_transactions());
    fact("keys", registers.key_count());
    fact("reads", registers.ok_reads());
    if (scanned) fact("predicate_reads", scans.ok_scans);
    fact("memory_peak_bytes", limits.peak_bytes());
    fact("elapsed_microseconds", static_cast<std::uint64_t>(limits.elapsed() / kMicrosecond));
    return result;
  }

 private:
  // `history` is as it was given; in that of `registers` predicate reads are reads of what they found.
  void judge(const History& history, const RegisterHistory& registers, const elle::Scans& scans,
             const Budget& budget, Limits& limits, Charge& charge, CheckResult& result) const {
    std::vector<Anomaly> anomalies = scans.anomalies;
    elle::Coverage coverage;
    coverage.transactions = registers.ok_transactions();
    coverage.finished = add_bad_reads(registers, limits, anomalies);
    const RegisterGraph graph(registers, keys_, scans.missed, limits, charge);
    coverage.finished = coverage.finished && graph.complete();
    elle::CyclicPart part;
    if (coverage.finished) {
      elle::find_lost_updates(graph, history, anomalies);
      coverage.finished = elle::find_cyclic_versions(graph, history, limits, anomalies) &&
                          elle::cyclic_part(graph, graph.times(), limits, charge, part);
    }
    if (coverage.finished && part.components > 0) {
      const elle::RegisterWords words(graph, history);
      elle::add_cycles(part, history, words, limits, anomalies, coverage.finished);
    }
    if (coverage.finished && anomalies.empty() && settings_.certificate) {
      coverage.complete = certify(history, registers, graph, limits, result);
    }
    coverage.unfinished = limits.why();
    coverage.others = elle::ask_others(elle::open_models(settings_, anomalies), registers.history(), initial_,
                                       limits.rest_of(budget));
    elle::conclude(settings_, coverage, std::move(anomalies), result);
    if (result.verdict != Verdict::valid) result.certificate.reset();
    result.statistics.push_back({"version_steps", Value(std::int64_t{graph.steps()})});
    result.statistics.push_back({"cyclic_components", Value(std::int64_t{part.components})});
    result.statistics.push_back({"cyclic_transactions", Value(std::int64_t{part.operations})});
  }

  static bool add_bad_reads(const RegisterHistory& registers, Limits& limits,
                            std::vector<Anomaly>& anomalies) {
    BadReads bad;
    if (!find_bad_reads(registers, true, kBadReadsMax, limits, bad)) return false;
    for (const BadRead& read : bad.first) {
      const std::string_view name = read_anomaly_name(read.anomaly);
      Anomaly anomaly;
      // A transaction that reads a key twice contradicts itself (Elle's "internal").
      anomaly.name = elle::anomaly_named(read.anomaly == ReadAnomaly::non_repeatable ? "internal" : name);
      anomaly.finding = explain_bad_read(registers, read, {});
      std::sort(anomaly.finding.witness.begin(), anomaly.finding.witness.end());
      anomalies.push_back(std::move(anomaly));
    }
    return true;
  }

  // Whether the order of dependencies is a proof: it is replayed to see.
  bool certify(const History& history, const RegisterHistory& registers, const RegisterGraph& graph,
               Limits& limits, CheckResult& result) const {
    constexpr std::array kClaims = {std::pair(elle::Strength::realtime, "strict-serializable"),
                                    std::pair(elle::Strength::process, "strong-session-serializable"),
                                    std::pair(elle::Strength::plain, "serializable")};
    for (const auto& [strength, claim] : kClaims) {
      Certificate certificate;
      certificate.claim = claim;
      certificate.options["initial"] = initial_.to_string();
      certificate.objects.emplace_back();
      std::vector<OpId>& order = certificate.objects[0].order;
      if (!elle::serial_order(graph, history, graph.times(), strength, limits, order)) continue;
      order.erase(
          std::remove_if(order.begin(), order.end(), [&](OpId id) { return !registers.committed(id); }),
          order.end());
      if (!refute_certificate(history, certificate).empty()) continue;
      result.certificate = std::move(certificate);
      return strength == elle::Strength::realtime;
    }
    return false;
  }

  elle::Settings settings_;
  elle::RegisterSettings keys_;
  Value initial_;
};

std::unique_ptr<Checker> make_rw_register(const CheckerOptions& options, std::string& error) {
  OptionReader reader("rw-register", options);
  const elle::Settings settings = elle::read_settings(reader);
  const Value initial = reader.initial();
  elle::RegisterSettings keys;
  keys.sequential_keys = reader.yes("sequential-keys", keys.sequential_keys);
  keys.linearizable_keys = reader.yes("linearizable-keys", keys.linearizable_keys);
  keys.writes_follow_reads = reader.yes("wfr-keys", keys.writes_follow_reads);
  error = reader.error();
  return error.empty() ? std::make_unique<RwRegisterChecker>(settings, keys, initial) : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions& options) {
  if (!shape.only(Fn::read, Fn::write, Fn::cas, Fn::scan) ||
      shape.count(Fn::read) + shape.count(Fn::scan) == 0) {
    return "needs reads and writes of registers";
  }
  if (!shape.timed) options.emplace("models", "serializable");
  return {};
}

}  // namespace

extern const CheckerPlugin rw_register_plugin;
const CheckerPlugin rw_register_plugin = {
    "rw-register", "transactions over registers: isolation anomalies, and which models they rule out",
    make_rw_register, unsuited};

}  // namespace assay::checkers
