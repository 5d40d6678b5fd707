#include "reports/page/log_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

namespace assay::reports {

namespace {

// Reads a line from its beginning; once something is not as expected, all that follows fails too.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    const std::string_view text = rest_.substr(0, digits);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    good_ = good_ && text.size() == digits && error == std::errc() && end == text.data() + text.size();
    skip(digits);
    return value;
  }
  void expect(char c) {
    good_ = good_ && !rest_.empty() && rest_.front() == c;
    skip(1);
  }
  // From 1; 0 when it is none.
  int month() {
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::find(kMonths.begin(), kMonths.end(), rest_.substr(0, 3));
    good_ = good_ && found != kMonths.end();
    skip(3);
    return static_cast<int>(found - kMonths.begin()) + 1;
  }
  bool good() const { return good_; }

 private:
  void skip(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }

  std::string_view rest_;
  bool good_ = true;
};

struct Date {
  int year = 0, month = 0, day = 0;
};

// "10:41:00" and a fraction of so many digits.
std::optional<Nanos> with_clock(Date date, Reader& reader, std::size_t fraction_digits) {
  std::tm parts{};
  parts.tm_hour = reader.number(2);
  reader.expect(':');
  parts.tm_min = reader.number(2);
  reader.expect(':');
  parts.tm_sec = reader.number(2);
  reader.expect('.');
  Nanos fraction = reader.number(fraction_digits);
  for (std::size_t digits = fraction_digits; digits < 9; ++digits) fraction *= 10;
  if (!reader.good()) return std::nullopt;
  parts.tm_year = date.year - 1900;
  parts.tm_mon = date.month - 1;
  parts.tm_mday = date.day;
  return static_cast<Nanos>(::timegm(&parts)) * kSecond + fraction;
}

std::optional<Nanos> iso_time(std::string_view line) {
  Reader reader(line);
  Date date;
  date.year = reader.number(4);
  reader.expect('-');
  date.month = reader.number(2);
  reader.expect('-');
  date.day = reader.number(2);
  reader.expect('T');
  const std::optional<Nanos> time = with_clock(date, reader, 6);
  reader.expect('Z');
  return reader.good() ? time : std::nullopt;
}

std::optional<Nanos> redis_time(std::string_view line) {
  const std::size_t role = line.find(':');
  if (role == std::string_view::npos || role == 0 || role + 3 > line.size() ||
      line.find_first_not_of("0123456789") != role) {
    return std::nullopt;
  }
  Reader reader(line.substr(role + 2));
  Date date;
  reader.expect(' ');
  date.day = reader.number(2);
  reader.expect(' ');
  date.month = reader.month();
  reader.expect(' ');
  date.year = reader.number(4);
  reader.expect(' ');
  return with_clock(date, reader, 3);
}

}  // namespace

std::optional<Nanos> log_time(std::string_view line) {
  if (const std::optional<Nanos> time = iso_time(line)) return time;
  return redis_time(line);
}

Nanos moment_of(Nanos log_time, Nanos wall_begin, const std::vector<NodeSample>& clock) {
  // The offset of the sample at which that clock showed nearest to this.
  const Nanos seen = log_time - wall_begin;
  double offset = 0, nearest = -1;
  for (const NodeSample& sample : clock) {
    const double distance = std::abs(static_cast<double>(sample.at - seen) + sample.clock_offset);
    if (nearest >= 0 && distance >= nearest) continue;
    nearest = distance;
    offset = sample.clock_offset;
  }
  return seen - static_cast<Nanos>(offset);
}

}  // namespace assay::reports
