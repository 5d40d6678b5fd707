#include "targets/redis/commands.h"

#include <algorithm>
#include <charconv>

#include "harness/core/predicate.h"

namespace assay::redis {

namespace {

constexpr std::int64_t kScanMax = 1'000;

// KEYS[1]; ARGV: whether a value is expected, which, and the new one. The write comes last: a script that fails did nothing.
constexpr std::string_view kCompareAndSet =
    "local v=redis.call('GET',KEYS[1]) "
    "if (ARGV[1]=='0' and not v) or (ARGV[1]=='1' and v==ARGV[2]) then redis.call('SET',KEYS[1],ARGV[3]) "
    "return 1 end "
    "return 0";

constexpr ErrorMeaning kDefinite[] = {
    {"WRONGTYPE", "the key holds another type; commands look at it before they change anything"},
    {"NOAUTH", "not authenticated"},
    {"WRONGPASS", "wrong password"},
    {"NOPERM", "the user may not do that"},
    {"DENIED", "protected mode"},
    {"LOADING", "the server is still reading its data"},
    {"BUSY", "a script is running, the command was not begun"},
    {"OOM", "above maxmemory, refused before it began"},
    {"MISCONF", "the last snapshot failed, so writes are refused"},
    {"READONLY", "a replica, writes are refused"},
    {"MASTERDOWN", "a replica without its primary, refused"},
    {"NOREPLICAS", "too few replicas (min-replicas-to-write), refused before it began"},
    {"MOVED", "another node of the cluster has that slot"},
    {"ASK", "another node of the cluster has that slot for now"},
    {"TRYAGAIN", "the slot is being moved"},
    {"CROSSSLOT", "keys of several slots"},
    {"CLUSTERDOWN", "the cluster does not serve"},
    {"NOSCRIPT", "no such script"},
    {"EXECABORT", "a command of the transaction was refused, so none was done"},
    {"ERR max number of clients reached", "not let in"},
    {"ERR unknown command", "no such command"},
    {"ERR wrong number of arguments", "not understood"},
    {"ERR value is not an integer", "looked at before anything was changed"},
    {"ERR increment or decrement would overflow", "looked at before anything was changed"},
    {"ERR syntax error", "not understood"},
};

std::string number_text(std::int64_t number) { return std::to_string(number); }

std::optional<std::string> stored(const Value& value) {
  if (value.is_integer()) return number_text(value.as_integer());
  if (value.kind() == Value::Kind::text) return "t" + std::string(value.as_text());
  return std::nullopt;
}

Value loaded(const Reply& reply) {
  if (reply.kind != Reply::Kind::text) return {};
  const std::string& text = reply.text;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return Value::text(text.starts_with("t") ? std::string_view(text).substr(1) : std::string_view(text));
}

bool append_scan(const Mop& mop, std::string& out) {
  if (mop.argument.kind() != Value::Kind::list || !is_predicate(mop.argument)) return false;
  const auto words = mop.argument.as_list();
  if (words[0] != Value::text("keys")) return false;
  const std::int64_t low = words[1].as_integer(), high = words[2].as_integer();
  if (high < low || high - low >= kScanMax) return false;
  std::vector<std::string> keys;
  for (std::int64_t key = low; key <= high; ++key) keys.push_back(key_text(key));
  std::vector<std::string_view> command = {"MGET"};
  command.insert(command.end(), keys.begin(), keys.end());
  append_command(out, command);
  return true;
}

bool append_cas(const Mop& mop, std::string& out) {
  if (mop.argument.kind() != Value::Kind::pair) return false;
  const Value expected = mop.argument.first();
  const auto old_text = expected.is_nil() ? std::optional<std::string>("") : stored(expected);
  const auto new_text = stored(mop.argument.second());
  if (!old_text || !new_text) return false;
  append_command(out, {"EVAL", kCompareAndSet, "1", key_text(mop.key), expected.is_nil() ? "0" : "1",
                       *old_text, *new_text});
  return true;
}

// The command, the key, and what the operation brings.
bool append_with(std::string_view command, const Mop& mop, std::string& out) {
  const auto value = stored(mop.argument);
  if (!value) return false;
  append_command(out, {command, key_text(mop.key), *value});
  return true;
}

// `alone`: what can't be part of a transaction is possible too.
bool append_mop(const Mop& mop, bool alone, std::string& out) {
  const std::string key = key_text(mop.key);
  switch (mop.fn) {
    case Fn::read:
      append_command(out, {"GET", key});
      return true;
    case Fn::write:
      return append_with("SET", mop, out);
    case Fn::add:
      if (mop.argument.kind() == Value::Kind::text) return append_with("SADD", mop, out);
      if (!mop.argument.is_integer()) return false;
      append_command(out, {"INCRBY", key, number_text(mop.argument.as_integer())});
      return true;
    case Fn::remove:
      return mop.argument.kind() == Value::Kind::text && append_with("SREM", mop, out);
    case Fn::enqueue:
      return append_with("RPUSH", mop, out);
    case Fn::dequeue:
      append_command(out, {"LPOP", key});
      return true;
    case Fn::scan:
      return append_scan(mop, out);
    case Fn::cas:
      return alone && append_cas(mop, out);
    default:
      return false;
  }
}

Completion failed(const Request& request, const std::string& error) {
  const bool sure = only_reads(request) || definite(error);
  return {sure ? Outcome::fail : Outcome::info, {}, error, kNoNode};
}

// Of a set, in an order of ours.
Value elements_in(const Reply& reply) {
  std::vector<Value> elements;
  for (const Reply& element : reply.elements) elements.push_back(loaded(element));
  std::sort(elements.begin(), elements.end());
  return Value::list(std::move(elements));
}

// False when the reply is none that the command can have.
bool take_result(Mop& mop, const Reply& reply) {
  if (mop.fn == Fn::read && reply.kind == Reply::Kind::list) {
    mop.result = elements_in(reply);
    return true;
  }
  if (mop.fn == Fn::read || mop.fn == Fn::dequeue) {
    mop.result = loaded(reply);
    return reply.kind == Reply::Kind::text || reply.kind == Reply::Kind::nil;
  }
  if (mop.fn == Fn::write) return reply.kind == Reply::Kind::status && reply.text == "OK";
  if (mop.fn == Fn::add || mop.fn == Fn::remove || mop.fn == Fn::enqueue)
    return reply.kind == Reply::Kind::integer;
  if (mop.fn != Fn::scan || reply.kind != Reply::Kind::list) return false;
  std::vector<Value> rows;
  const std::int64_t low = mop.argument.as_list()[1].as_integer();
  for (std::size_t i = 0; i < reply.elements.size(); ++i) {
    if (reply.elements[i].kind != Reply::Kind::text) continue;
    rows.push_back(Value::pair(low + static_cast<std::int64_t>(i), loaded(reply.elements[i])));
  }
  mop.result = Value::list(std::move(rows));
  return true;
}

Completion of_one(const Request& request, const Reply& reply) {
  if (reply.kind == Reply::Kind::error) return failed(request, reply.text);
  Request done = request;
  Mop& mop = done.front();
  if (mop.fn == Fn::cas) {
    if (reply.kind == Reply::Kind::integer && reply.integer == 0)
      return {Outcome::fail, {}, "expectation unmet", kNoNode};
    if (reply.kind == Reply::Kind::integer && reply.integer == 1)
      return {Outcome::ok, std::move(done), {}, kNoNode};
    return lost(request, "the reply is none that a script gives");
  }
  if (!take_result(mop, reply)) return lost(request, "the reply is none that this command has");
  return {Outcome::ok, std::move(done), {}, kNoNode};
}

}  // namespace

bool only_reads(const Request& request) {
  return std::all_of(request.begin(), request.end(),
                     [](const Mop& mop) { return mop.fn == Fn::read || mop.fn == Fn::scan; });
}

std::string key_text(Key key) { return "key:" + number_text(key); }

std::optional<Commands> elements_instead(const Request& request, const Commands& asked,
                                         std::span<const Reply> replies) {
  if (request.size() != 1 || request[0].fn != Fn::read || replies[0].kind != Reply::Kind::error ||
      !replies[0].text.starts_with("WRONGTYPE"))
    return std::nullopt;
  Commands commands;
  append_command(commands.bytes, {"SMEMBERS", key_text(request[0].key)});
  commands.replies = 1;
  if (asked.bytes == commands.bytes) return std::nullopt;  // no set either
  return commands;
}

std::span<const ErrorMeaning> error_table() { return kDefinite; }

bool definite(std::string_view error) {
  return std::any_of(std::begin(kDefinite), std::end(kDefinite), [&](const ErrorMeaning& meaning) {
    if (!error.starts_with(meaning.word)) return false;
    // A word, not the beginning of another one.
    return error.size() == meaning.word.size() || error[meaning.word.size()] == ' ' ||
           meaning.word.find(' ') != std::string_view::npos;
  });
}

std::optional<Commands> commands_for(const Request& request) {
  Commands commands;
  if (request.empty()) return std::nullopt;
  if (request.size() == 1) {
    if (!append_mop(request.front(), true, commands.bytes)) return std::nullopt;
    commands.replies = 1;
    return commands;
  }
  append_command(commands.bytes, {"MULTI"});
  for (const Mop& mop : request) {
    if (!append_mop(mop, false, commands.bytes)) return std::nullopt;
  }
  append_command(commands.bytes, {"EXEC"});
  commands.replies = request.size() + 2;
  return commands;
}

Completion completion_of(const Request& request, std::span<const Reply> replies) {
  if (request.size() == 1) return of_one(request, replies.front());
  const Reply& executed = replies.back();
  if (executed.kind == Reply::Kind::error) return failed(request, executed.text);
  if (executed.kind != Reply::Kind::list || executed.elements.size() != request.size())
    return lost(request, "the transaction's reply is not one for each command");
  Request done = request;
  for (std::size_t i = 0; i < done.size(); ++i) {
    const Reply& reply = executed.elements[i];
    // Redis does not undo the others: what a transaction with an error in it did is not what was asked.
    if (reply.kind == Reply::Kind::error) return lost(request, reply.text);
    if (!take_result(done[i], reply)) return lost(request, "a reply is none that its command has");
  }
  return {Outcome::ok, std::move(done), {}, kNoNode};
}

void append_wait(Commands& commands, std::int64_t replicas) {
  append_command(commands.bytes, {"WAIT", number_text(replicas), number_text(kWaitMs)});
  ++commands.replies;
}

Completion after_wait(Completion completion, const Reply& waited, std::int64_t replicas) {
  if (completion.outcome != Outcome::ok) return completion;
  if (waited.kind == Reply::Kind::integer && waited.integer >= replicas) return completion;
  const bool counted = waited.kind == Reply::Kind::integer;
  return {Outcome::info, {}, counted ? "fewer replicas have it than was waited for" : waited.text, kNoNode};
}

Completion lost(const Request& request, const std::string& error) {
  return {only_reads(request) ? Outcome::fail : Outcome::info, {}, error, kNoNode};
}

}  // namespace assay::redis
