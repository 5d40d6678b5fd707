#include "checkers/stale/version_order.h"

#include <algorithm>
#include <numeric>

#include "checkers/stale/counts.h"

namespace assay::checkers {

namespace {

// Versions in some order, from which any can be taken out and put back, last out first in.
class Ranking {
 public:
  // By descending key.
  template <class Key>
  Ranking(std::size_t count, Key key) : next_(count + 1), previous_(count + 1) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return key(a) != key(b) ? key(a) > key(b) : a < b; });
    std::uint32_t at = end();
    for (const std::uint32_t version : order) {
      next_[at] = version;
      previous_[version] = at;
      at = version;
    }
    next_[at] = end();
    previous_[end()] = at;
  }
  std::uint32_t end() const { return static_cast<std::uint32_t>(next_.size()) - 1; }
  std::uint32_t first() const { return next_[end()]; }
  std::uint32_t after(std::uint32_t version) const { return next_[version]; }
  void take_out(std::uint32_t version) {
    next_[previous_[version]] = next_[version];
    previous_[next_[version]] = previous_[version];
  }
  void put_back(std::uint32_t version) {
    next_[previous_[version]] = version;
    previous_[next_[version]] = version;
  }

 private:
  std::vector<std::uint32_t> next_, previous_;
};

class LimitedBacktracking {
 public:
  LimitedBacktracking(std::span<const Version> versions, const Limits& limits)
      : versions_(versions),
        limits_(limits),
        by_begin_(versions.size(), [&](std::uint32_t at) { return versions[at].begin; }),
        by_first_end_(versions.size(), [&](std::uint32_t at) { return versions[at].first_end; }),
        by_last_begin_(versions.size(), [&](std::uint32_t at) { return versions[at].last_begin; }) {}

  std::optional<bool> run(WriteOrder* order) {
    std::vector<std::uint32_t> choices;
    for (std::size_t left = versions_.size(); left > 0; left -= placed_.size()) {
      choices.clear();
      for (std::uint32_t at = by_first_end_.first(); at != by_first_end_.end() && may_come_last(at);
           at = by_first_end_.after(at)) {
        choices.push_back(at);
      }
      const std::optional<bool> found = any_succeeds(choices);
      if (!found || !*found) return found;
      for (const std::uint32_t at : placed_) {
        if (order != nullptr) order->push_back(versions_[at].write);
      }
    }
    if (order != nullptr) std::reverse(order->begin(), order->end());
    return true;
  }

 private:
  enum class End : std::uint8_t { success, failure, open };

  bool may_come_last(std::uint32_t at) const {
    return versions_[at].first_end >= versions_[by_begin_.first()].begin;
  }

  // What succeeded stays placed.
  std::optional<bool> any_succeeds(std::vector<std::uint32_t>& choices) {
    for (std::size_t length = 1; !choices.empty(); length *= 2) {
      std::size_t kept = 0;
      for (const std::uint32_t choice : choices) {
        const End end = place_from(choice, length);
        if (end == End::success) return true;
        work_ += placed_.size();
        while (!placed_.empty()) {
          put_back(placed_.back());
          placed_.pop_back();
        }
        if (end == End::open) choices[kept++] = choice;
        if (work_ < kAskEvery) continue;
        work_ = 0;
        if (limits_.spent()) return std::nullopt;
      }
      choices.resize(kept);
    }
    return false;
  }

  // From the end towards the beginning, as far as each forces the next.
  End place_from(std::uint32_t choice, std::size_t length) {
    placed_.clear();
    for (std::uint32_t at = choice;;) {
      if (!may_come_last(at)) return End::failure;
      take_out(at);
      placed_.push_back(at);
      const Nanos end = versions_[at].first_end;
      const std::uint32_t waits = by_last_begin_.first();
      if (waits == by_last_begin_.end() || versions_[waits].last_begin <= end) return End::success;
      const std::uint32_t other = by_last_begin_.after(waits);
      if (other != by_last_begin_.end() && versions_[other].last_begin > end) return End::failure;
      if (placed_.size() == length) return End::open;
      at = waits;
    }
  }

  void take_out(std::uint32_t at) {
    for (Ranking* ranking : {&by_begin_, &by_first_end_, &by_last_begin_}) ranking->take_out(at);
  }
  void put_back(std::uint32_t at) {
    for (Ranking* ranking : {&by_begin_, &by_first_end_, &by_last_begin_}) ranking->put_back(at);
  }

