#include "checkers/transactions/process_views.h"

#include <algorithm>

namespace assay::checkers {

namespace {

constexpr std::size_t kViewStepsPerQuestion = 256;
constexpr std::size_t kEdgesMax = std::size_t{1} << 20;  // kept for explanations

}  // namespace

std::string_view view_level_name(ViewLevel level) {
  return level == ViewLevel::pram ? "pram" : "causal-memory";
}

bool ProcessViews::run(std::size_t most, std::vector<ViewViolation>& found) {
  const std::size_t bytes =
      history_.transaction_count() * 12 + history_.mop_count() * 16 + history_.key_count() * 4;
  if (!inference_.limits.fits(bytes)) return false;
  charge_.grow(bytes);
  gather_events();
  if (!choose_width()) return false;
  local_keys_.assign(history_.key_count(), kNobody);
  node_of_.assign(history_.transaction_count(), kNobody);
  first_column_ = 0;
  if (level_ == ViewLevel::causal_memory) {
    if (!make_clocks(0)) return false;
  } else {
    // Nobody knows anything by himself: clock 0.
    clock_of_.assign(history_.transaction_count(), 0);
    const std::vector<Count> nothing(width_, 0);
    new_clock(nothing.data());
  }
  for (SessionId session = 0; session < history_.session_count() && found.size() < most; ++session) {
    if (!look_at(session, found)) return false;
  }
  return true;
}

void ProcessViews::gather_nodes(std::span<const ReadEvent> reads) {
  nodes_.clear();
  for (const ReadEvent& read : reads) {
    if (read.source == kNobody || node_of_[read.source] != kNobody) continue;
    node_of_[read.source] = 0;
    Count own = 0;
    for (const RegisterMop& mop : history_.mops(read.source)) own += mop.is_last_write() ? 1 : 0;
    const Count after = writes_after_[read.source];
    nodes_.push_back({column_of(read.source), after, after - own, read.source});
  }
  std::sort(nodes_.begin(), nodes_.end(), [](const Node& a, const Node& b) {
    return a.column != b.column ? a.column < b.column : a.after < b.after;
  });
  node_begin_.assign(width_ + 1, 0);
  pasts_.resize(nodes_.size() * width_);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    node_of_[node.id] = static_cast<std::uint32_t>(i);
    ++node_begin_[node.column + 1];
    Count* const past = past_of(node);
    std::copy_n(clock(clock_of_[node.id]), width_, past);
    past[node.column] = node.before;
  }
  for (std::size_t column = 0; column < width_; ++column) node_begin_[column + 1] += node_begin_[column];
  by_read_.clear();
  std::vector<bool> listed(nodes_.size(), false);
  for (const ReadEvent& read : reads) {
    if (read.source == kNobody || listed[node_of_[read.source]]) continue;
    listed[node_of_[read.source]] = true;
    by_read_.push_back(node_of_[read.source]);
  }
}

bool ProcessViews::look_at(SessionId session, std::vector<ViewViolation>& found) {
  const std::span<const ReadEvent> reads(reads_.data() + read_begin_[session],
                                         reads_.data() + read_begin_[session + 1]);
  if (reads.empty()) return true;
  gather_nodes(reads);
  if (!inference_.limits.fits(pasts_.capacity() * sizeof(Count))) return false;
  Charge charge(inference_.limits, pasts_.capacity() * sizeof(Count));
  edges_.clear();
  ViewViolation violation;
  violation.session = session;
  bool changed = true;
  while (changed && violation.writer == kNobody) {
    changed = false;
    ++rounds_;
    if (!one_round(reads, changed, violation)) return false;
    for (bool again = changed; again;) {
      again = false;
      // In the order in which they were read, in which most pasts follow from earlier ones.
      for (const std::uint32_t node : by_read_) again |= close(past_of(nodes_[node]));
    }
    if (violation.writer == kNobody) find_cycle(violation);
  }
  if (violation.writer != kNobody) {
    violation.edges = edges_;
    found.push_back(std::move(violation));
  }
  for (const Node& node : nodes_) node_of_[node.id] = kNobody;
  return true;
}

