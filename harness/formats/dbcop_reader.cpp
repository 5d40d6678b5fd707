// dbcop's history.bincode, which PolySI's histories are published in. Little-endian, in this order: five u64 (number,
// sessions, variables, transactions of a session, events of a transaction), three texts (u64 length, bytes: about,
// begin, end), then a list of sessions: u64 count, for each: u64 count of transactions, for each: u64 count of events,
// for each: u8 whether it writes, u64 variable, u64 value, u8 whether it succeeded; then u8 whether the transaction
// was committed.
#include <cstring>
#include <limits>

#include "harness/core/error.h"
#include "harness/formats/session_history.h"
#include "harness/formats/text_readers.h"

namespace assay::formats {

namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kEventBytes = 1 + 2 * kNumberBytes + 1;
constexpr std::size_t kTransactionBytesMin = kNumberBytes + 1;

class Bytes {
 public:
  Bytes(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  [[noreturn]] void refuse(const std::string& expected) const {
    throw InputError(name_ + ":byte " + std::to_string(at_) + ": expected " + expected);
  }
  std::uint64_t number(const char* what) {
    require(kNumberBytes, what);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < kNumberBytes; ++i) {
      number |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[at_ + i])) << (8 * i);
    }
    at_ += kNumberBytes;
    return number;
  }
  std::int64_t signed_number(const char* what) {
    const std::uint64_t found = number(what);
    if (found <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return static_cast<std::int64_t>(found);
    }
    at_ -= kNumberBytes;
    refuse(std::string(what) + " below 2^63");
  }
  bool flag(const char* what) {
    require(1, what);
    const char byte = bytes_[at_];
    if (byte != 0 && byte != 1) refuse(std::string(what) + ", 0 or 1, got " + std::to_string(byte));
    ++at_;
    return byte == 1;
  }
  // How many elements follow; each takes at least so many bytes.
  std::uint64_t count(std::size_t bytes_each, const char* what) {
    const std::uint64_t found = number(what);
    if (found <= (bytes_.size() - at_) / bytes_each) return found;
    at_ -= kNumberBytes;
    refuse(std::string(what) + " that the file has room for, got " + std::to_string(found));
  }
  void skip_text(const char* what) { at_ += count(1, what); }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  void require(std::size_t size, const char* what) const {
    if (bytes_.size() - at_ < size) refuse(std::string(what) + ", got the end of the file");
  }

  std::string_view bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
};

struct Event {
  bool write = false;
  Key key = 0;
  std::int64_t value = 0;
  bool success = false;
};

void add_transaction(ProcessId session, const std::vector<Event>& events, bool committed,
                     SessionHistory& history) {
  const std::size_t transaction = history.begin(session, committed ? Outcome::ok : Outcome::fail);
  for (const Event& event : events) {
    if (event.write && event.success) {
      history.write(transaction, event.key, event.value);
    } else if (event.write) {
      // Of a transaction that went on without it.
      history.write(history.begin(session, Outcome::fail), event.key, event.value);
    } else if (event.success) {
      history.read(transaction, event.key, event.value);
    }
  }
}

}  // namespace

HistoryFile parse_dbcop(std::string_view text, const std::string& name) {
  Bytes bytes(text, name);
  for (const char* const what :
       {"the number of the history", "the number of sessions", "the number of variables",
        "the number of transactions", "the number of events"}) {
    bytes.number(what);
  }
  for (const char* const what :
       {"the length of a text", "the length of the first date", "the length of the second date"}) {
    bytes.skip_text(what);
  }
  SessionHistory history;
  std::vector<Event> events;
  const std::uint64_t sessions = bytes.count(kNumberBytes, "a number of sessions");
  for (std::uint64_t session = 0; session < sessions; ++session) {
    const std::uint64_t transactions = bytes.count(kTransactionBytesMin, "a number of transactions");
    for (std::uint64_t i = 0; i < transactions; ++i) {
      events.resize(bytes.count(kEventBytes, "a number of events"));
      for (Event& event : events) {
        event.write = bytes.flag("whether an event writes");
        event.key = bytes.signed_number("a variable");
        event.value = bytes.signed_number("a value");
        event.success = bytes.flag("whether an event succeeded");
      }
      const bool committed = bytes.flag("whether a transaction was committed");
      add_transaction(static_cast<ProcessId>(session), events, committed, history);
    }
  }
  if (!bytes.at_end()) bytes.refuse("the end of the file after the last session");
  return history.finish(0);
}

}  // namespace assay::formats
