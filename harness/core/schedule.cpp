#include "harness/core/schedule.h"

#include <algorithm>

#include "harness/core/units.h"

namespace assay {

namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

}  // namespace

std::optional<std::vector<ScheduledFault>> parse_schedule(std::string_view text) {
  std::vector<ScheduledFault> schedule;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::vector<std::string_view> words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty()) continue;
    if (words.size() != 3) return std::nullopt;
    const auto at = parse_duration(words[0]);
    const auto duration = parse_duration(words[2]);
    if (!at || !duration) return std::nullopt;
    schedule.push_back({*at, std::string(words[1]), *duration});
  }
  return schedule;
}

std::string format_schedule(const std::vector<ScheduledFault>& schedule) {
  std::string text;
  for (const ScheduledFault& window : schedule) {
    if (!text.empty()) text += "; ";
    text += format_duration(window.at) + " " + window.fault + " " + format_duration(window.duration);
  }
  return text;
}

std::vector<std::string> fault_names(const Plan& plan) {
  std::vector<std::string> names = plan.nemesis;
  for (const ScheduledFault& window : plan.schedule) names.push_back(window.fault);
  return names;
}

}  // namespace assay
