#include "harness/core/schedule.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

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

// A moment, or "TRIGGER" or "TRIGGER+TIME". False when it is neither.
bool read_begin(std::string_view word, ScheduledFault& window) {
  if (const auto at = parse_duration(word)) {
    window.at = *at;
    return true;
  }
  const std::size_t plus = word.rfind('+');
  window.trigger = word.substr(0, plus);
  if (!parse_trigger(window.trigger)) return false;
  if (plus == std::string_view::npos) return true;
  const auto after = parse_duration(word.substr(plus + 1));
  window.at = after.value_or(0);
  return after.has_value();
}

std::string begin_text(const ScheduledFault& window) {
  if (window.trigger.empty()) return format_duration(window.at);
  return window.trigger + (window.at > 0 ? "+" + format_duration(window.at) : "");
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
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
    ScheduledFault window;
    const auto duration = parse_duration(words[2]);
    if (!read_begin(words[0], window) || !duration) return std::nullopt;
    window.fault = words[1];
    window.duration = *duration;
    schedule.push_back(std::move(window));
  }
  return schedule;
}

std::string format_schedule(const std::vector<ScheduledFault>& schedule) {
  std::string text;
  for (const ScheduledFault& window : schedule) {
    if (!text.empty()) text += "; ";
    text += begin_text(window) + " " + window.fault + " " + format_duration(window.duration);
  }
  return text;
}

std::optional<Trigger> parse_trigger(std::string_view text) {
  if (text == "leader-changed") return Trigger{Trigger::Kind::leader_changed, ""};
  if (text == "then") return Trigger{Trigger::Kind::then, ""};
  if (text == "snapshot") return Trigger{Trigger::Kind::counter, "snapshots_sent"};
  for (const auto& [prefix, kind] :
       {std::pair<std::string_view, Trigger::Kind>{"counter:", Trigger::Kind::counter},
        {"log:", Trigger::Kind::log}}) {
    if (text.starts_with(prefix) && text.size() > prefix.size())
      return Trigger{kind, std::string(text.substr(prefix.size()))};
  }
  return std::nullopt;
}

std::optional<std::vector<Period>> parse_periods(std::string_view text) {
  std::vector<Period> periods;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t dots = part.find("..");
    if (dots == std::string_view::npos) return std::nullopt;
    const auto from = parse_duration(part.substr(0, dots)), to = parse_duration(part.substr(dots + 2));
    if (!from || !to || *from >= *to) return std::nullopt;
    periods.push_back({*from, *to});
  }
  std::sort(periods.begin(), periods.end(),
            [](const Period& a, const Period& b) { return a.begin < b.begin; });
  return periods;
}

WeightedFault parse_weighted_fault(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos) return {std::string(text), 1};
  const int weight = whole_number<int>(text.substr(equals + 1)).value_or(0);
  return {std::string(text.substr(0, equals)), weight < 1 || weight > kFaultWeightMax ? 0 : weight};
}

std::optional<std::size_t> parse_budget(std::string_view text, std::size_t nodes) {
  if (text == "none") return std::numeric_limits<std::size_t>::max();
  if (text == "minority") return nodes > 0 ? (nodes - 1) / 2 : 0;
  const auto most = whole_number<std::size_t>(text);
  return most && *most > 0 ? most : std::nullopt;
}

std::vector<std::string> fault_names(const Plan& plan) {
  std::vector<std::string> names;
  for (const std::string& text : plan.nemesis) names.push_back(parse_weighted_fault(text).name);
  for (const ScheduledFault& window : plan.schedule) names.push_back(window.fault);
  return names;
}

}  // namespace assay
