#include "checkers/linearizability/history_check.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/common/words.h"
#include "checkers/linearizability/model.h"
#include "checkers/linearizability/partition.h"

namespace assay::checkers {

namespace {

constexpr std::size_t kFindingsMax = 8;
constexpr std::size_t kOperationsForThreads = 20'000;

std::vector<ObjectVerdict> check_objects(const Partition& partition, const ObjectChecker& checker,
                                         bool want_order, Limits& limits) {
  std::vector<ObjectVerdict> verdicts(partition.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < partition.size() && !limits.spent(); i = next++) {
      verdicts[i] = checker.check(partition.of(i), want_order, limits);
      limits.charge(verdicts[i].order.size() * sizeof(OpId));
    }
  };
  const bool parallel = partition.size() > 1 && partition.operations >= kOperationsForThreads &&
                        std::thread::hardware_concurrency() > 1;
  if (parallel) {
    std::thread helper(work);
    work();
    helper.join();
  } else {
    work();
  }
  return verdicts;
}

struct Tally {
  std::size_t valid = 0;
  std::size_t invalid = 0;
  std::size_t operations_decided = 0;
  std::uint64_t configurations = 0;
  std::string reason;  // of the first object that is unknown for a reason of its own
};

Tally tally(const Partition& partition, const std::vector<ObjectVerdict>& verdicts) {
  Tally sum;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    sum.configurations += verdicts[i].configurations;
    sum.valid += verdicts[i].verdict == Verdict::valid ? 1 : 0;
    sum.invalid += verdicts[i].verdict == Verdict::invalid ? 1 : 0;
    if (verdicts[i].verdict != Verdict::unknown) sum.operations_decided += partition.of(i).size();
    if (sum.reason.empty()) sum.reason = verdicts[i].reason;
  }
  return sum;
}

Certificate make_certificate(const Partition& partition, std::vector<ObjectVerdict>& verdicts,
                             const CheckerOptions& options) {
  Certificate certificate;
  certificate.claim = "linearizable";
  certificate.options = options;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    certificate.objects.push_back({partition.keys[i], std::move(verdicts[i].order)});
  }
  return certificate;
}

void add_statistics(const Partition& partition, const Tally& sum, const Limits& limits, Facts& statistics) {
  const auto fact = [&](std::string name, std::uint64_t value) {
    statistics.push_back({std::move(name), Value(static_cast<std::int64_t>(value))});
  };
  fact("operations", partition.operations);
  fact("operations_decided", sum.operations_decided);
  fact("objects", partition.size());
  fact("objects_valid", sum.valid);
  fact("objects_invalid", sum.invalid);
  fact("configurations", sum.configurations);
  fact("memory_peak_bytes", limits.peak_bytes());
  fact("elapsed_microseconds", static_cast<std::uint64_t>(limits.elapsed() / kMicrosecond));
}

void conclude(const Partition& partition, const ObjectChecker& checker, std::vector<ObjectVerdict>& verdicts,
              const CheckerOptions* certificate_options, Limits& limits, CheckResult& result) {
  const Tally sum = tally(partition, verdicts);
  if (sum.invalid > 0) {
    result.verdict = Verdict::invalid;
    result.reason = counted(sum.invalid, "object") + " of " + std::to_string(partition.size()) +
                    (sum.invalid == 1 ? " is" : " are") + " not linearizable.";
    for (std::size_t i = 0; i < verdicts.size() && result.findings.size() < kFindingsMax; ++i) {
      if (verdicts[i].verdict != Verdict::invalid) continue;
      result.findings.push_back(checker.explain(partition.of(i), verdicts[i], limits));
    }
  } else if (sum.valid < partition.size()) {
    result.reason = "Not decided: " + (sum.reason.empty() ? limits.why() : sum.reason) + " after " +
                    std::to_string(sum.valid) + " of " + counted(partition.size(), "object") +
                    " were found linearizable.";
  } else {
    result.verdict = Verdict::valid;
    result.reason = "All " + counted(partition.operations, "operation") + " on " +
                    counted(partition.size(), "object") + " are linearizable.";
    if (certificate_options != nullptr)
      result.certificate = make_certificate(partition, verdicts, *certificate_options);
  }
  add_statistics(partition, sum, limits, result.statistics);
}

}  // namespace

CheckResult check_history(const History& history, const ObjectModel& model, const ObjectChecker& checker,
                          const CheckerOptions* certificate_options, const Budget& budget) {
  Limits limits(budget);
  CheckResult result;
  result.checker = "linearizable";
  Partition partition;
  std::string error;
  Charge charge(limits);
  const auto partitioned = [&] {
    if (limits.spent() || !make_partition(history, model, limits, partition, error)) return false;
    const std::size_t bytes = partition.bytes() + partition.size() * sizeof(ObjectVerdict);
    if (!limits.fits(bytes)) return false;
    charge.grow(bytes);
    return true;
  };
  if (!partitioned()) {
    if (error.empty()) {
      result.reason = "Nothing was checked: " + limits.why() + ".";
    } else {
      result.nothing_to_judge("The history cannot be judged: " + error + ".");
    }
    return result;
  }
  const bool anything_ok = std::any_of(history.operations().begin(), history.operations().end(),
                                       [](const Operation& op) { return op.outcome == Outcome::ok; });
  if (!anything_ok) {
    result.nothing_to_judge("No operation succeeded, so nothing was tested.");
    return result;
  }
  std::vector<ObjectVerdict> verdicts =
      check_objects(partition, checker, certificate_options != nullptr, limits);
  conclude(partition, checker, verdicts, certificate_options, limits, result);
  return result;
}

CheckResult check_linearizable(const ObjectModel& model, const History& history, const Budget& budget,
                               bool want_certificate) {
  const CheckerOptions options{{"model", std::string(model.name())}};
  return check_history(history, model, *make_model_checker(history, model),
                       want_certificate ? &options : nullptr, budget);
}

}  // namespace assay::checkers