  std::span<const Version> versions_;
  const Limits& limits_;
  Ranking by_begin_, by_first_end_, by_last_begin_;
  std::vector<std::uint32_t> placed_;  // since the last place of no return
  std::size_t work_ = 0;
};

}  // namespace

std::vector<std::vector<Version>> chunks(std::span<const Version> versions) {
  std::vector<Version> forward;
  for (const Version& version : versions) {
    if (version.first_end < version.last_begin) forward.push_back(version);
  }
  const auto by_zone = [](const Version& a, const Version& b) {
    return a.first_end != b.first_end ? a.first_end < b.first_end : a.write < b.write;
  };
  std::sort(forward.begin(), forward.end(), by_zone);
  std::vector<std::vector<Version>> found;
  std::vector<Nanos> begins, ends;
  for (const Version& version : forward) {
    if (ends.empty() || version.first_end >= ends.back()) {
      found.emplace_back();
      begins.push_back(version.first_end);
      ends.push_back(version.last_begin);
    }
    found.back().push_back(version);
    ends.back() = std::max(ends.back(), version.last_begin);
  }
  for (const Version& version : versions) {
    if (version.first_end < version.last_begin) continue;
    // The last chunk that begins before the zone [last_begin, first_end].
    const auto after = std::lower_bound(begins.begin(), begins.end(), version.last_begin);
    if (after == begins.begin()) continue;
    const auto at = static_cast<std::size_t>(after - begins.begin()) - 1;
    if (version.first_end < ends[at]) found[at].push_back(version);
  }
  std::erase_if(found, [](const std::vector<Version>& chunk) { return chunk.size() < 2; });
  return found;
}

std::optional<bool> two_atomic(std::span<const Version> versions, const Limits& limits, WriteOrder* order) {
  return LimitedBacktracking(versions, limits).run(order);
}

std::uint32_t lower_bound_of_k(std::span<const Version> versions) {
  // Between a version and its last read lies what begins after its first end and first ends before that read:
  // all that first end before that read, but those that had begun by the version's first end.
  std::vector<Nanos> ends, begins;
  for (const Version& version : versions) {
    ends.push_back(version.first_end);
    begins.push_back(version.begin);
  }
  std::vector<std::uint32_t> by_end(versions.size()), by_last(versions.size());
  std::iota(by_end.begin(), by_end.end(), 0u);
  by_last = by_end;
  std::sort(by_end.begin(), by_end.end(),
            [&](std::uint32_t a, std::uint32_t b) { return ends[a] < ends[b]; });
  std::sort(by_last.begin(), by_last.end(), [&](std::uint32_t a, std::uint32_t b) {
    return versions[a].last_begin < versions[b].last_begin;
  });
  Counts begun(std::move(begins));
  std::uint32_t most = 0;
  std::size_t added = 0;
  for (const std::uint32_t at : by_last) {
    for (; added < by_end.size() && ends[by_end[added]] < versions[at].last_begin; ++added)
      begun.add(versions[by_end[added]].begin);
    most = std::max(most, static_cast<std::uint32_t>(added) - begun.up_to(versions[at].first_end));
  }
  return most + 1;
}

std::uint32_t upper_bound_of_k(std::span<const Version> versions, WriteOrder* chosen) {
  std::vector<Version> order(versions.begin(), versions.end());
  std::sort(order.begin(), order.end(), [](const Version& a, const Version& b) {
    return a.first_end != b.first_end ? a.first_end < b.first_end : a.write < b.write;
  });
  std::uint32_t k = 1;
  for (std::size_t at = 0; at < order.size(); ++at) {
    const auto last = std::lower_bound(order.begin(), order.end(), order[at].last_begin,
                                       [](const Version& each, Nanos time) { return each.first_end < time; });
    const auto place = static_cast<std::size_t>(last - order.begin());
    if (place > at) k = std::max(k, static_cast<std::uint32_t>(place - at));
  }
  for (const Version& version : order) {
    if (chosen != nullptr) chosen->push_back(version.write);
  }
  return k;
}

bool find_order(std::span<const Version> versions, std::uint32_t k, Limits& limits, WriteOrder& order) {
  constexpr std::uint64_t kStepsMax = 20'000;
  if (upper_bound_of_k(versions, &order) <= k) return true;
  order.clear();
  if (two_atomic(versions, limits, &order).value_or(false)) return true;
  order.clear();
  return versions.size() <= kSearchedVersionsMax &&
         order_exists(versions, k, kStepsMax, limits, &order).value_or(false);
}

}  // namespace assay::checkers
