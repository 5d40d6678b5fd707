#include "harness/formats/session_history.h"

#include <algorithm>
#include <map>
#include <utility>

namespace assay::formats {

std::size_t SessionHistory::begin(ProcessId session, Outcome outcome) {
  Transaction& transaction = transactions_.emplace_back();
  transaction.session = session;
  transaction.outcome = outcome;
  return transactions_.size() - 1;
}

void SessionHistory::read(std::size_t transaction, Key key, std::int64_t value) {
  transactions_[transaction].mops.push_back({Fn::read, key, {}, Value(value)});
}

void SessionHistory::write(std::size_t transaction, Key key, std::int64_t value) {
  transactions_[transaction].mops.push_back({Fn::write, key, Value(value), {}});
}

void SessionHistory::forget_initial_reads() {
  const Value zero(0);
  std::vector<Key> written;
  for (const Transaction& transaction : transactions_) {
    for (const Mop& mop : transaction.mops) {
      if (mop.fn == Fn::write && mop.argument == zero) written.push_back(mop.key);
    }
  }
  std::sort(written.begin(), written.end());
  for (Transaction& transaction : transactions_) {
    for (Mop& mop : transaction.mops) {
      if (mop.fn != Fn::read || !(mop.result == zero)) continue;
      if (!std::binary_search(written.begin(), written.end(), mop.key)) mop.result = Value();
    }
  }
}

HistoryFile SessionHistory::finish(std::uint64_t lines) {
  HistoryFile file;
  file.has_times = false;
  file.lines = lines;
  std::erase_if(transactions_, [](const Transaction& transaction) { return transaction.mops.empty(); });
  forget_initial_reads();
  std::map<ProcessId, std::uint32_t> lengths;
  for (Transaction& transaction : transactions_) transaction.turn = lengths[transaction.session]++;
  std::stable_sort(transactions_.begin(), transactions_.end(),
                   [](const Transaction& a, const Transaction& b) {
                     return a.turn != b.turn ? a.turn < b.turn : a.session < b.session;
                   });
  const auto sessions = static_cast<Nanos>(lengths.size());
  HistoryBuilder builder;
  Nanos place = 0;
  for (std::size_t i = 0; i < transactions_.size(); ++i) {
    const Transaction& transaction = transactions_[i];
    place = i > 0 && transactions_[i - 1].turn == transaction.turn ? place + 1 : 0;
    Operation op;
    op.process = transaction.session;
    op.due = op.invoked = static_cast<Nanos>(transaction.turn) * 2 * sessions + place;
    op.completed = op.invoked + sessions;
    op.outcome = transaction.outcome;
    op.mops = transaction.mops;
    builder.add(op);
  }
  transactions_.clear();
  file.history = builder.build();
  return file;
}

}  // namespace assay::formats
