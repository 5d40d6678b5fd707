#include "checkers/transactions/causal_scan.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace assay::checkers {

namespace {

constexpr std::size_t kNoColumn = std::numeric_limits<std::size_t>::max() / 2;

}  // namespace

CausalScan::CausalScan(const RegisterHistory& history, const std::vector<TransactionId>& order, bool weak,
                       Inference& inference)
    : history_(history), order_(order), weak_(weak), inference_(inference), charge_(inference.limits) {}

bool CausalScan::run() {
  const std::size_t bytes =
      history_.transaction_count() * 8 + history_.mop_count() * 16 + history_.key_count() * 4;
  if (!inference_.limits.fits(bytes)) return false;
  charge_.grow(bytes);
  gather_events();
  if (!choose_width()) return false;
  local_keys_.assign(history_.key_count(), kNobody);
  for (first_column_ = 0; first_column_ < column_sessions_.size(); first_column_ += width_) {
    if (!make_clocks(first_column_)) return false;
    const std::size_t end = std::min(first_column_ + width_, column_sessions_.size());
    block_begin_.clear();
    for (std::size_t i = first_column_; i < end; ++i)
      block_begin_.push_back(write_begin_[column_sessions_[i]]);
    for (SessionId session = 0; session < history_.session_count(); ++session) {
      if (!scan_session(session, first_column_)) return false;
    }
  }
  return true;
}

// Reads and writes of committed transactions, session by session.
void CausalScan::gather_events() {
  const std::size_t sessions = history_.session_count();
  read_begin_.assign(sessions + 1, 0);
  write_begin_.assign(sessions + 1, 0);
  std::vector<bool> learned(sessions, true);  // something since the session's last write
  for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
    if (!history_.committed(id)) continue;
    const SessionId session = history_.session(id);
    bool writes = false;
    for (const RegisterMop& mop : history_.mops(id)) {
      read_begin_[session + 1] += reads_outside(mop, id) ? 1 : 0;
      write_begin_[session + 1] += mop.is_last_write() ? 1 : 0;
      if (mop.is_read()) learned[session] = true;
      writes = writes || mop.is_last_write();
    }
    if (writes && learned[session]) {
      ++clocks_needed_;
      learned[session] = false;
    }
  }
  reads_most_ = *std::max_element(read_begin_.begin(), read_begin_.end());
  columns_.assign(sessions, kNoColumn);
  for (SessionId session = 0; session < sessions; ++session) {
    if (write_begin_[session + 1] == 0) continue;
    columns_[session] = column_sessions_.size();
    column_sessions_.push_back(session);
  }
  std::partial_sum(read_begin_.begin(), read_begin_.end(), read_begin_.begin());
  std::partial_sum(write_begin_.begin(), write_begin_.end(), write_begin_.begin());
  reads_.resize(read_begin_.back());
  write_keys_.resize(write_begin_.back());
  write_transactions_.resize(write_begin_.back());
  writes_after_.assign(history_.transaction_count(), 0);
  std::vector<std::size_t> read_next(read_begin_.begin(), read_begin_.end() - 1);
  std::vector<std::size_t> write_next(write_begin_.begin(), write_begin_.end() - 1);
  for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
    if (!history_.committed(id)) continue;
    const SessionId session = history_.session(id);
    const auto own_before = static_cast<Count>(write_next[session] - write_begin_[session]);
    for (const RegisterMop& mop : history_.mops(id)) {
      if (reads_outside(mop, id)) reads_[read_next[session]++] = {mop.key(), mop.source, id, own_before};
      if (!mop.is_last_write()) continue;
      write_keys_[write_next[session]] = mop.key();
      write_transactions_[write_next[session]++] = id;
    }
    writes_after_[id] = static_cast<Count>(write_next[session] - write_begin_[session]);
  }
}

