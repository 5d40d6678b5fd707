#include "checkers/stale/key_staleness.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace assay::checkers {

namespace {

struct Cluster {
  Nanos first_end = kNever;  // f
  Nanos last_begin = 0;      // s
  OpId first = 0, last = 0;
  std::uint32_t write = 0;
};

std::vector<Cluster> make_clusters(const KeyRegister& key) {
  std::vector<Cluster> clusters(key.writes.size());
  for (std::uint32_t i = 0; i < clusters.size(); ++i) {
    const TimedOp& write = key.writes[i];
    clusters[i] = {write.completed, write.invoked, write.id, write.id, i};
  }
  for (const KeyRegister::Read& read : key.reads) {
    Cluster& cluster = clusters[read.write];
    if (read.op.completed < cluster.first_end) {
      cluster.first_end = read.op.completed;
      cluster.first = read.op.id;
    }
    if (read.op.invoked > cluster.last_begin) {
      cluster.last_begin = read.op.invoked;
      cluster.last = read.op.id;
    }
  }
  std::sort(clusters.begin(), clusters.end(), [](const Cluster& a, const Cluster& b) {
    return a.first_end != b.first_end ? a.first_end < b.first_end : a.write < b.write;
  });
  return clusters;
}

// By how much reads must be put back so that one of two clusters comes first: kNever if that cannot be.
// Writes stay.
Nanos shift_to_separate(const KeyRegister& key, const Cluster& a, const Cluster& b) {
  const auto before = [&](const Cluster& x, const Cluster& y) {
    if (x.last_begin <= y.first_end) return Nanos{0};
    return key.writes[x.write].invoked <= y.first_end ? x.last_begin - y.first_end : kNever;
  };
  return std::min(before(a, b), before(b, a));
}

bool sweep(const KeyRegister& key, const std::vector<Cluster>& clusters, const Limits& limits,
           KeyStaleness& result) {
  std::vector<std::uint32_t>
      active;  // clusters whose last operation begins later than now, by more than delta
  std::size_t work = 0;
  for (std::uint32_t i = 0; i < clusters.size(); ++i) {
    const Cluster& b = clusters[i];
    std::size_t kept = 0;
    for (const std::uint32_t at : active) {
      if (++work % kAskEvery == 0 && limits.spent()) return false;
      const Cluster& a = clusters[at];
      if (a.last_begin <= b.first_end || a.last_begin - b.first_end <= result.delta) continue;
      active[kept++] = at;
      const Nanos shift = shift_to_separate(key, a, b);
      if (shift <= result.delta) continue;
      result.delta = shift;
      result.conflict = {a.write, b.write, a.first, a.last, b.first, b.last};
    }
    active.resize(kept);
    if (b.first_end < b.last_begin && b.last_begin - b.first_end > result.delta) active.push_back(i);
  }
  return true;
}

// The largest number of writes from a read's own to where it stands, if writes are ordered by cluster and
// reads stand as early as they may; 0 if a write that follows a read in real time would stand before it.
std::uint32_t k_of_order(const KeyRegister& key, const std::vector<Cluster>& clusters) {
  std::vector<std::uint32_t> place(key.writes.size());
  for (std::uint32_t i = 0; i < clusters.size(); ++i) place[clusters[i].write] = i;
  struct Event {
    Nanos time;
    bool begin;  // ends come after beginnings of the same time: those operations are concurrent
    bool is_read;
    std::uint32_t index;
  };
  std::vector<Event> events;
  events.reserve(2 * (key.writes.size() + key.reads.size()));
  for (std::uint32_t i = 0; i < key.writes.size(); ++i) {
    events.push_back({key.writes[i].invoked, true, false, i});
    events.push_back({key.writes[i].completed, false, false, i});
  }
  for (std::uint32_t i = 0; i < key.reads.size(); ++i) {
    events.push_back({key.reads[i].op.invoked, true, true, i});
    events.push_back({key.reads[i].op.completed, false, true, i});
  }
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    if (a.time != b.time) return a.time < b.time;
    if (a.begin != b.begin) return a.begin;
    return a.is_read != b.is_read ? b.is_read : a.index < b.index;
  });
  std::vector<std::uint32_t> stand(key.reads.size());
  std::uint32_t floor = 0;  // what is over stands up to here
  bool any = false;
  std::uint32_t k = 1;
  for (const Event& event : events) {
    if (event.is_read && event.begin) {
      const std::uint32_t own = place[key.reads[event.index].write];
      stand[event.index] = std::max(own, any ? floor : 0);
      k = std::max(k, stand[event.index] - own + 1);
    } else if (!event.begin) {
      if (event.time == kNever) continue;
      floor = std::max(floor, event.is_read ? stand[event.index] : place[event.index]);
      any = true;
    } else if (any && place[event.index] <= floor) {
      return 0;
    }
  }
  return k;
}

}  // namespace

bool measure_reads(KeyRegister& key, const Limits& limits) {
  const std::size_t count = key.writes.size();
  // Of the writes from each one on, which ended first.
  std::vector<std::uint32_t> earliest(count + 1, static_cast<std::uint32_t>(count));
  for (std::size_t i = count; i-- > 0;) {
    const std::uint32_t later = earliest[i + 1];
    const bool better = later == count || key.writes[i].completed <= key.writes[later].completed;
    earliest[i] = better ? static_cast<std::uint32_t>(i) : later;
  }
  // The first write that began after each one had ended.
  std::vector<std::uint32_t> after(count);
  for (std::size_t i = 0; i < count; ++i) {
    after[i] = static_cast<std::uint32_t>(
        std::upper_bound(key.writes.begin(), key.writes.end(), key.writes[i].completed,
                         [](Nanos time, const TimedOp& write) { return time < write.invoked; }) -
        key.writes.begin());
  }
  std::size_t work = 0;
  for (KeyRegister::Read& read : key.reads) {
    if (++work % kAskEvery == 0 && limits.spent()) return false;
    const std::uint32_t newer = earliest[after[read.write]];
    if (newer == count || key.writes[newer].completed >= read.op.invoked) continue;
    read.newer = newer;
    read.late = read.op.invoked - key.writes[newer].completed;
    for (std::size_t i = after[read.write]; i < count && key.writes[i].invoked < read.op.invoked; ++i) {
      if (++work % kAskEvery == 0 && limits.spent()) return false;
      read.missed += key.writes[i].completed < read.op.invoked ? 1 : 0;
    }
  }
  return true;
}

bool measure_key(const KeyRegister& key, const Limits& limits, KeyStaleness& result) {
  const std::vector<Cluster> clusters = make_clusters(key);
  if (!sweep(key, clusters, limits, result)) return false;
  if (result.delta == 0) return true;
  result.k_low = 2;
  for (const KeyRegister::Read& read : key.reads) result.k_low = std::max(result.k_low, read.missed + 1);
  result.k_high = k_of_order(key, clusters);
  return true;
}

}  // namespace assay::checkers
