// Measures whether links are as bad as was asked: probes over some of them before and after, judged with the error that a
// measurement of that many probes has. Shared by the faults that make links bad.
//
// A host's clock is not its peer's: how much longer packets take is the difference of two measurements, one before and one
// after. What a checksum finds damaged counts as lost. A link on which nothing arrives is one that a partition has cut at the
// same time: it says nothing, since no link is asked to lose more than 90 %.
//
// Processors that are busy with other things make single measurements wrong, by ten milliseconds and more on virtual machines, so
// that one which does not agree is repeated; the evidence says how many there were.
//
// Thread safety: none.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "nemesis/links.h"

namespace assay::nemesis {

class PacketChecks {
 public:
  // At most so many of the links are measured, the first ones.
  static constexpr std::size_t kLinksMax = 6;

  // `shaped` are the links to be; measures what they are before.
  PacketChecks(Packets& packets, std::vector<ShapedLink> shaped) : shaped_(std::move(shaped)) {
    if (shaped_.size() > kLinksMax) shaped_.resize(kLinksMax);
    for (const ShapedLink& link : shaped_) {
      links_.push_back(link.link);
      delayed_ = delayed_ || link.quality.delay > 0;
      shared_ = shared_ || link.quality.loss_ppm + link.quality.duplicate_ppm + link.quality.reorder_ppm +
                                   link.quality.corrupt_ppm >
                               0;
      limited_ = limited_ || link.quality.rate > 0;
      slowest_ = std::max(slowest_, link.quality.median_delay() + 4 * link.quality.jitter);
      if (link.quality.rate > 0 && (rate_ == 0 || link.quality.rate < rate_)) rate_ = link.quality.rate;
    }
    if (delayed_ || limited_) before_ = packets.measure(links_, delay_plan());
  }

  // In force?
  Evidence check(Packets& packets, const Target& target) const {
    return repeated([&] { return check_once(packets, target); });
  }

  // Gone?
  Evidence check_healed(Packets& packets) const {
    return repeated([&] { return check_healed_once(packets); });
  }

 private:
  static constexpr int kLooksMax = 3;

  template <typename Look>
  static Evidence repeated(const Look& look) {
    Evidence evidence;
    for (int looks = 1; looks <= kLooksMax && !evidence.proved; ++looks) {
      evidence = look();
      if (looks > 1) evidence.facts.push_back({"looks", looks});
    }
    return evidence;
  }

  Evidence check_once(Packets& packets, const Target& target) const {
    Evidence evidence{.proved = !links_.empty(), .facts = {{"mechanism", Value::text(packets.mechanism())}}};
    evidence.facts.push_back({"links-measured", static_cast<std::int64_t>(links_.size())});
    if (delayed_) check_delays(packets.measure(links_, delay_plan()), target, evidence);
    if (shared_) check_shares(packets.measure(links_, share_plan()), evidence);
    if (limited_) check_rates(packets.measure(links_, rate_plan()), evidence);
    return evidence;
  }