// As many columns as fit into 64 bytes a transaction, and at least one lane.
bool CausalScan::choose_width() {
  const std::size_t wanted = (column_sessions_.size() + kLane - 1) / kLane * kLane;
  const std::size_t column =
      (clocks_needed_ + kRowsPerChunk + reads_most_ + history_.session_count()) * sizeof(Count);
  const std::size_t room = std::max<std::size_t>(std::size_t{64} << 20, history_.transaction_count() * 64);
  const std::size_t fits = std::max(room / column / kLane * kLane, kLane);
  width_ = weak_ ? wanted : std::min(wanted, fits);
  if (width_ == 0) return true;
  if (!inference_.limits.fits(column * width_)) {
    width_ = weak_ ? wanted : kLane;
    if (!inference_.limits.fits(column * width_)) return false;
  }
  charge_.grow(column * width_);
  return true;
}

void CausalScan::new_clock(const Count* from) {
  if (clock_count_ / kRowsPerChunk >= chunks_.size()) {
    chunks_.push_back(std::make_unique_for_overwrite<Count[]>(kRowsPerChunk * width_));
  }
  std::copy_n(from, width_,
              chunks_[clock_count_ / kRowsPerChunk].get() + clock_count_ % kRowsPerChunk * width_);
  ++clock_count_;
}

// One walk along the order; clock 0 is that of who knows nothing.
bool CausalScan::make_clocks(std::size_t first_column) {
  first_column_ = first_column;
  const std::size_t sessions = history_.session_count();
  clock_count_ = 0;
  clock_of_.resize(history_.transaction_count());
  std::vector<Count> views(sessions * width_, 0);
  new_clock(views.data());
  std::vector<std::uint32_t> current(sessions, 0);
  std::vector<bool> learned(sessions, false);
  std::size_t done = 0;
  for (const TransactionId id : order_) {
    if (++done % kAskEvery == 0 && inference_.limits.spent()) return false;
    const SessionId session = history_.session(id);
    Count* const view = views.data() + session * width_;
    bool writes = false;
    for (const RegisterMop& mop : history_.mops(id)) {
      writes = writes || mop.is_last_write();
      if (!reads_from_other(mop, id)) continue;
      const std::size_t column = column_of(mop.source);
      if (column < width_ && view[column] >= writes_after_[mop.source]) continue;
      const Count* const other = clock(clock_of_[mop.source]);
      for (std::size_t at = 0; at < width_; at += kLane) {
        for (std::size_t i = at; i < at + kLane; ++i) view[i] = view[i] < other[i] ? other[i] : view[i];
      }
      if (column < width_) view[column] = writes_after_[mop.source];
      learned[session] = true;
    }
    if (!writes) continue;
    if (learned[session]) {
      current[session] = clock_count_;
      new_clock(view);
      learned[session] = false;
    }
    clock_of_[id] = current[session];
  }
  return true;
}

// Writes of a session that come into view, up to its `to`-th.
void CausalScan::enter(std::size_t column, Count to) {
  const Count from = view_[column];
  view_[column] = to;
  const KeyId* const keys = write_keys_.data() + write_begin_[column_sessions_[first_column_ + column]];
  const std::uint32_t* const rows = local_keys_.data();
  Count* const last = last_.data() + column;
  for (Count i = from; i < to; ++i) {
    const std::uint32_t row = rows[keys[i]];
    if (row != kNobody) last[row * width_] = i + 1;
  }
}

void CausalScan::join(const ReadEvent& read) {
  if (read.source == kNobody) return;
  const std::size_t own = column_of(read.source);
  if (own < width_ && view_[own] >= writes_after_[read.source]) return;
  const Count* const other = clock(clock_of_[read.source]);
  const Count* const view = view_.data();
  for (std::size_t at = 0; at < width_; at += kLane) {
    unsigned more = 0;
    for (std::size_t i = 0; i < kLane; ++i) more |= static_cast<unsigned>(other[at + i] > view[at + i]) << i;
    for (; more != 0; more &= more - 1) {
      const std::size_t column = at + static_cast<std::size_t>(std::countr_zero(more));
      enter(column, other[column]);
    }
  }
  if (own < width_ && view_[own] < writes_after_[read.source]) enter(own, writes_after_[read.source]);
}

