#include "targets/etcd/exchange.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/core/base64.h"
#include "targets/described/store/computed.h"
#include "targets/etcd/notation.h"

namespace assay::etcd {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kHeldLock = "L";
constexpr std::string_view kCannot = "etcd can't do that";

constexpr ErrorMeaning kDefinite[] = {
    {"etcdserver: key is not provided", "looked at before anything was proposed"},
    {"etcdserver: value is provided", "looked at before anything was proposed"},
    {"etcdserver: lease is provided", "looked at before anything was proposed"},
    {"etcdserver: duplicate key given in txn request", "looked at before anything was proposed"},
    {"etcdserver: too many operations in txn request", "looked at before anything was proposed"},
    {"etcdserver: request is too large", "looked at before anything was proposed"},
    {"etcdserver: too many requests", "the node is behind, nothing was proposed"},
    {"etcdserver: not capable", "the cluster is too old for that, nothing was proposed"},
    {"etcdserver: requested lease not found", "looked at before the key was changed"},
    {"etcdserver: user name is empty", "not authenticated"},
    {"etcdserver: invalid auth token", "not authenticated"},
    {"etcdserver: authentication failed", "wrong name or password"},
    {"etcdserver: permission denied", "the user may not do that; looked at before anything is changed"},
    {"etcdserver: mvcc: required revision has been compacted", "only reads of old revisions"},
    {"etcdserver: mvcc: required revision is a future revision", "only reads of revisions to come"},
};

std::string json_bytes(std::string_view text) { return "\"" + base64_of(text) + "\""; }

std::string range_of(Key key, bool local) {
  return "{\"key\":" + json_bytes(key_text(key)) + ",\"range_end\":" + json_bytes(range_end(key)) +
         (local ? ",\"serializable\":true}" : "}");
}

std::string put_of(const std::string& key, const std::string& value, const std::string& lease = "") {
  return "{\"key\":" + json_bytes(key) + ",\"value\":" + json_bytes(value) +
         (lease.empty() ? "}" : ",\"lease\":\"" + lease + "\"}");
}

std::string compare_revision(Key key, const char* target, const char* field, std::int64_t revision) {
  return "{\"key\":" + json_bytes(key_text(key)) + ",\"target\":\"" + target + "\",\"result\":\"EQUAL\",\"" +
         field + "\":\"" + std::to_string(revision) + "\"}";
}

std::string compare_value(Key key, const Value& value) {
  return "{\"key\":" + json_bytes(key_text(key)) +
         ",\"target\":\"VALUE\",\"result\":\"EQUAL\",\"value\":" + json_bytes(stored(value)) + "}";
}

std::string transaction(const std::string& compare, const std::string& success,
                        const std::string& failure = "") {
  return "{\"compare\":[" + compare + "],\"success\":[" + success + "],\"failure\":[" + failure + "]}";
}

void add_part(std::string& list, const std::string& part) { list += (list.empty() ? "" : ",") + part; }

bool of_set(const Mop& mop) {
  return (mop.fn == Fn::add || mop.fn == Fn::remove) && mop.argument.kind() == Value::Kind::text;
}

bool blind(const Mop& mop) { return mop.fn == Fn::write || of_set(mop); }

// gRPC's gateway writes 64-bit numbers as texts, and leaves out what is 0.
std::int64_t number_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return 0;
  if (found->is_number_integer()) return found->get<std::int64_t>();
  if (!found->is_string()) return 0;
  const std::string& text = found->get_ref<const std::string&>();
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::optional<std::string> bytes_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return from_base64(found->get_ref<const std::string&>());
}

}  // namespace

class Exchange::Body {
 public:
  explicit Body(const Answer& answer) : json_(Json::parse(answer.body, nullptr, false)) {}
  // Each answer of etcd has a header.
  bool good() const { return json_.is_object() && json_.contains("header") && json_["header"].is_object(); }
  std::int64_t revision() const { return number_of(json_["header"], "revision"); }
  bool succeeded() const { return json_.value("succeeded", false); }
  const Json& json() const { return json_; }

  // The ranges of a transaction, or the only one.
  std::vector<const Json*> ranges() const {
    if (!json_.contains("responses")) return {&json_};
    std::vector<const Json*> all;
    for (const Json& response : json_["responses"]) {
      const auto range = response.find("response_range");
      if (range != response.end()) all.push_back(&*range);
    }
    return all;
  }

 private:
  const Json json_;
};

