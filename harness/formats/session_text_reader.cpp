// The two notations in which research tools for transactions write sessions as text: AWDIT's ("w 7 12" on a line, "---"
// between transactions, "===" between sessions) and that of Plume and PolySI ("w(7,12,1,3)": key, value, session and
// transaction; a write of transaction -1 was aborted).
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "harness/formats/line_text.h"
#include "harness/formats/session_history.h"
#include "harness/formats/text_readers.h"

namespace assay::formats {

namespace {

constexpr const char* kAwditLine = "a line such as \"w 7 12\", \"r 7 12\", \"---\" or \"===\"";
constexpr const char* kPlumeLine = "a line such as \"w(7,12,1,3)\" or \"r(7,12,1,3)\"";

bool only_of(std::string_view line, char c) { return line.find_first_not_of(c) == std::string_view::npos; }

// The next word of a line.
std::string_view take_word(std::string_view& line) {
  line = trimmed(line);
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

struct PlumeLine {
  bool write = false;
  std::array<std::int64_t, 4> numbers{};  // key, value, session, transaction
};

bool parse_plume_line(std::string_view line, PlumeLine& parsed) {
  if (line.size() < 3 || (line[0] != 'w' && line[0] != 'r') || line[1] != '(' || !line.ends_with(')'))
    return false;
  parsed.write = line[0] == 'w';
  line = line.substr(2, line.size() - 3);
  for (std::size_t i = 0; i < parsed.numbers.size(); ++i) {
    const std::size_t comma = line.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == parsed.numbers.size())) return false;
    const auto number = whole_number(trimmed(line.substr(0, comma)));
    if (!number) return false;
    parsed.numbers[i] = *number;
    if (comma != std::string_view::npos) line.remove_prefix(comma + 1);
  }
  return true;
}

}  // namespace

HistoryFile parse_awdit(std::string_view text, const std::string& name) {
  require_utf8(text, name);
  constexpr std::size_t kNone = SIZE_MAX;
  SessionHistory history;
  ProcessId session = 0;
  bool session_used = false;
  std::size_t transaction = kNone;
  Lines lines(text, name);
  for (std::string_view line; lines.next(line);) {
    if (line.empty()) continue;
    if (only_of(line, '=')) {
      session += session_used ? 1 : 0;
      session_used = false;
      transaction = kNone;
      continue;
    }
    if (only_of(line, '-')) {
      transaction = kNone;
      continue;
    }
    std::string_view rest = line;
    const std::string_view fn = take_word(rest);
    const auto key = whole_number(take_word(rest));
    const auto value = whole_number(take_word(rest));
    if ((fn != "r" && fn != "w") || !key || !value || !trimmed(rest).empty()) lines.refuse(kAwditLine, line);
    if (transaction == kNone) transaction = history.begin(session);
    session_used = true;
    if (fn == "r") {
      history.read(transaction, *key, *value);
    } else {
      history.write(transaction, *key, *value);
    }
  }
  return history.finish(lines.number());
}

HistoryFile parse_plume(std::string_view text, const std::string& name) {
  require_utf8(text, name);
  SessionHistory history;
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> transactions;
  Lines lines(text, name);
  for (std::string_view line; lines.next(line);) {
    if (line.empty()) continue;
    PlumeLine parsed;
    if (!parse_plume_line(line, parsed)) lines.refuse(kPlumeLine, line);
    const auto [key, value, session, number] = parsed.numbers;
    if (session < 0 || session > std::numeric_limits<ProcessId>::max()) {
      lines.refuse("a session between 0 and 2147483647 in " + std::string(line), std::to_string(session));
    }
    const auto process = static_cast<ProcessId>(session);
    if (number == -1) {
      if (parsed.write) history.write(history.begin(process, Outcome::fail), key, value);
      continue;
    }
    const auto [place, fresh] = transactions.try_emplace({session, number});
    if (fresh) place->second = history.begin(process);
    if (parsed.write) {
      history.write(place->second, key, value);
    } else {
      history.read(place->second, key, value);
    }
  }
  return history.finish(lines.number());
}

}  // namespace assay::formats