void CausalScan::judge(const ReadEvent& read) {
  Count* const row = last_.data() + local_keys_[read.key] * width_;
  const bool initial = read.source == kNobody;
  const Count* const known = clock(initial ? 0 : clock_of_[read.source]);
  // The source's clock does not count its own session, so what came before it there is taken out of the row.
  const std::size_t own = initial ? width_ : column_of(read.source);
  const Count of_own = own < width_ ? row[own] : 0;
  if (own < width_ && of_own <= writes_after_[read.source]) row[own] = 0;
  gather_rivals(row, known);
  for (const TransactionId* const each : rivals_) {
    const TransactionId rival = *each;
    if (weak_ && !initial && !happened_before(read.source, rival)) continue;
    inference_.infer(rival, read.source, read.reader, read.key);
    if (initial) break;
  }
  if (!weak_ && !initial) std::fill_n(row, width_, 0);
  if (own < width_) row[own] = of_own;
}

// The writes in a row that are not known; they lie far apart, so that they are all asked for before any is used.
void CausalScan::gather_rivals(const Count* row, const Count* known) {
  rivals_.clear();
  for (std::size_t at = 0; at < width_; at += kLane) {
    unsigned more = 0;
    for (std::size_t i = 0; i < kLane; ++i) more |= static_cast<unsigned>(row[at + i] > known[at + i]) << i;
    for (; more != 0; more &= more - 1) {
      const std::size_t i = at + static_cast<std::size_t>(std::countr_zero(more));
      rivals_.push_back(write_transactions_.data() + block_begin_[i] + static_cast<std::size_t>(row[i]) - 1);
      __builtin_prefetch(rivals_.back());
    }
  }
}

// Requires: both write, and all sessions are in the block.
bool CausalScan::happened_before(TransactionId first, TransactionId second) const {
  if (history_.session(first) == history_.session(second)) {
    return history_.position(first) < history_.position(second);
  }
  return clock(clock_of_[second])[column_of(first)] >= writes_after_[first];
}

// What the reads to come will need from far away: first where it is, then, closer to them, itself.
void CausalScan::prefetch(std::span<const ReadEvent> reads, std::size_t at) const {
  constexpr std::size_t kFar = 16, kNear = 6;
  const auto source = [&](std::size_t ahead) {
    return at + ahead < reads.size() ? reads[at + ahead].source : kNobody;
  };
  if (const TransactionId far = source(kFar); far != kNobody) {
    __builtin_prefetch(&clock_of_[far]);
    if (!weak_) inference_.graph.prefetch(far);
    __builtin_prefetch(&writes_after_[far]);
  }
  if (const TransactionId near = source(kNear); near != kNobody) {
    const Count* const row = clock(clock_of_[near]);
    for (std::size_t i = 0; i < width_; i += 64 / sizeof(Count)) __builtin_prefetch(row + i);
  }
}

bool CausalScan::scan_session(SessionId session, std::size_t first_column) {
  const std::span<const ReadEvent> reads(reads_.data() + read_begin_[session],
                                         reads_.data() + read_begin_[session + 1]);
  std::uint32_t rows = 0;
  for (const ReadEvent& read : reads) {
    if (local_keys_[read.key] == kNobody) local_keys_[read.key] = rows++;
  }
  last_.assign(rows * width_, 0);
  view_.assign(width_, 0);
  const std::size_t own = columns_[session] - first_column;
  for (std::size_t begin = 0, end = 0, asked = 0; begin < reads.size(); begin = end) {
    if (begin - asked >= kAskEvery) {
      asked = begin;
      if (inference_.limits.spent()) return false;
    }
    prefetch(reads, begin);
    if (own < width_ && view_[own] < reads[begin].own_before) enter(own, reads[begin].own_before);
    for (end = begin; end < reads.size() && reads[end].reader == reads[begin].reader; ++end) join(reads[end]);
    for (std::size_t i = begin; i < end; ++i) judge(reads[i]);
  }
  for (const ReadEvent& read : reads) local_keys_[read.key] = kNobody;
  return true;
}

}  // namespace assay::checkers
