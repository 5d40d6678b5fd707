#include "checkers/stale/key_staleness.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

#include "checkers/stale/counts.h"

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

// The bounds of one chunk, which is not atomic; those below `settled`, which another part of the key has already,
// are not told apart. False when the budget is spent.
bool bound_chunk(std::span<const Version> chunk, std::uint32_t settled, Limits& limits, std::uint32_t& low,
                 std::uint32_t& high) {
  constexpr std::uint64_t kStepsMax = 10'000;
  low = high = 2;
  const std::optional<bool> two = two_atomic(chunk, limits);
  if (!two) return false;
  if (*two) return true;
  low = std::max(3u, lower_bound_of_k(chunk));
  high = upper_bound_of_k(chunk);
  if (settled < high) low = std::max(low, settled);
  while (low < high && high > settled && chunk.size() <= kSearchedVersionsMax) {
    const std::optional<bool> found = order_exists(chunk, low, kStepsMax, limits);
    if (!found) return !limits.spent();
    if (*found) high = low;
    if (!*found) ++low;
  }
  return true;
}

// How many writes lie between each stale read and its own write, in real time.
void count_missed(KeyRegister& key) {
  std::vector<Nanos> begins;
  std::vector<std::uint32_t> by_end(key.writes.size());
  for (std::uint32_t i = 0; i < key.writes.size(); ++i) {
    begins.push_back(key.writes[i].invoked);
    by_end[i] = i;
  }
  std::sort(by_end.begin(), by_end.end(), [&](std::uint32_t a, std::uint32_t b) {
    return key.writes[a].completed < key.writes[b].completed;
  });
  Counts begun(std::move(begins));
  std::uint32_t ended = 0;
  for (KeyRegister::Read& read : key.reads) {
    for (; ended < by_end.size() && key.writes[by_end[ended]].completed < read.op.invoked; ++ended)
      begun.add(key.writes[by_end[ended]].invoked);
    // A write that had not begun when the read's own ended.
    if (read.late > 0) read.missed = ended - begun.up_to(key.writes[read.write].completed);
  }
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
  bool any = false;
  std::size_t work = 0;
  for (KeyRegister::Read& read : key.reads) {
    if (++work % kAskEvery == 0 && limits.spent()) return false;
    const std::uint32_t newer = earliest[after[read.write]];
    if (newer == count || key.writes[newer].completed >= read.op.invoked) continue;
    read.newer = newer;
    read.late = read.op.invoked - key.writes[newer].completed;
    any = true;
  }
  if (any) count_missed(key);
  return true;
}

std::vector<Version> versions_of(const KeyRegister& key) {
  std::vector<Version> versions;
  for (const Cluster& cluster : make_clusters(key)) {
    versions.push_back(
        {key.writes[cluster.write].invoked, cluster.first_end, cluster.last_begin, cluster.write});
  }
  return versions;
}

bool measure_key(const KeyRegister& key, Limits& limits, KeyStaleness& result) {
  const std::size_t bytes = key.writes.size() * (sizeof(Cluster) + 2 * sizeof(Version) + 24);
  if (!limits.fits(bytes)) return false;
  const Charge charge(limits, bytes);
  const std::vector<Cluster> clusters = make_clusters(key);
  if (!sweep(key, clusters, limits, result)) return false;
  if (result.delta == 0) return true;
  std::vector<Version> versions;
  versions.reserve(clusters.size());
  std::vector<std::uint32_t> cluster_of(clusters.size());
  for (std::uint32_t i = 0; i < clusters.size(); ++i) {
    const Cluster& cluster = clusters[i];
    cluster_of[cluster.write] = i;
    versions.push_back(
        {key.writes[cluster.write].invoked, cluster.first_end, cluster.last_begin, cluster.write});
  }
  for (const std::vector<Version>& chunk : chunks(versions)) {
    std::uint32_t low = 0, high = 0;
    if (!bound_chunk(chunk, result.k_low, limits, low, high)) return false;
    result.k_high = std::max(result.k_high, high);
    if (low <= result.k_low) continue;
    result.k_low = low;
    result.crowd.clear();
    for (const Version& version : chunk) {
      const Cluster& cluster = clusters[cluster_of[version.write]];
      result.crowd.push_back({version, key.writes[version.write].id, cluster.first, cluster.last});
    }
  }
  return true;
}

std::vector<CrowdMember> shrink_crowd(std::vector<CrowdMember> crowd, std::uint32_t k, Limits& limits) {
  constexpr std::size_t kWorkMax = 4'000'000;  // versions looked at
  constexpr std::uint64_t kStepsMax = 20'000;
  std::size_t work = 0;
  const auto still_wrong = [&](const std::vector<CrowdMember>& some) {
    std::vector<Version> versions;
    for (const CrowdMember& member : some) versions.push_back(member.version);
    work += versions.size();
    if (lower_bound_of_k(versions) > k) return true;
    if (k == 2) return !two_atomic(versions, limits).value_or(true);
    return versions.size() <= kSearchedVersionsMax &&
           !order_exists(versions, k, kStepsMax, limits).value_or(true);
  };
  for (std::size_t length = crowd.size() / 2; length > 0; length /= 2) {
    for (std::size_t from = 0; from < crowd.size();) {
      if (work > kWorkMax || limits.spent()) return crowd;
      std::vector<CrowdMember> fewer(crowd.begin(), crowd.begin() + static_cast<std::ptrdiff_t>(from));
      const std::size_t to = std::min(from + length, crowd.size());
      fewer.insert(fewer.end(), crowd.begin() + static_cast<std::ptrdiff_t>(to), crowd.end());
      if (still_wrong(fewer)) {
        crowd = std::move(fewer);
      } else {
        from = to;
      }
    }
  }
  return crowd;
}

}  // namespace assay::checkers
