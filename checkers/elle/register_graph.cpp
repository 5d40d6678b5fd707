#include "checkers/elle/register_graph.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace assay::checkers::elle {

namespace {

// A transaction that overwrote what it read is linked to at most so many others who did the same.
constexpr std::size_t kDirectMax = 64;
constexpr std::uint32_t kNoVersion = UINT32_MAX;

}  // namespace

RegisterGraph::RegisterGraph(const RegisterHistory& history, const RegisterSettings& settings,
                             std::span<const Missed> missed, Limits& limits, Charge& charge)
    : history_(history),
      settings_(settings),
      operations_(static_cast<std::uint32_t>(history.transaction_count())) {
  const std::size_t bytes =
      history.mop_count() * (sizeof(Touch) * 4 + sizeof(VersionStep) * 2 + sizeof(Edge) * 2 + 12) +
      history.transaction_count() * 16 + missed.size() * sizeof(Edge);
  complete_ = limits.fits(bytes) && !limits.spent();
  if (!complete_) return;
  charge.grow(bytes);
  for (const Operation op : history.history().operations()) {
    times_.invoked.push_back(op.invoked);
    times_.completed.push_back(op.outcome == Outcome::ok ? op.completed : kNever);
  }
  number_versions();
  if (!limits.spent()) collect_touches(limits);
  if (limits.spent()) {
    complete_ = false;
    return;
  }
  add_initial_steps();
  if (!limits.spent()) add_process_steps();
  if (!limits.spent()) add_realtime_steps(limits);
  complete_ = !limits.spent() && sort_steps(limits);
  if (!complete_) return;
  add_read_edges(limits);
  add_missed(missed, limits);
  complete_ = !limits.spent();
}

void RegisterGraph::number_versions() {
  for (KeyId key = 0; key < history_.key_count(); ++key) {
    writer_.push_back(kNoOp);
    key_.push_back(key);
    write_.push_back(kNobody);
  }
  version_of_mop_.assign(history_.mop_count(), kNoVersion);
  for (TransactionId id = 0; id < operations_; ++id) {
    if (!history_.committed(id)) continue;
    for (MopId mop = history_.first_mop(id); mop < history_.first_mop(id + 1); ++mop) {
      if (!history_.mop(mop).is_last_write()) continue;
      version_of_mop_[mop] = versions();
      writer_.push_back(id);
      key_.push_back(history_.mop(mop).key());
      write_.push_back(mop);
    }
  }
}

// Of each transaction and key: the first read of another's version, and the last write.
void RegisterGraph::collect_touches(Limits& limits) {
  std::vector<std::pair<KeyId, Touch>> found;
  std::vector<std::uint32_t> place(history_.key_count(),
                                   0);  // in `found`, of the transaction at hand, plus 1
  for (TransactionId id = 0; id < operations_; ++id) {
    if (id % kAskEvery == 0 && limits.spent()) return;
    if (!history_.committed(id)) continue;
    const auto first = static_cast<std::uint32_t>(found.size());
    const bool ok = history_.status(id) == RegisterHistory::Status::ok;
    for (MopId at = history_.first_mop(id); at < history_.first_mop(id + 1); ++at) {
      const RegisterMop& mop = history_.mop(at);
      const bool touched = place[mop.key()] > first;
      if (mop.is_last_write()) {
        const std::uint32_t version = version_of_mop_[at];
        if (!touched) {
          found.push_back({mop.key(), {id, version, version, false, true, ok}});
          place[mop.key()] = static_cast<std::uint32_t>(found.size());
        } else {
          found[place[mop.key()] - 1].second.last = version;
          found[place[mop.key()] - 1].second.writes_last = true;
        }
      } else if (mop.is_read() && !touched && !mop.follows_own_write() && mop.source != id) {
        const std::uint32_t version = mop.kind() == MopKind::read_initial ? mop.key()
                                      : mop.has_source()                  ? version_of_mop_[mop.source_mop]
                                                                          : kNoVersion;
        if (version == kNoVersion) continue;
        found.push_back({mop.key(), {id, version, version, true, false, ok}});
        place[mop.key()] = static_cast<std::uint32_t>(found.size());
      }
    }
  }
  first_touch_.assign(history_.key_count() + 1, 0);
  for (const auto& [key, touch] : found) ++first_touch_[key + 1];
  for (std::size_t key = 0; key < history_.key_count(); ++key) first_touch_[key + 1] += first_touch_[key];
  std::vector<std::uint32_t> next(first_touch_.begin(), first_touch_.end() - 1);
  touches_.resize(found.size());
  for (const auto& [key, touch] : found) touches_[next[key]++] = touch;
}

