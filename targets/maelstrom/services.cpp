#include "targets/maelstrom/services.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <utility>

namespace assay::maelstrom {

namespace {

// What a request to a store of keys asks for.
struct KeyRequest {
  std::string type;
  std::string key;  // as JSON, so that 1 and "1" differ
  Json value;       // of a write; what a cas sets
  Json expected;    // of a cas
  bool creates = false;
};

Json missing_key() { return error_body(kNoSuchKey, "key does not exist"); }

// The request, or the answer to one that can't be understood.
std::variant<KeyRequest, Json> key_request(const Json& body) {
  KeyRequest request;
  request.type = text_field(body, "type");
  const bool write = request.type == "write", cas = request.type == "cas";
  if (request.type != "read" && !write && !cas)
    return error_body(kNotSupported, "this service knows read, write and cas");
  const Json* key = field_of(body, "key");
  const Json* value = field_of(body, cas ? "to" : "value");
  const Json* expected = field_of(body, "from");
  if (key == nullptr || (request.type != "read" && value == nullptr) || (cas && expected == nullptr))
    return error_body(kMalformed, "the request lacks a field");
  request.key = key->dump();
  if (value != nullptr) request.value = *value;
  if (expected != nullptr) request.expected = *expected;
  const Json* creates = field_of(body, "create_if_not_exists");
  request.creates = creates != nullptr && *creates == true;
  return request;
}

// What the request gives in a state in which its key has this value, and what it writes there.
struct Effect {
  Json answer;
  std::optional<Json> written;  // nothing: the state stays as it is
};

Effect effect_of(const KeyRequest& request, const Json* current) {
  if (request.type == "write") return {{{"type", "write_ok"}}, request.value};
  if (request.type == "read") {
    if (current == nullptr) return {missing_key(), {}};
    return {{{"type", "read_ok"}, {"value", *current}}, {}};
  }
  if (current == nullptr && !request.creates) return {missing_key(), {}};
  if (current != nullptr && *current != request.expected) {
    return {error_body(kPreconditionFailed,
                       "current value " + current->dump() + " is not " + request.expected.dump()),
            {}};
  }
  return {{{"type", "cas_ok"}}, request.value};
}

class LinearizableStore final : public Service {
 public:
  Json answer(const std::string&, const Json& body) override {
    auto parsed = key_request(body);
    if (auto* refusal = std::get_if<Json>(&parsed)) return std::move(*refusal);
    const KeyRequest& request = std::get<KeyRequest>(parsed);
    const auto found = values_.find(request.key);
    Effect effect = effect_of(request, found == values_.end() ? nullptr : &found->second);
    if (effect.written) values_[request.key] = std::move(*effect.written);
    return std::move(effect.answer);
  }

 private:
  std::map<std::string, Json> values_;
};

class SequentialStore final : public Service {
 public:
  explicit SequentialStore(Rng rng) : rng_(rng) {}

  Json answer(const std::string& from, const Json& body) override {
    auto parsed = key_request(body);
    if (auto* refusal = std::get_if<Json>(&parsed)) return std::move(*refusal);
    const KeyRequest& request = std::get<KeyRequest>(parsed);
    std::int64_t& seen = seen_[from];
    seen = rng_.between(std::max(seen, latest_ - kStatesMax), latest_);
    const Json* current = value_at(request.key, seen);
    Effect effect = effect_of(request, current);
    if (!effect.written || (current != nullptr && *effect.written == *current))
      return std::move(effect.answer);
    effect = effect_of(request, value_at(request.key, latest_));
    if (effect.written) write(request.key, std::move(*effect.written));
    seen = latest_;
    return std::move(effect.answer);
  }

 private:
  static constexpr std::int64_t kStatesMax = 32;
  struct Version {
    std::int64_t state;
    Json value;
  };

  const Json* value_at(const std::string& key, std::int64_t state) const {
    const auto found = versions_.find(key);
    if (found == versions_.end()) return nullptr;
    for (auto version = found->second.rbegin(); version != found->second.rend(); ++version) {
      if (version->state <= state) return &version->value;
    }
    return nullptr;
  }

  void write(const std::string& key, Json value) {
    std::deque<Version>& versions = versions_[key];
    versions.push_back({++latest_, std::move(value)});
    while (versions.size() > 1 && versions[1].state <= latest_ - kStatesMax) versions.pop_front();
  }

  Rng rng_;
  std::int64_t latest_ = 0;
  std::map<std::string, std::deque<Version>> versions_;
  std::map<std::string, std::int64_t> seen_;  // the state that each node saw last
};

class LastWriterWinsStore final : public Service {
 public:
  explicit LastWriterWinsStore(Rng rng) : rng_(rng) {}

  Json answer(const std::string&, const Json& body) override {
    auto parsed = key_request(body);
    if (auto* refusal = std::get_if<Json>(&parsed)) return std::move(*refusal);
    const KeyRequest& request = std::get<KeyRequest>(parsed);
    const Copy& source = copies_[rng_.below(copies_.size())];
    merge(source, copies_[rng_.below(copies_.size())]);
    Copy& copy = copies_[rng_.below(copies_.size())];
    const auto found = copy.values.find(request.key);
    Effect effect = effect_of(request, found == copy.values.end() ? nullptr : &found->second.value);
    if (effect.written) copy.values[request.key] = {++copy.clock, std::move(*effect.written)};
    return std::move(effect.answer);
  }

 private:
  struct Stamped {
    std::int64_t time = 0;
    Json value;
  };
  struct Copy {
    std::int64_t clock = 0;  // Lamport's
    std::map<std::string, Stamped> values;
  };

  static void merge(const Copy& source, Copy& into) {
    if (&source == &into) return;
    into.clock = std::max(into.clock, source.clock);
    for (const auto& [key, stamped] : source.values) {
      Stamped& mine = into.values[key];
      if (mine.time < stamped.time) mine = stamped;
    }
  }

  Rng rng_;
  std::array<Copy, 5> copies_;
};

class TimestampOracle final : public Service {
 public:
  Json answer(const std::string&, const Json& body) override {
    if (text_field(body, "type") != "ts") return error_body(kNotSupported, "this service knows ts");
    return {{"type", "ts_ok"}, {"ts", next_++}};
  }

 private:
  std::int64_t next_ = 0;
};

}  // namespace

std::map<std::string, std::unique_ptr<Service>> make_services(const Rng& rng) {
  std::map<std::string, std::unique_ptr<Service>> services;
  services["lin-kv"] = std::make_unique<LinearizableStore>();
  services["seq-kv"] = std::make_unique<SequentialStore>(rng.fork("seq-kv"));
  services["lww-kv"] = std::make_unique<LastWriterWinsStore>(rng.fork("lww-kv"));
  services["lin-tso"] = std::make_unique<TimestampOracle>();
  return services;
}

}  // namespace assay::maelstrom
