#include "harness/core/packets.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "harness/core/units.h"

namespace assay {

namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kShareMax = 900'000;
constexpr std::int64_t kBitRateMax = 100'000'000'000;
constexpr std::array<std::string_view, 3> kSpreads = {"uniform", "normal", "exponential"};

struct RateUnit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::array<RateUnit, 4> kRateUnits = {
    {{"gbit", 1'000'000'000}, {"mbit", 1'000'000}, {"kbit", 1'000}, {"bit", 1}}};

std::vector<std::string_view> split_parts(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return std::nullopt;
  return number;
}

// "12", "0.5" times `factor`; nothing unless that is a positive whole number.
std::optional<std::int64_t> positive_decimal(std::string_view text, std::int64_t factor) {
  const std::size_t point = text.find('.');
  const auto whole = whole_number(text.substr(0, point));
  if (!whole || *whole < 0 || *whole > kBitRateMax / factor) return std::nullopt;
  std::int64_t result = *whole * factor;
  if (point != std::string_view::npos) {
    for (const char digit : text.substr(point + 1)) {
      if (digit < '0' || digit > '9' || factor % 10 != 0) return std::nullopt;
      factor /= 10;
      result += (digit - '0') * factor;
    }
  }
  return result > 0 ? std::optional(result) : std::nullopt;
}

// "5%", in parts per million.
std::optional<std::int64_t> share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const auto ppm = positive_decimal(text, kMillion / 100);
  return ppm && *ppm <= kShareMax ? ppm : std::nullopt;
}

std::optional<Nanos> positive_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  return duration && *duration > 0 && *duration <= 60 * kMinute ? duration : std::nullopt;
}

std::optional<std::int64_t> rate_of(std::string_view text) {
  for (const RateUnit& unit : kRateUnits) {
    if (!text.ends_with(unit.name)) continue;
    text.remove_suffix(unit.name.size());
    const auto rate = positive_decimal(text, unit.factor);
    return rate && *rate >= 1'000 && *rate <= kBitRateMax ? rate : std::nullopt;
  }
  return std::nullopt;
}

bool read_delay(const std::vector<std::string_view>& words, PacketQuality& quality) {
  const auto delay = positive_duration(words[0]);
  if (!delay || words.size() > 3) return false;
  quality.delay = *delay;
  if (words.size() == 1) return true;
  const auto jitter = positive_duration(words[1]);
  if (!jitter) return false;
  quality.jitter = *jitter;
  if (words.size() == 2) return quality.jitter <= quality.delay;
  const auto spread = std::find(kSpreads.begin(), kSpreads.end(), words[2]);
  if (spread == kSpreads.end()) return false;
  quality.spread = static_cast<PacketQuality::Spread>(spread - kSpreads.begin());
  return quality.spread == PacketQuality::Spread::exponential || quality.jitter <= quality.delay;
}

// One of the parts that are joined by "+".
bool read_part(std::string_view text, PacketQuality& quality) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, colon);
  const std::vector<std::string_view> words = split_parts(text.substr(colon + 1), '~');
  if (name == "delay") return quality.delay == 0 && read_delay(words, quality);
  if (name == "rate") {
    const auto rate = rate_of(words[0]);
    quality.rate = rate.value_or(0);
    return rate && words.size() == 1;
  }
  const auto ppm = share(words[0]);
  if (!ppm || words.size() > 2) return false;
  if (name == "loss") {
    const auto burst = words.size() == 2 ? whole_number(words[1]) : std::optional<std::int64_t>(1);
    if (!burst || *burst < 1 || *burst > 10'000) return false;
    quality.loss_ppm = *ppm;
    quality.loss_burst = *burst;
    return true;
  }
  if (name == "reorder") {
    const auto most = words.size() == 2 ? positive_duration(words[1]) : std::optional(5 * kMillisecond);
    quality.reorder_ppm = *ppm;
    quality.reorder_delay_max = most.value_or(0);
    return most.has_value();
  }
  if (name == "duplicate") quality.duplicate_ppm = *ppm;
  if (name == "corrupt") quality.corrupt_ppm = *ppm;
  return words.size() == 1 && (name == "duplicate" || name == "corrupt");
}

std::string format_share(std::int64_t ppm) {
  std::string text = std::to_string(ppm / 10'000);
  std::string fraction = std::to_string(ppm % 10'000 + 10'000).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty()) text += "." + fraction;
  return text + "%";
}

std::string format_rate(std::int64_t rate) {
  for (const RateUnit& unit : kRateUnits) {
    if (rate % unit.factor == 0) return std::to_string(rate / unit.factor) + std::string(unit.name);
  }
  return std::to_string(rate) + "bit";
}

}  // namespace