// Walks through the process' operations once, and adds what the rule gives to the pasts.
bool ProcessViews::one_round(std::span<const ReadEvent> reads, bool& changed, ViewViolation& violation) {
  std::uint32_t rows = 0;
  for (const ReadEvent& read : reads) {
    if (local_keys_[read.key] == kNobody) local_keys_[read.key] = rows++;
  }
  last_.assign(rows * width_, 0);
  view_.assign(width_, 0);
  passed_.assign(node_begin_.begin(), node_begin_.end() - 1);
  const SessionId session = history_.session(reads.front().reader);
  const std::size_t own = columns_[session];
  bool in_time = true;
  std::size_t done = 0;
  for (std::size_t begin = 0, end = 0; begin < reads.size() && in_time; begin = end) {
    if (++done % kViewStepsPerQuestion == 0) in_time = !inference_.limits.spent();
    if (own < width_) widen_view(own, reads[begin].own_before);
    // What must be before its writes is before its reads too.
    const std::uint32_t itself = node_of_[reads[begin].reader];
    if (itself != kNobody) merge_view(past_of(nodes_[itself]));
    for (end = begin; end < reads.size() && reads[end].reader == reads[begin].reader; ++end) {
      if (reads[end].source == kNobody) continue;
      const Node& node = nodes_[node_of_[reads[end].source]];
      merge_view(past_of(node));
      widen_view(node.column, node.after);
    }
    if (own < width_ && view_[own] > reads[begin].own_before) {
      // Its own future is in its past.
      violation.writer =
          write_transactions_[write_begin_[session] + static_cast<std::size_t>(reads[begin].own_before)];
    }
    for (std::size_t i = begin; i < end && violation.writer == kNobody; ++i) {
      judge_view(reads[i], changed, violation);
    }
    if (violation.writer != kNobody) break;
  }
  for (const ReadEvent& read : reads) local_keys_[read.key] = kNobody;
  return in_time;
}

// With a transaction that the process reads from, its past comes into view, before or after it is read.
void ProcessViews::widen_view(std::size_t column, Count to) {
  if (to <= view_[column]) return;
  enter(column, to);
  while (passed_[column] < node_begin_[column + 1] && nodes_[passed_[column]].after <= view_[column]) {
    const Node& node = nodes_[passed_[column]++];
    merge_view(past_of(node));
  }
}

void ProcessViews::merge_view(const Count* past) {
  for (std::size_t at = 0; at < width_; at += kLane) {
    bool more = false;
    for (std::size_t i = at; i < at + kLane; ++i) more |= past[i] > view_[i];
    if (!more) continue;
    for (std::size_t i = at; i < at + kLane; ++i) widen_view(i, past[i]);
  }
}

// The last node among the first `count` writes of a session.
const ProcessViews::Node* ProcessViews::latest_node(std::size_t column, Count count) const {
  const auto begin = nodes_.begin() + node_begin_[column], end = nodes_.begin() + node_begin_[column + 1];
  const auto after =
      std::upper_bound(begin, end, count, [](Count value, const Node& node) { return value < node.after; });
  return after == begin ? nullptr : &*(after - 1);
}

// Adds the pasts of all nodes in a past, until nothing is new; true if something was.
bool ProcessViews::close(Count* past) {
  bool changed = false;
  looked_up_.assign(width_, 0);
  for (bool again = true; again;) {
    again = false;
    for (std::size_t column = 0; column < width_; ++column) {
      // A session that did not grow since has nothing more to add.
      if (past[column] == looked_up_[column]) continue;
      looked_up_[column] = past[column];
      const Node* const node = latest_node(column, past[column]);
      if (node == nullptr) continue;
      const Count* const other = past_of(*node);
      for (std::size_t at = 0; at < width_; at += kLane) {
        bool more = false;
        for (std::size_t i = at; i < at + kLane; ++i) more |= other[i] > past[i];
        if (!more) continue;
        again = changed = true;
        for (std::size_t i = at; i < at + kLane; ++i) past[i] = past[i] < other[i] ? other[i] : past[i];
      }
    }
  }
  return changed;
}

bool ProcessViews::judge_view(const ReadEvent& read, bool& changed, ViewViolation& violation) {
  const Count* const row = last_.data() + local_keys_[read.key] * width_;
  const Node* const node = read.source == kNobody ? nullptr : &nodes_[node_of_[read.source]];
  Count* const past = node == nullptr ? nullptr : past_of(*node);
  bool widened = false;
  for (std::size_t column = 0; column < width_; ++column) {
    if (row[column] == 0) continue;
    const SessionId session = column_sessions_[column];
    const TransactionId rival =
        write_transactions_[write_begin_[session] + static_cast<std::size_t>(row[column]) - 1];
    if (node == nullptr) {
      violation.initial = true;
      violation.writer = rival;
      violation.reader = read.reader;
      violation.key = read.key;
      return true;
    }
    if (row[column] <= past[column] || rival == read.source) continue;
    widened = true;
    if (edges_.size() < kEdgesMax) edges_.push_back({rival, read.source, read.reader, read.key});
    const Count* const known = clock(clock_of_[rival]);
    for (std::size_t i = 0; i < width_; ++i) past[i] = std::max(past[i], known[i]);
    past[column] = std::max(past[column], writes_after_[rival]);  // a transaction is one step
  }
  if (!widened) return false;
  close(past);
  changed = true;
  return true;
}

bool ProcessViews::find_cycle(ViewViolation& violation) const {
  for (const Node& node : nodes_) {
    if (past_of(node)[node.column] <= node.before) continue;
    violation.writer = node.id;
    return true;
  }
  return false;
}

}  // namespace assay::checkers