std::span<const ErrorMeaning> error_table() { return kDefinite; }

bool definite(std::string_view message) {
  return std::any_of(std::begin(kDefinite), std::end(kDefinite),
                     [&](const ErrorMeaning& meaning) { return message.starts_with(meaning.begins); });
}

std::optional<std::string> error_message(const Answer& answer) {
  const Json json = Json::parse(answer.body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto error = json.find("error");
  if (error == json.end() || !error->is_string()) return std::nullopt;
  return error->get<std::string>();
}

Exchange::Exchange(Request request, const ExchangeOptions& options)
    : request_(std::move(request)), options_(options) {}

Exchange::Next Exchange::ask(Step step, std::string path, std::string body) {
  step_ = step;
  return Call{std::move(path), std::move(body)};
}

Exchange::Next Exchange::failed(const std::string& why) const {
  return Completion{Outcome::fail, {}, why, kNoNode};
}

Exchange::Next Exchange::done() { return Completion{Outcome::ok, request_, {}, kNoNode}; }

Exchange::Next Exchange::begin() {
  if (request_.empty()) return failed(std::string(kCannot));
  const auto all = [&](const auto& condition) {
    return std::all_of(request_.begin(), request_.end(), condition);
  };
  for (const Mop& mop : request_) seen_[mop.key];
  if (all([](const Mop& mop) { return mop.fn == Fn::read; })) return read_all();
  if (request_.size() == 1 && !described::computable(request_[0])) return begin_one();
  if (request_.size() == 1 && (request_[0].fn == Fn::cas || request_[0].fn == Fn::write)) return begin_one();
  if (all(blind)) {
    std::map<std::string, std::string> last;  // a transaction may put a key once only
    for (const Mop& mop : request_) {
      const std::string key = of_set(mop) ? element_text(mop.key, mop.argument) : key_text(mop.key);
      last[key] = mop.fn == Fn::remove
                      ? "{\"requestDeleteRange\":{\"key\":" + json_bytes(key) + "}}"
                      : "{\"requestPut\":" + put_of(key, of_set(mop) ? "1" : stored(mop.argument)) + "}";
    }
    std::string puts;
    for (const auto& [key, put] : last) add_part(puts, put);
    return ask(Step::put, "/v3/kv/txn", transaction("", puts));
  }
  return all(described::computable) ? look() : failed(std::string(kCannot));
}

Exchange::Next Exchange::begin_one() {
  const Mop& mop = request_.front();
  const std::string key = key_text(mop.key);
  if (mop.fn == Fn::write) return ask(Step::put, "/v3/kv/put", put_of(key, stored(mop.argument)));
  if (of_set(mop)) {
    const std::string element = element_text(mop.key, mop.argument);
    if (mop.fn == Fn::add) return ask(Step::put, "/v3/kv/put", put_of(element, "1"));
    return ask(Step::put, "/v3/kv/deleterange", "{\"key\":" + json_bytes(element) + "}");
  }
  if (mop.fn == Fn::cas) {
    const Value expected = mop.argument.first();
    return ask(Step::compare, "/v3/kv/txn",
               transaction(expected.is_nil() ? compare_revision(mop.key, "CREATE", "create_revision", 0)
                                             : compare_value(mop.key, expected),
                           "{\"requestPut\":" + put_of(key, stored(mop.argument.second())) + "}"));
  }
  if (mop.fn == Fn::acquire)
    return ask(Step::lease, "/v3/lease/grant", "{\"TTL\":" + std::to_string(options_.lease_seconds) + "}");
  if (mop.fn == Fn::release && mop.argument.is_integer()) {
    return ask(Step::let_go, "/v3/kv/txn",
               transaction(compare_revision(mop.key, "MOD", "mod_revision", mop.argument.as_integer()),
                           "{\"requestDeleteRange\":{\"key\":" + json_bytes(key) + "}}"));
  }
  return failed(std::string(kCannot));
}

Exchange::Next Exchange::read_all() {
  if (seen_.size() == 1)
    return ask(Step::read, "/v3/kv/range", range_of(seen_.begin()->first, options_.local_reads));
  std::string ranges;
  for (const auto& [key, seen] : seen_)
    add_part(ranges, "{\"requestRange\":" + range_of(key, options_.local_reads) + "}");
  return ask(Step::read, "/v3/kv/txn", transaction("", ranges));
}

// What is changed is never read locally, which would only be refused when it is committed.
Exchange::Next Exchange::look() {
  std::string ranges;
  for (const auto& [key, seen] : seen_) add_part(ranges, "{\"requestRange\":" + range_of(key, false) + "}");
  return ask(Step::look, "/v3/kv/txn", transaction("", ranges));
}

Exchange::Next Exchange::commit() {
  if (++attempts_ > kAttemptsMax) return failed("conflict with other transactions");
  std::map<Key, Value> changed;
  const std::string why = apply(changed);
  if (!why.empty()) return failed(why);
  std::string compares, puts, ranges;
  for (const auto& [key, seen] : seen_) {
    add_part(compares, compare_revision(key, "MOD", "mod_revision", seen.revision));
    add_part(ranges, "{\"requestRange\":" + range_of(key, false) + "}");
  }
  for (const auto& [key, value] : changed)
    add_part(puts, "{\"requestPut\":" + put_of(key_text(key), stored(value)) + "}");
  return ask(Step::commit, "/v3/kv/txn", transaction(compares, puts, ranges));
}

std::string Exchange::apply(std::map<Key, Value>& changed) {
  std::map<Key, Value> current;
  for (const auto& [key, seen] : seen_) {
    if (seen.is_set) return "a set can't be a part of a transaction that writes";
    current[key] = seen.value;
  }
  return described::compute(request_, current, changed);
}

bool Exchange::take_ranges(const Body& body) {
  const std::vector<const Json*> ranges = body.ranges();
  if (ranges.size() != seen_.size()) return false;
  std::size_t next = 0;
  for (auto& [key, seen] : seen_) {
    const Json& range = *ranges[next++];
    seen = {};
    std::vector<Value> elements;
    const auto found = range.find("kvs");
    if (found == range.end()) continue;
    for (const Json& pair : *found) {
      const auto name = bytes_of(pair, "key");
      const auto text = bytes_of(pair, "value");
      if (!name || !text || !name->starts_with(key_text(key))) return false;
      const std::string element = name->substr(key_text(key).size());
      const bool lock = element.empty() && *text == kHeldLock;
      if (element.empty()) seen.revision = number_of(pair, "mod_revision");
      const auto value = lock ? Value::list({Value(seen.revision), Value::boolean(true)})
                              : loaded(element.empty() ? *text : element);
      if (!value) return false;
      if (element.empty()) {
        seen.value = *value;
      } else {
        elements.push_back(*value);
      }
    }
    seen.is_set = !elements.empty();
    if (seen.is_set) seen.value = Value::list(std::move(elements));
  }
  return true;
}

Exchange::Next Exchange::take_reads(const Body& body) {
  if (!take_ranges(body)) return lost("the answer lacks what was read");
  for (Mop& mop : request_) mop.result = seen_[mop.key].value;
  return done();
}

Exchange::Next Exchange::next(const Answer& answer) {
  if (const auto message = error_message(answer))
    return definite(*message) ? failed(*message) : lost(*message);
  const Body body(answer);
  if (answer.status != 200 || !body.good())
    return lost("what answers is no etcd: status " + std::to_string(answer.status));
  Mop& mop = request_.front();
  switch (step_) {
    case Step::read:
      return take_reads(body);
    case Step::put:
      return done();
    case Step::compare:
      return body.succeeded() ? done() : failed("expectation unmet");
    case Step::let_go:
      return body.succeeded() ? done() : failed("the lock is not held under that token");
    case Step::lease:
      lease_ = std::to_string(number_of(body.json(), "ID"));
      return ask(
          Step::take, "/v3/kv/txn",
          transaction(compare_revision(mop.key, "CREATE", "create_revision", 0),
                      "{\"requestPut\":" + put_of(key_text(mop.key), std::string(kHeldLock), lease_) + "}"));
    case Step::take:
      if (!body.succeeded()) return failed("the lock is held");
      mop.result = body.revision();
      return done();
    case Step::look:
      return take_ranges(body) ? commit() : lost("the answer lacks what was read");
    case Step::commit:
      if (body.succeeded()) return done();
      // Nothing was changed, and here is what the keys are now.
      return take_ranges(body) ? commit() : failed("conflict with other transactions");
  }
  return lost("an answer to nothing");
}

bool Exchange::may_have_changed() const {
  return step_ != Step::read && step_ != Step::look && step_ != Step::lease;
}

Completion Exchange::lost(const std::string& why) const {
  return {may_have_changed() ? Outcome::info : Outcome::fail, {}, why, kNoNode};
}

}  // namespace assay::etcd