void RegisterGraph::add_step(const Touch& before, const Touch& after, OrderSource source) {
  const std::uint32_t from = before.last;
  const std::uint32_t to = after.first;
  if (from == to || writer_[to] == kNoOp) return;
  VersionStep step{from, to, before.op, after.op, source, Evidence::observed, Strength::plain};
  const bool promised = (source == OrderSource::process && settings_.sequential_keys) ||
                        (source == OrderSource::realtime && settings_.linearizable_keys);
  if (!promised) {
    step.strength = source == OrderSource::process ? Strength::process : Strength::realtime;
    step.evidence = after.reads_first     ? Evidence::single
                    : !before.writes_last ? Evidence::read_committed
                                          : Evidence::observed;
  }
  steps_.push_back(step);
}

void RegisterGraph::add_initial_steps() {
  for (std::uint32_t version = static_cast<std::uint32_t>(history_.key_count()); version < versions();
       ++version) {
    steps_.push_back(
        {key_[version], version, kNoOp, kNoOp, OrderSource::initial, Evidence::observed, Strength::plain});
  }
  for (const Touch& touch : touches_) {
    if (!settings_.writes_follow_reads) break;
    if (!touch.reads_first || !touch.writes_last || writer_[touch.first] == kNoOp) continue;
    steps_.push_back({touch.first, touch.last, touch.op, touch.op, OrderSource::write_follows_read,
                      Evidence::read_committed, Strength::plain});
  }
}

void RegisterGraph::add_process_steps() {
  std::vector<const Touch*> last(history_.session_count(), nullptr);
  for (KeyId key = 0; key < history_.key_count(); ++key) {
    for (std::uint32_t i = first_touch_[key]; i < first_touch_[key + 1]; ++i) {
      const Touch& touch = touches_[i];
      const Touch*& before = last[history_.session(touch.op)];
      if (before != nullptr) add_step(*before, touch, OrderSource::process);
      before = touch.ok ? &touch : nullptr;
    }
    for (std::uint32_t i = first_touch_[key]; i < first_touch_[key + 1]; ++i) {
      last[history_.session(touches_[i].op)] = nullptr;
    }
  }
}

// For each operation, those that completed before it and before no other one that did: it is linked to these alone.
void RegisterGraph::add_realtime_steps(Limits& limits) {
  std::vector<const Touch*> frontier, completed;
  std::vector<const Touch*> open;  // invoked, not completed at the moment looked at
  for (KeyId key = 0; key < history_.key_count(); ++key) {
    if (key % 256 == 0 && limits.spent()) return;
    frontier.clear();
    open.clear();
    for (std::uint32_t i = first_touch_[key]; i < first_touch_[key + 1]; ++i) {
      if (i % 4096 == 0 && limits.spent()) return;
      const Touch& touch = touches_[i];
      const Nanos now = times_.invoked[touch.op];
      // Those that have completed since join the frontier, in the order of their completion, and cover whatever completed
      // before they were invoked.
      std::size_t still_open = 0;
      completed.clear();
      for (const Touch* each : open) {
        if (times_.completed[each->op] < now) {
          completed.push_back(each);
        } else {
          open[still_open++] = each;
        }
      }
      open.resize(still_open);
      std::sort(completed.begin(), completed.end(), [&](const Touch* a, const Touch* b) {
        return std::pair(times_.completed[a->op], a->op) < std::pair(times_.completed[b->op], b->op);
      });
      for (const Touch* each : completed) {
        const Nanos invoked = times_.invoked[each->op];
        frontier.erase(std::remove_if(frontier.begin(), frontier.end(),
                                      [&](const Touch* old) { return times_.completed[old->op] < invoked; }),
                       frontier.end());
        frontier.push_back(each);
      }
      for (const Touch* before : frontier) add_step(*before, touch, OrderSource::realtime);
      if (touch.ok) open.push_back(&touch);
    }
  }
}