Nanos PacketQuality::median_delay() const {
  // The median of an exponential distribution is its mean times the logarithm of two.
  return spread == Spread::exponential ? delay + jitter * 693'147 / kMillion : delay;
}

std::optional<PacketQuality> parse_packet_quality(std::string_view text) {
  PacketQuality quality;
  for (const std::string_view part : split_parts(text, '+')) {
    if (!read_part(part, quality)) return std::nullopt;
  }
  return quality;
}

std::string format_packet_quality(const PacketQuality& quality) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : "+") + part; };
  if (quality.delay > 0) {
    std::string part = "delay:" + format_duration(quality.delay);
    if (quality.jitter > 0) part += "~" + format_duration(quality.jitter);
    if (quality.jitter > 0 && quality.spread != PacketQuality::Spread::uniform) {
      part += "~" + std::string(kSpreads[static_cast<std::size_t>(quality.spread)]);
    }
    add(part);
  }
  if (quality.loss_ppm > 0) {
    add("loss:" + format_share(quality.loss_ppm) +
        (quality.loss_burst > 1 ? "~" + std::to_string(quality.loss_burst) : ""));
  }
  if (quality.duplicate_ppm > 0) add("duplicate:" + format_share(quality.duplicate_ppm));
  if (quality.reorder_ppm > 0) {
    add("reorder:" + format_share(quality.reorder_ppm) + "~" + format_duration(quality.reorder_delay_max));
  }
  if (quality.corrupt_ppm > 0) add("corrupt:" + format_share(quality.corrupt_ppm));
  if (quality.rate > 0) add("rate:" + format_rate(quality.rate));
  return text;
}

// Two states, of which one loses everything: it is left after loss_burst packets on average, and entered as often as makes
// the share come out.
bool PacketFates::lose() {
  if (quality_.loss_ppm == 0) return false;
  const auto chance = [this](std::int64_t numerator, std::int64_t denominator) {
    return rng_.chance(static_cast<std::uint64_t>(numerator), static_cast<std::uint64_t>(denominator));
  };
  if (quality_.loss_burst <= 1) return chance(quality_.loss_ppm, kMillion);
  if (in_burst_) {
    in_burst_ = !chance(1, quality_.loss_burst);
  } else {
    in_burst_ = chance(quality_.loss_ppm, quality_.loss_burst * (kMillion - quality_.loss_ppm));
  }
  return in_burst_;
}

Nanos PacketFates::draw_delay() {
  if (quality_.jitter == 0) return quality_.delay;
  if (quality_.spread == PacketQuality::Spread::exponential)
    return quality_.delay + rng_.exponential(quality_.jitter);
  if (quality_.spread == PacketQuality::Spread::uniform)
    return quality_.delay + rng_.between(-quality_.jitter, quality_.jitter);
  // Twelve uniform numbers of [0, 1] add up to nearly a normal distribution of mean 6 and deviation 1 (Irwin and Hall).
  std::int64_t sum = 0;
  for (int i = 0; i < 12; ++i) sum += rng_.between(0, 1000);
  return std::max<Nanos>(0, quality_.delay + quality_.jitter * (sum - 6000) / 1000);
}

PacketFates::Fate PacketFates::next(Nanos now, std::int64_t size_bytes) {
  const auto drawn = [this](std::int64_t ppm) {
    return ppm > 0 && rng_.chance(static_cast<std::uint64_t>(ppm), kMillion);
  };
  Fate fate;
  fate.reordered = quality_.jitter > 0;
  if (lose()) {
    fate.copies = 0;
    return fate;
  }
  if (drawn(quality_.duplicate_ppm)) fate.copies = 2;
  fate.corrupted = drawn(quality_.corrupt_ppm);
  for (int copy = 0; copy < fate.copies; ++copy) {
    Nanos leaves = now;
    if (quality_.rate > 0) {
      const Nanos begins = std::max(free_at_, now);
      if (begins - now > kQueueMax) {
        fate.overflowed = copy == 0;
        fate.copies = copy;
        return fate;
      }
      free_at_ = begins + static_cast<Nanos>(static_cast<__int128>(size_bytes) * 8 * kSecond / quality_.rate);
      leaves = free_at_;
    }
    leaves += draw_delay();
    if (drawn(quality_.reorder_ppm)) {
      fate.reordered = true;
      leaves += rng_.between(0, quality_.reorder_delay_max);
    }
    fate.leaves[copy] = leaves;
  }
  return fate;
}

}  // namespace assay
