#include <algorithm>
#include <bit>

#include "checkers/elle/scans.h"
#include "checkers/isolation/reading.h"
#include "checkers/transactions/read_consistency.h"
#include "checkers/transactions/register_history.h"

namespace assay::checkers::isolation {

namespace {

class RegisterReading {
 public:
  RegisterReading(const RegisterHistory& history, Limits& limits, Charge& charge)
      : history_(history), limits_(limits), charge_(charge) {}

  // False when the budget is spent.
  bool run(Problem& problem) {
    std::size_t reads = 0;
    for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
      for (const RegisterMop& mop : history_.mops(id)) reads += mop.is_read() ? 1 : 0;
    }
    const std::size_t writes = history_.mop_count() - reads;
    // Where reads and writes of a transaction begin is noted in lists that grow by doubling.
    const std::size_t bytes = history_.transaction_count() * (sizeof(Problem::Transaction) + 4 + 4 * 8) +
                              reads * sizeof(Problem::Read) + writes * sizeof(KeyNumber) +
                              history_.key_count() * (4 + sizeof(Key));
    if (!limits_.fits(bytes)) return false;
    charge_.grow(bytes);
    problem.reads.reserve(reads);
    problem.writes.reserve(writes);
    number_.assign(history_.transaction_count(), kNone);
    Txn next = 0;
    for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
      if (history_.committed(id)) number_[id] = next++;
    }
    problem.keys = static_cast<std::uint32_t>(history_.key_count());
    problem.transactions.reserve(next);
    touched_.assign(problem.keys, kNone);
    for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
      if (id % kAskEvery == 0 && limits_.spent()) return false;
      if (number_[id] != kNone) add(id, problem);
    }
    return true;
  }

 private:
  void add(TransactionId id, Problem& problem) {
    const Txn txn = number_[id];
    for (const RegisterMop& mop : history_.mops(id)) {
      if (mop.is_last_write()) problem.writes.push_back(mop.key());
      // The first read of a key says all that the others may say.
      if (!mop.is_read() || mop.follows_own_write() || touched_[mop.key()] == txn) continue;
      touched_[mop.key()] = txn;
      problem.reads.push_back({mop.key(), mop.has_source() ? number_[mop.source] : kInitial});
    }
    const Operation op = history_.history().at(id);
    problem.finish({id, op.process, op.invoked, op.completed});
  }

  const RegisterHistory& history_;
  Limits& limits_;
  Charge& charge_;
  std::vector<Txn> number_;  // by operation
  std::vector<Txn> touched_;
};

// A transaction of unknown outcome counts only because somebody saw it, and so on to one that is ok: they belong to a
// witness, too. Looks at all mops for each of those, of which there are few.
void add_observers(const RegisterHistory& history, TransactionId bad_reader, Finding& finding) {
  using Status = RegisterHistory::Status;
  std::vector<TransactionId> reached = {bad_reader};
  std::vector<std::size_t> came_from = {0};
  for (std::size_t at = 0; at < reached.size(); ++at) {
    if (history.status(reached[at]) != Status::observed_info) continue;
    for (TransactionId reader = 0; reader < history.transaction_count(); ++reader) {
      const auto mops = history.mops(reader);
      const bool saw =
          history.committed(reader) && std::any_of(mops.begin(), mops.end(), [&](const RegisterMop& mop) {
            return mop.is_read() && mop.has_source() && mop.source == reached[at];
          });
      if (!saw || std::find(reached.begin(), reached.end(), reader) != reached.end()) continue;
      reached.push_back(reader);
      came_from.push_back(at);
      if (history.status(reader) != Status::ok) continue;
      std::vector<OpId>& witness = finding.witness;
      for (std::size_t step = reached.size() - 1; step != 0; step = came_from[step]) {
        witness.push_back(reached[step]);
      }
      std::sort(witness.begin(), witness.end());
      witness.erase(std::unique(witness.begin(), witness.end()), witness.end());
      return;
    }
  }
}

}  // namespace

Reading read_registers(const History& given, const Value& initial, std::string_view model, Limits& limits,
                       Charge& charge) {
  Reading result;
  Charge registers_charge(limits);
  elle::Scans scans;
  result.scanned = elle::has_scans(given);
  if (result.scanned &&
      !elle::read_scans(given, initial, limits, registers_charge, scans, result.objection, true)) {
    if (result.objection.empty()) result.objection = limits.why();
    return result;
  }
  const History& history = result.scanned ? scans.items : given;
  RegisterHistory registers;
  result.objection = build_register_history(history, initial, limits, registers_charge, registers);
  if (!result.objection.empty()) return result;
  result.transactions_ok = registers.ok_transactions();
  result.objection = registers.ambiguous();
  BadReads bad;
  if (result.objection.empty() && !find_bad_reads(registers, true, kFindingsMax, limits, bad)) {
    result.objection = limits.why();
  }
  for (const elle::Anomaly& anomaly : scans.anomalies) {
    result.findings.push_back(anomaly.finding);
    result.findings.back().anomaly = elle::anomaly_name(std::countr_zero(anomaly.name));
    result.findings.back().model = model;
  }
  for (const BadRead& read : bad.first) {
    result.findings.push_back(explain_bad_read(registers, read, model));
    if (registers.status(read.reader) == RegisterHistory::Status::observed_info) {
      add_observers(registers, read.reader, result.findings.back());
    }
  }
  if (!result.objection.empty() || !result.findings.empty()) return result;
  if (!RegisterReading(registers, limits, charge).run(result.problem)) result.objection = limits.why();
  result.keys.reserve(registers.key_count());
  for (KeyId key = 0; key < registers.key_count(); ++key) result.keys.push_back(registers.key(key));
  return result;
}

}  // namespace assay::checkers::isolation