  Evidence check_healed_once(Packets& packets) const {
    Evidence evidence{.proved = true, .facts = {}};
    const std::vector<LinkMeasure> now = packets.measure(links_, delay_plan());
    std::int64_t sent = 0, arrived = 0;
    std::vector<Nanos> added;
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i].arrived == 0) continue;
      sent += now[i].sent;
      arrived += now[i].arrived;
      if (i < before_.size() && before_[i].arrived > 0)
        added.push_back(now[i].delay_median - before_[i].delay_median);
    }
    evidence.facts.push_back({"lost_ppm", sent > 0 ? (sent - arrived) * kMillion / sent : 0});
    evidence.proved = now.empty() || (sent > 0 && (sent - arrived) * 10 <= sent);
    if (!added.empty()) {
      const Nanos left = median(added);
      evidence.facts.push_back({"delay_left_ns", left});
      evidence.proved = evidence.proved && left <= kDelayError;
    }
    return evidence;
  }

  static constexpr std::int64_t kMillion = 1'000'000;
  static constexpr Nanos kDelayError = 3 * kMillisecond;
  static constexpr int kDelayProbes = 41;
  static constexpr std::int64_t kProbeBytes = 100;
  static constexpr std::int64_t kFullBytes = 1242;

  static Nanos median(std::vector<Nanos> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  }

  // Four deviations of the median of so many probes: one has 1 / (2 f sqrt(n)), f being the density where the median is.
  static Nanos error_of(const PacketQuality& quality) {
    static_assert(kDelayProbes == 41);  // whose square root is 6.4
    const bool normal = quality.spread == PacketQuality::Spread::normal;
    return quality.jitter * (normal ? 783 : 625) / 1000;
  }

  // What so many bytes take at the lowest rate.
  Nanos sending_time(std::int64_t size_bytes) const {
    return rate_ > 0 ? size_bytes * 8 * kSecond / rate_ : 0;
  }

  ProbePlan delay_plan() const {
    // Spread over a fifth of a second, so that one moment in which a processor is away does not meet most of them.
    const Nanos interval = std::max(5 * kMillisecond, 3 * sending_time(kProbeBytes));
    return {.count = kDelayProbes,
            .interval = interval,
            .size_bytes = kProbeBytes,
            .patience = slowest_ + 300 * kMillisecond};
  }
  ProbePlan share_plan() const {
    const Nanos interval = std::max(kMillisecond, 2 * sending_time(kProbeBytes));
    const Nanos count = std::clamp<Nanos>(kSecond / interval, 20, 500);
    return {.count = static_cast<int>(count),
            .interval = interval,
            .size_bytes = kProbeBytes,
            .patience = slowest_ + 200 * kMillisecond};
  }
  // Twice as fast as the link lets through, for a third of a second, which is less than what its queue holds.
  ProbePlan rate_plan() const {
    const Nanos each = std::max<Nanos>(1, sending_time(kFullBytes));
    const Nanos count = std::clamp<Nanos>(kSecond / 3 / each, 12, 3000);
    return {.count = static_cast<int>(count),
            .interval = each / 2,
            .size_bytes = kFullBytes,
            .patience = slowest_ + kSecond + count * each};
  }

  void check_delays(const std::vector<LinkMeasure>& now, const Target& target, Evidence& evidence) const {
    std::vector<Nanos> ratios;
    for (std::size_t i = 0; i < now.size(); ++i) {
      const PacketQuality& quality = shaped_[i].quality;
      if (now[i].arrived == 0 || before_[i].arrived == 0 || quality.delay == 0) continue;
      const Nanos asked = quality.median_delay() + (quality.rate > 0 ? sending_time(kProbeBytes) : 0);
      const Nanos added = now[i].delay_median - before_[i].delay_median;
      // A busy machine only ever adds: up to half as much again is the fault and the machine, twice as much is not.
      const Nanos error = std::max({asked / 10, kDelayError, error_of(quality)});
      evidence.proved = evidence.proved && added >= std::max(asked / 2, asked - error) &&
                        added <= asked + asked / 2 + error;
      evidence.facts.push_back({link_text(target, now[i].link) + "_delay_ns", added});
      ratios.push_back(added * kMillion / asked);
    }
    evidence.proved = evidence.proved && !ratios.empty();
    if (!ratios.empty()) evidence.facts.push_back({"delay_of_asked_ppm", median(ratios)});
  }

  void check_shares(const std::vector<LinkMeasure>& now, Evidence& evidence) const {
    std::int64_t sent = 0, lost = 0, duplicates = 0, overtaken = 0, asked_loss = 0, asked_duplicates = 0;
    std::int64_t burst = 1;
    bool reordered = false;
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i].arrived == 0) continue;
      const PacketQuality& quality = shaped_[i].quality;
      sent += now[i].sent;
      lost += now[i].sent - now[i].arrived;
      duplicates += now[i].duplicates;
      overtaken += now[i].overtaken;
      asked_loss += now[i].sent *
                    (kMillion - (kMillion - quality.loss_ppm) * (kMillion - quality.corrupt_ppm) / kMillion);
      asked_duplicates += now[i].sent * quality.duplicate_ppm;
      burst = std::max(burst, quality.loss_burst);
      reordered = reordered || quality.reorder_ppm > 0;
    }
    evidence.proved = evidence.proved && sent > 0;
    if (sent == 0) return;
    const std::int64_t arrived = std::max<std::int64_t>(1, sent - lost);
    evidence.facts.push_back({"lost_ppm", lost * kMillion / sent});
    evidence.proved = evidence.proved && near(lost, asked_loss / kMillion, sent, burst);
    if (asked_duplicates > 0) {
      evidence.facts.push_back({"duplicated_ppm", duplicates * kMillion / arrived});
      evidence.proved =
          evidence.proved && near(duplicates, asked_duplicates / kMillion * arrived / sent, sent, 1);
    }
    if (reordered) {
      evidence.facts.push_back({"overtaken_ppm", overtaken * kMillion / arrived});
      evidence.proved = evidence.proved && overtaken > 0;
    }
  }

  void check_rates(const std::vector<LinkMeasure>& now, Evidence& evidence) const {
    std::vector<Nanos> ratios;
    for (std::size_t i = 0; i < now.size(); ++i) {
      const std::int64_t asked = shaped_[i].quality.rate;
      if (asked == 0 || now[i].rate == 0) continue;
      ratios.push_back(static_cast<Nanos>(static_cast<__int128>(now[i].rate) * kMillion / asked));
    }
    evidence.proved = evidence.proved && !ratios.empty();
    if (ratios.empty()) return;
    // The database's own messages share the link, so that probes may get less of it; never more.
    const Nanos middle = median(ratios);
    evidence.facts.push_back({"rate_of_asked_ppm", middle});
    evidence.proved = evidence.proved && middle <= 1'100'000 && middle >= 300'000;
  }

  // Within a tenth, or within four deviations of what so many packets give; what the network does by itself on top.
  static bool near(std::int64_t seen, std::int64_t asked, std::int64_t sent, std::int64_t burst) {
    const std::int64_t rest = asked * (sent - std::min(asked, sent)) / sent;
    std::int64_t deviation = 0;
    while (deviation * deviation < rest * 2 * burst) ++deviation;
    return std::abs(seen - asked) <= std::max(asked / 10, 4 * deviation) + sent / 50;
  }

  std::vector<ShapedLink> shaped_;
  LinkList links_;
  bool delayed_ = false;  // what is to be measured
  bool shared_ = false;
  bool limited_ = false;
  Nanos slowest_ = 0;
  std::int64_t rate_ = 0;  // the lowest
  std::vector<LinkMeasure> before_;
};

}  // namespace assay::nemesis