// By origin; of several reasons for one step those stay that need less strength or less evidence than the others.
bool RegisterGraph::sort_steps(Limits& limits) {
  first_step_.assign(std::size_t{versions()} + 1, 0);
  for (const VersionStep& step : steps_) ++first_step_[step.from + 1];
  for (std::size_t i = 0; i < versions(); ++i) first_step_[i + 1] += first_step_[i];
  std::vector<VersionStep> sorted(steps_.size());
  std::vector<std::uint32_t> next(first_step_.begin(), first_step_.end() - 1);
  for (const VersionStep& step : steps_) sorted[next[step.from]++] = step;
  steps_.clear();
  for (std::uint32_t version = 0; version < versions(); ++version) {
    if (version % kAskEvery == 0 && limits.spent()) return false;
    const auto begin = sorted.begin() + first_step_[version], end = sorted.begin() + first_step_[version + 1];
    const auto order = [](const VersionStep& step) {
      return std::tuple(step.to, step.strength, step.evidence, step.source, step.before, step.after);
    };
    std::sort(begin, end, [&](const VersionStep& a, const VersionStep& b) { return order(a) < order(b); });
    first_step_[version] = static_cast<std::uint32_t>(steps_.size());
    for (auto step = begin; step != end; ++step) {
      bool useless = false;
      for (std::size_t i = steps_.size(); i-- > first_step_[version] && steps_[i].to == step->to;) {
        useless = useless || steps_[i].evidence <= step->evidence;
      }
      if (!useless) steps_.push_back(*step);
    }
  }
  first_step_[versions()] = static_cast<std::uint32_t>(steps_.size());
  return true;
}

void RegisterGraph::add_read_edges(Limits& limits) {
  for (TransactionId id = 0; id < operations_; ++id) {
    if (id % kAskEvery == 0 && limits.spent()) return;
    if (!history_.committed(id)) continue;
    for (MopId at = history_.first_mop(id); at < history_.first_mop(id + 1); ++at) {
      const RegisterMop& mop = history_.mop(at);
      if (!mop.is_read() || mop.source == id) continue;
      if (mop.kind() == MopKind::read_initial) {
        add_reader(id, mop.key(), EdgeKind::rw);
      } else if (mop.has_source() && history_.committed(mop.source)) {
        const std::uint32_t version = version_of_mop_[mop.source_mop];
        if (version == kNoVersion) continue;
        reads_.push_back(
            {mop.source, id, EdgeKind::wr, Evidence::observed, Strength::plain, mop.key(), version});
        add_reader(id, version, EdgeKind::rw);
      }
    }
  }
}

void RegisterGraph::add_missed(std::span<const Missed> missed, Limits& limits) {
  if (missed.empty()) return;
  std::vector<std::pair<Key, KeyId>> numbers;
  for (KeyId id = 0; id < history_.key_count(); ++id) numbers.emplace_back(history_.key(id), id);
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 0; i < missed.size(); ++i) {
    if (i % kAskEvery == 0 && limits.spent()) return;
    const auto found = std::lower_bound(numbers.begin(), numbers.end(), std::pair(missed[i].key, KeyId{0}));
    if (found == numbers.end() || found->first != missed[i].key) continue;
    add_reader(missed[i].op, found->second, EdgeKind::predicate_rw);
  }
}

// A reader precedes whoever wrote a later version, except itself.
void RegisterGraph::add_reader(OpId op, std::uint32_t version, EdgeKind kind) {
  ++read_count_;
  const std::uint32_t begin = first_step_[version], end = first_step_[version + 1];
  if (begin == end) return;
  const bool overwrites = std::any_of(steps_.begin() + begin, steps_.begin() + end,
                                      [&](const VersionStep& step) { return writer_[step.to] == op; });
  if (!overwrites) {
    reads_.push_back(
        {op, operations_ + version, kind, Evidence::observed, Strength::plain, key_[version], 0});
    return;
  }
  for (std::uint32_t i = begin; i < end && i - begin < kDirectMax; ++i) {
    const VersionStep& step = steps_[i];
    if (writer_[step.to] == op) continue;
    direct_.push_back({op, writer_[step.to], kind, step.evidence, step.strength, key_[version], i});
  }
}

}  // namespace assay::checkers::elle
