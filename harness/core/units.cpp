#include "harness/core/units.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace assay {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 6> kDurations = {{{"h", 60 * kMinute},
                                             {"m", kMinute},
                                             {"s", kSecond},
                                             {"ms", kMillisecond},
                                             {"us", kMicrosecond},
                                             {"ns", 1}}};
constexpr std::array<Unit, 5> kSizes = {{{"T", std::int64_t{1} << 40},
                                         {"G", std::int64_t{1} << 30},
                                         {"M", std::int64_t{1} << 20},
                                         {"K", std::int64_t{1} << 10},
                                         {"", 1}}};

// whole[.fraction] times factor; nothing unless it comes out as a whole number that fits.
std::optional<std::int64_t> scaled(std::string_view digits, std::int64_t factor) {
  const std::size_t point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  std::int64_t number = 0;
  const auto parsed = std::from_chars(whole.data(), whole.data() + whole.size(), number);
  if (whole.empty() || whole[0] == '-' || parsed.ec != std::errc() ||
      parsed.ptr != whole.data() + whole.size()) {
    return std::nullopt;
  }
  std::int64_t result = 0;
  if (__builtin_mul_overflow(number, factor, &result)) return std::nullopt;
  if (point == std::string_view::npos) return result;
  const std::string_view fraction = digits.substr(point + 1);
  if (fraction.empty() || fraction.size() > 9) return std::nullopt;
  __int128 extra = 0;
  __int128 scale = 1;
  for (const char digit : fraction) {
    if (digit < '0' || digit > '9') return std::nullopt;
    extra = extra * 10 + (digit - '0');
    scale *= 10;
  }
  if (extra * factor % scale != 0) return std::nullopt;
  if (__builtin_add_overflow(result, static_cast<std::int64_t>(extra * factor / scale), &result)) {
    return std::nullopt;
  }
  return result;
}

}  // namespace

std::optional<Nanos> parse_duration(std::string_view text) {
  if (text == "0") return 0;
  const std::size_t digits = text.find_first_not_of("0123456789.");
  if (digits == std::string_view::npos) return std::nullopt;
  for (const Unit& unit : kDurations) {
    if (text.substr(digits) == unit.name) return scaled(text.substr(0, digits), unit.factor);
  }
  return std::nullopt;
}

std::string format_duration(Nanos duration) {
  for (const Unit& unit : kDurations) {
    if (duration != 0 && duration % unit.factor == 0) {
      return std::to_string(duration / unit.factor) + std::string(unit.name);
    }
  }
  return "0s";
}

std::optional<std::size_t> parse_size(std::string_view text) {
  std::size_t digits = text.find_first_not_of("0123456789.");
  if (digits == std::string_view::npos) digits = text.size();
  const std::string_view unit_text = text.substr(digits);
  for (const Unit& unit : kSizes) {
    const std::string binary = unit.name.empty() ? "B" : std::string(unit.name) + "iB";
    if (unit_text != unit.name && unit_text != binary) continue;
    const auto size = scaled(text.substr(0, digits), unit.factor);
    if (!size) return std::nullopt;
    return static_cast<std::size_t>(*size);
  }
  return std::nullopt;
}

std::string format_size(std::size_t size_bytes) {
  for (const Unit& unit : kSizes) {
    const auto factor = static_cast<std::size_t>(unit.factor);
    if (size_bytes != 0 && size_bytes % factor == 0) {
      return std::to_string(size_bytes / factor) + std::string(unit.name);
    }
  }
  return "0";
}

}  // namespace assay
