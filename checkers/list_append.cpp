// The checker "list-append": transactions that read lists and append elements to them, which are unique for each key. A
// list shows the order of all versions before it, so almost every dependency between transactions can be inferred, and an
// anomaly is a cycle of them (Kingsbury & Alvaro, "Elle: inferring isolation anomalies from experimental observations",
// VLDB 2020; Adya's thesis, 1999).
//
// Options: see checkers/elle/judgement.h. Everything inferred is certain, so an anomaly is one. When no cycle exists, any
// topological order of the dependencies explains what was read (appends that nobody saw come after all reads of their
// key), so "serializable" and "strict-serializable" are proofs, too; the certificate is that order.
#include <algorithm>
#include <array>
#include <utility>

#include "checkers/common/limits.h"
#include "checkers/elle/cycle_report.h"
#include "checkers/elle/cyclic_part.h"
#include "checkers/elle/judgement.h"
#include "checkers/elle/list_anomalies.h"
#include "checkers/elle/list_graph.h"
#include "checkers/elle/list_history.h"
#include "checkers/elle/list_shapes.h"
#include "checkers/elle/list_words.h"
#include "checkers/elle/serial_order.h"

namespace assay::checkers {

namespace {

using elle::Anomaly;
using elle::CyclicPart;
using elle::ListHistory;

class ListAppendChecker final : public Checker {
 public:
  explicit ListAppendChecker(elle::Settings settings) : settings_(settings) {}

  CheckResult check(const History& history, const Budget& budget) const override {
    Limits limits(budget);
    CheckResult result;
    result.checker = "list-append";
    Charge charge(limits);
    ListHistory lists;
    std::string error;
    if (!elle::read_lists(history, limits, charge, lists, error)) {
      if (error.empty()) {
        result.reason = "Nothing was checked: " + limits.why() + ".";
      } else {
        result.nothing_to_judge("The history cannot be judged: " + error + ".");
      }
    } else if (lists.observed_reads == 0) {
      result.nothing_to_judge("No list was read by a transaction that succeeded, so nothing was tested.");
    } else {
      judge(lists, budget, limits, charge, result);
    }
    add_facts(lists, limits, result);
    return result;
  }

 private:
  void judge(const ListHistory& lists, const Budget& budget, Limits& limits, Charge& charge,
             CheckResult& result) const {
    std::vector<Anomaly> anomalies;
    elle::Coverage coverage;
    coverage.transactions = lists.transactions;
    coverage.complete = !lists.gaps && lists.misfits.empty();
    coverage.versions_known = coverage.complete && lists.open_tails == 0;
    coverage.finished = elle::find_list_anomalies(lists, limits, anomalies);
    CyclicPart part;
    if (coverage.finished) {
      const elle::ListGraph graph(lists);
      coverage.finished = elle::cyclic_part(graph, lists.times, limits, charge, part);
    }
    if (coverage.finished && part.components > 0) {
      const elle::ListWords words(lists);
      coverage.finished = elle::find_list_shapes(lists, part, limits, anomalies);
      elle::add_cycles(part, *lists.history, words, limits, anomalies, coverage.finished);
    }
    coverage.unfinished = limits.why();
    coverage.others = elle::ask_others(elle::open_models(settings_, anomalies), *lists.history, Value(),
                                       limits.rest_of(budget));
    elle::conclude(settings_, coverage, std::move(anomalies), result);
    if (settings_.certificate && result.verdict == Verdict::valid && coverage.complete)
      certify(lists, limits, result);
    result.statistics.push_back({"cyclic_components", Value(std::int64_t{part.components})});
    result.statistics.push_back({"cyclic_transactions", Value(std::int64_t{part.operations})});
  }

  // The strongest serial order that there is.
  static void certify(const ListHistory& lists, Limits& limits, CheckResult& result) {
    const elle::ListGraph graph(lists);
    constexpr std::array kClaims = {std::pair(elle::Strength::realtime, "strict-serializable"),
                                    std::pair(elle::Strength::process, "strong-session-serializable"),
                                    std::pair(elle::Strength::plain, "serializable")};
    for (const auto& [strength, claim] : kClaims) {
      Certificate certificate;
      certificate.claim = claim;
      certificate.objects.emplace_back();
      std::vector<OpId>& order = certificate.objects[0].order;
      if (!elle::serial_order(graph, *lists.history, lists.times, strength, limits, order)) continue;
      const std::vector<bool> committed = elle::committed(lists);
      order.erase(std::remove_if(order.begin(), order.end(), [&](OpId id) { return !committed[id]; }),
                  order.end());
      result.certificate = std::move(certificate);
      return;
    }
  }

  static void add_facts(const ListHistory& lists, const Limits& limits, CheckResult& result) {
    const auto fact = [&](const char* name, std::uint64_t value) {
      result.statistics.push_back({name, Value(static_cast<std::int64_t>(value))});
    };
    fact("transactions", lists.transactions);
    fact("keys", lists.keys.size());
    fact("versions", lists.writer.size());
    fact("reads", lists.observed_reads);
    fact("memory_peak_bytes", limits.peak_bytes());
    fact("elapsed_microseconds", static_cast<std::uint64_t>(limits.elapsed() / kMicrosecond));
  }

  elle::Settings settings_;
};

std::unique_ptr<Checker> make_list_append(const CheckerOptions& options, std::string& error) {
  OptionReader reader("list-append", options);
  const elle::Settings settings = elle::read_settings(reader);
  error = reader.error();
  return error.empty() ? std::make_unique<ListAppendChecker>(settings) : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions& options) {
  if (shape.count(Fn::scan) > 0 && shape.count(Fn::append) > 0) {
    return "does not judge reads by predicate beside lists: write registers with unique values, which "
           "rw-register, "
           "serializable and snapshot-isolation judge together with them";
  }
  if (!shape.only(Fn::read, Fn::append) || shape.count(Fn::append) == 0)
    return "needs reads of lists and appends to them";
  if (shape.integer_reads > 0) return "needs reads of lists, not of numbers";
  if (!shape.timed) options.emplace("models", "serializable");
  return {};
}

}  // namespace

extern const CheckerPlugin list_append_plugin;
const CheckerPlugin list_append_plugin = {
    "list-append", "transactions over lists: isolation anomalies, and which models they rule out",
    make_list_append, unsuited};

}  // namespace assay::checkers
