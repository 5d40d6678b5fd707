#include "checkers/transactions/process_views.h"

#include <algorithm>

namespace assay::checkers {

namespace {

enum Color : std::uint8_t { kUnseen, kOpen, kDone };

}  // namespace

std::string_view view_level_name(ViewLevel level) {
  return level == ViewLevel::pram ? "pram" : "causal-memory";
}

bool ProcessViews::run(std::size_t most, std::vector<ViewViolation>& found,
                       std::vector<std::vector<TransactionId>>* orders) {
  const std::size_t count = history_.transaction_count();
  // Besides the tables: what is visited, and what goes back.
  const std::size_t bytes =
      count * (sizeof(Place) + 5 + 3 * sizeof(TransactionId)) + history_.key_count() * 4;
  if (!limits_.fits(bytes)) return false;
  charge_.grow(bytes);
  find_previous();
  rows_.assign(history_.key_count(), kNobody);
  colors_.assign(count, kUnseen);
  for (SessionId session = 0; session < history_.session_count() && found.size() < most; ++session) {
    if (!look_at(session)) return false;
    if (failed()) {
      violation_.edges = edges_;
      found.push_back(std::move(violation_));
    } else if (orders != nullptr) {
      if (!limits_.fits(count * sizeof(TransactionId))) return false;
      charge_.grow(count * sizeof(TransactionId));
      orders->emplace_back();
      if (!make_order(orders->back())) return false;
    }
  }
  return true;
}

// What only reads does not matter to others in PRAM.
void ProcessViews::find_previous() {
  previous_.assign(history_.transaction_count(), kNobody);
  for (SessionId session = 0; session < history_.session_count(); ++session) {
    TransactionId last = kNobody;
    for (const TransactionId id : history_.transactions_of(session)) {
      if (!history_.committed(id)) continue;
      previous_[id] = last;
      const auto mops = history_.mops(id);
      const bool writes =
          std::any_of(mops.begin(), mops.end(), [](const auto& mop) { return mop.is_last_write(); });
      if (writes || level_ == ViewLevel::causal_memory) last = id;
    }
  }
}

// The reads of the session, by key.
void ProcessViews::gather_reads() {
  row_begin_.assign(1, 0);
  const auto each_read = [&](auto visit_read) {
    for (const TransactionId id : history_.transactions_of(session_)) {
      if (!history_.committed(id)) continue;
      for (const RegisterMop& mop : history_.mops(id)) {
        if (reads_outside(mop, id)) visit_read(mop, id);
      }
    }
  };
  each_read([&](const RegisterMop& mop, TransactionId) {
    if (rows_[mop.key()] == kNobody) {
      rows_[mop.key()] = static_cast<std::uint32_t>(row_begin_.size() - 1);
      row_begin_.push_back(0);
    }
    ++row_begin_[rows_[mop.key()] + 1];
  });
  for (std::size_t row = 1; row < row_begin_.size(); ++row) row_begin_[row] += row_begin_[row - 1];
  const std::size_t before = reads_.capacity();
  reads_.resize(row_begin_.back());
  charge_.grow((reads_.capacity() - before) * sizeof(OwnRead));
  std::vector<std::uint32_t> next(row_begin_.begin(), row_begin_.end() - 1);
  each_read([&](const RegisterMop& mop, TransactionId id) {
    reads_[next[rows_[mop.key()]]++] = {history_.position(id), mop.source, 0};
  });
  for (std::size_t row = 0; row + 1 < row_begin_.size(); ++row) {
    const std::uint32_t end = row_begin_[row + 1];
    for (std::uint32_t at = end; at-- > row_begin_[row];) {
      const bool same = at + 1 < end && reads_[at + 1].source == reads_[at].source;
      reads_[at].other = same ? reads_[at + 1].other : at + 1;
    }
  }
}

// False when the budget is spent.
bool ProcessViews::look_at(SessionId session) {
  session_ = session;
  violation_ = {};
  violation_.session = session;
  places_.assign(history_.transaction_count(), Place{});
  edges_.clear();
  next_.clear();
  backwards_.clear();
  gather_reads();
  bool in_time = true;
  for (const TransactionId id : history_.transactions_of(session)) {
    if (!history_.committed(id)) continue;
    for (const RegisterMop& mop : history_.mops(id)) {
      if (!reads_from_other(mop, id)) continue;
      if (mop.source > id) backwards_.push_back(id);
      in_time = in_time && lower(mop.source, history_.position(id));
    }
    in_time = in_time && lower(id, history_.position(id));
    if (!in_time || failed()) break;
  }
  in_time = in_time && !limits_.spent();
  if (in_time && !failed()) in_time = find_cycle();
  for (const TransactionId id : history_.transactions_of(session)) {
    for (const RegisterMop& mop : history_.mops(id)) rows_[mop.key()] = kNobody;
  }
  inferred_ += edges_.size();
  return in_time;
}

// Puts a transaction, and all that must be before it, before an operation of the process; ends where that
// contradicts itself. False when the budget is spent.
bool ProcessViews::lower(TransactionId first, std::uint32_t stage) {
  work_.assign(1, {first, stage});
  while (!work_.empty() && !failed()) {
    if (++steps_ % kAskEvery == 0 && limits_.spent()) return false;
    const Work work = work_.back();
    work_.pop_back();
    Place& place = places_[work.id];
    if (place.stage <= work.stage) continue;
    const bool own = history_.session(work.id) == session_;
    if (own && work.stage < history_.position(work.id)) {
      // Its own future would be in its past.
      violation_.writer = work.id;
      return true;
    }
    place.stage = work.stage;
    lower_causes(work.id, work.stage);
    for (const RegisterMop& mop : history_.mops(work.id)) {
      if (!mop.is_last_write() || rows_[mop.key()] == kNobody) continue;
      note_write(work.id, mop.key(), own ? work.stage + 1 : work.stage);
      if (failed()) break;
    }
  }
  return true;
}

void ProcessViews::lower_causes(TransactionId id, std::uint32_t stage) {
  if (level_ == ViewLevel::causal_memory && history_.session(id) != session_) {
    for (const RegisterMop& mop : history_.mops(id)) {
      if (reads_from_other(mop, id) && mop.source > id) backwards_.push_back(id);
    }
  }
  each_before(id, [&](TransactionId before) {
    if (places_[before].stage > stage) work_.push_back({before, stage});
  });
}

// A write that is before the process' operation at `visible_from`.
void ProcessViews::note_write(TransactionId id, KeyId key, std::uint32_t visible_from) {
  const std::uint32_t row = rows_[key], end = row_begin_[row + 1];
  const auto found =
      std::lower_bound(reads_.begin() + row_begin_[row], reads_.begin() + end, visible_from,
                       [](const OwnRead& read, std::uint32_t stage) { return read.stage < stage; });
  auto at = static_cast<std::uint32_t>(found - reads_.begin());
  if (at < end && reads_[at].source == id) at = reads_[at].other;
  if (at >= end) return;
  const TransactionId source = reads_[at].source;
  const TransactionId reader = history_.transactions_of(session_)[reads_[at].stage];
  if (source == kNobody) {
    violation_.initial = true;
    violation_.writer = id;
    violation_.reader = reader;
    violation_.key = key;
    return;
  }
  Place& place = places_[source];
  if (place.edge != kNobody && edges_[place.edge].before == id) return;
  // Where there is no room the limits are spent, which ends the look at this process.
  if (!make_room(edges_, 1, limits_, charge_) || !make_room(next_, 1, limits_, charge_)) return;
  next_.push_back(place.edge);
  place.edge = static_cast<std::uint32_t>(edges_.size());
  edges_.push_back({id, source, reader, key});
  if (id > source) backwards_.push_back(source);
  if (place.stage < places_[id].stage) work_.push_back({id, place.stage});
}

// Within the stages that have something that goes back.
bool ProcessViews::find_cycle() {
  std::vector<TransactionId> seen;
  bool in_time = true;
  for (const TransactionId id : backwards_) {
    in_time = in_time && visit(id, places_[id].stage, &seen);
    if (!in_time || failed()) break;
  }
  // After a cycle some are still open.
  if (failed()) std::fill(colors_.begin(), colors_.end(), kUnseen);
  for (const TransactionId id : seen) colors_[id] = kUnseen;
  return in_time;
}

// Depth first to all that comes before and was not visited, of one stage or, for kNoStage, of any; appends it in an
// order that keeps what comes before. Sets the violation where a transaction comes before itself. False when the
// budget is spent.
bool ProcessViews::visit(TransactionId root, std::uint32_t stage, std::vector<TransactionId>* order) {
  std::vector<TransactionId> stack = {root};
  while (!stack.empty()) {
    if (++steps_ % kAskEvery == 0 && limits_.spent()) return false;
    const TransactionId id = stack.back();
    if (colors_[id] != kUnseen) {
      stack.pop_back();
      if (colors_[id] == kOpen) order->push_back(id);
      colors_[id] = kDone;
      continue;
    }
    colors_[id] = kOpen;
    each_before(id, [&](TransactionId before) {
      if (stage != kNoStage && places_[before].stage != stage) return;
      if (colors_[before] == kUnseen) stack.push_back(before);
      if (colors_[before] == kOpen) violation_.writer = before;
    });
    if (failed()) return true;
  }
  return true;
}

// Requires: no cycle.
bool ProcessViews::make_order(std::vector<TransactionId>& order) {
  order.reserve(history_.transaction_count());
  for (const TransactionId id : history_.transactions_of(session_)) {
    if (history_.committed(id) && !visit(id, kNoStage, &order)) return false;
  }
  for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
    if (!history_.committed(id) || colors_[id] != kUnseen) continue;
    const auto mops = history_.mops(id);
    const bool writes =
        std::any_of(mops.begin(), mops.end(), [](const auto& mop) { return mop.is_last_write(); });
    if ((writes || level_ == ViewLevel::causal_memory) && !visit(id, kNoStage, &order)) return false;
  }
  std::fill(colors_.begin(), colors_.end(), kUnseen);
  return true;
}

}  // namespace assay::checkers
