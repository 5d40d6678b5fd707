#include "harness/core/rates.h"

#include <charconv>
#include <string>

namespace assay {

namespace {

constexpr std::int64_t kRateMax = 10'000'000;
constexpr std::size_t kRatesMax = 100;

std::optional<std::int64_t> rate_from(std::string_view text) {
  std::int64_t rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error != std::errc() || end != text.data() + text.size() || rate < 1 || rate > kRateMax)
    return std::nullopt;
  return rate;
}

}  // namespace

std::optional<std::vector<std::int64_t>> parse_rates(std::string_view text) {
  std::vector<std::int64_t> rates;
  if (const std::size_t dots = text.find(".."); dots != std::string_view::npos) {
    const std::size_t colon = text.find(':', dots);
    if (colon == std::string_view::npos) return std::nullopt;
    const auto low = rate_from(text.substr(0, dots));
    const auto high = rate_from(text.substr(dots + 2, colon - dots - 2));
    const auto step = rate_from(text.substr(colon + 1));
    if (!low || !high || !step || *low > *high) return std::nullopt;
    for (std::int64_t rate = *low; rate <= *high && rates.size() <= kRatesMax; rate += *step)
      rates.push_back(rate);
  } else {
    while (true) {
      const std::size_t comma = text.find(',');
      const auto rate = rate_from(text.substr(0, comma));
      if (!rate) return std::nullopt;
      rates.push_back(*rate);
      if (comma == std::string_view::npos) break;
      text.remove_prefix(comma + 1);
    }
  }
  if (rates.size() > kRatesMax) return std::nullopt;
  return rates;
}

}  // namespace assay
