#include "targets/maelstrom/dialogue.h"

#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "targets/described/notation/json_values.h"

namespace assay::maelstrom {

namespace {

using described::json_of;

// An id may be anything: what is no value of ours is kept as its text.
Value any_value(const Json& json) {
  if (json.is_number_float()) {
    const double number = json.get<double>();
    if (std::abs(number) < 9e15 && std::trunc(number) == number)
      return Value(static_cast<std::int64_t>(number));
  }
  if (auto value = described::value_of(json)) return *value;
  return Value::text(json.dump());
}

bool is_error(const Json& reply) { return text_field(reply, "type") == "error"; }

Turn failed(const Json& reply) {
  const Json* code = field_of(reply, "code");
  if (code == nullptr || !code->is_number_integer())
    return Complaint{"an error needs \"code\", a whole number"};
  const auto number = code->get<std::int64_t>();
  return Completion{outcome_of_error(number), {}, error_name(number), kNoNode};
}

bool error_is(const Json& reply, std::int64_t code) {
  const Json* given = field_of(reply, "code");
  return is_error(reply) && given != nullptr && *given == code;
}

Complaint expected_type(const std::string& type) {
  return {"expected an answer of \"type\": \"" + type + "\", or an error"};
}

// One message and its reply.
class OneStep final : public Dialogue {
 public:
  explicit OneStep(Kind kind) : kind_(kind) {}

  Turn begin(const Request& request) override {
    request_ = request;
    std::optional<Json> body = body_of(request);
    if (!body) return Completion{Outcome::fail, {}, "not in the protocol of this workload", kNoNode};
    asked_ = (*body)["type"].get<std::string>();
    return *std::move(body);
  }

  Turn take(const Json& reply) override {
    // The node says what it found: nothing.
    if (kind_ == Kind::lin_kv && request_[0].fn == Fn::read && error_is(reply, kNoSuchKey)) {
      request_[0].result = Value();
      return Completion{Outcome::ok, request_, {}, kNoNode};
    }
    if (is_error(reply)) return failed(reply);
    if (text_field(reply, "type") != asked_ + "_ok") return expected_type(asked_ + "_ok");
    std::string complaint = take_result(reply);
    if (!complaint.empty()) return Complaint{std::move(complaint)};
    return Completion{Outcome::ok, std::move(request_), {}, kNoNode};
  }

 private:
  std::optional<Json> body_of(const Request& request) const {
    if (kind_ == Kind::txn_list_append || kind_ == Kind::txn_rw_register) return transaction_of(request);
    const Mop& mop = request[0];
    if (kind_ == Kind::echo) {
      if (request.size() != 2 || mop.fn != Fn::write) return std::nullopt;
      return Json{{"type", "echo"}, {"echo", json_of(mop.argument)}};
    }
    if (request.size() != 1) return std::nullopt;
    if (kind_ == Kind::lin_kv) return key_value_of(mop);
    if (kind_ == Kind::unique_ids)
      return mop.fn == Fn::generate ? std::optional(Json{{"type", "generate"}}) : std::nullopt;
    if (mop.fn == Fn::read) return Json{{"type", "read"}};
    if (mop.fn != Fn::add) return std::nullopt;
    if (kind_ == Kind::broadcast) return Json{{"type", "broadcast"}, {"message", json_of(mop.argument)}};
    return Json{{"type", "add"}, {kind_ == Kind::g_set ? "element" : "delta", json_of(mop.argument)}};
  }

  static std::optional<Json> key_value_of(const Mop& mop) {
    if (mop.fn == Fn::read) return Json{{"type", "read"}, {"key", mop.key}};
    if (mop.fn == Fn::write)
      return Json{{"type", "write"}, {"key", mop.key}, {"value", json_of(mop.argument)}};
    if (mop.fn != Fn::cas) return std::nullopt;
    return Json{{"type", "cas"},
                {"key", mop.key},
                {"from", json_of(mop.argument.first())},
                {"to", json_of(mop.argument.second())}};
  }

  static std::optional<Json> transaction_of(const Request& request) {
    Json operations = Json::array();
    for (const Mop& mop : request) {
      if (mop.fn != Fn::read && mop.fn != Fn::append && mop.fn != Fn::write) return std::nullopt;
      const char* name = mop.fn == Fn::read ? "r" : mop.fn == Fn::append ? "append" : "w";
      operations.push_back(Json::array({name, mop.key, json_of(mop.argument)}));
    }
    return Json{{"type", "txn"}, {"txn", std::move(operations)}};
  }

  // Which field of the answer says what was read; null: none does.
  const char* result_field() const {
    if (kind_ == Kind::echo) return "echo";
    if (asked_ == "generate") return "id";
    if (asked_ != "read") return nullptr;
    return kind_ == Kind::broadcast ? "messages" : "value";
  }

  std::string take_result(const Json& reply) {
    if (asked_ == "txn") return take_transaction(reply);
    const char* name = result_field();
    if (name == nullptr) return "";
    const Json* result = field_of(reply, name);
    if (result == nullptr) return std::string("expected an answer with \"") + name + "\"";
    const bool list = kind_ == Kind::broadcast || kind_ == Kind::g_set;
    if (list && !result->is_array()) return std::string("expected \"") + name + "\" to be a list";
    request_.back().result = any_value(*result);
    return "";
  }

  std::string take_transaction(const Json& reply) {
    const Json* operations = field_of(reply, "txn");
    if (operations == nullptr || !operations->is_array() || operations->size() != request_.size())
      return "expected an answer with \"txn\", a list of as many operations as were asked for";
    for (std::size_t i = 0; i < request_.size(); ++i) {
      const Json& operation = (*operations)[i];
      if (!operation.is_array() || operation.size() != 3)
        return "expected each operation of \"txn\" to be a list of three";
      if (request_[i].fn == Fn::read) request_[i].result = any_value(operation[2]);
    }
    return "";
  }

  const Kind kind_;
  Request request_;
  std::string asked_;
};

// Logs. A consumer goes on where it stood; one that stands nowhere yet, or was asked to begin anew (a poll with an argument: an
// offset, or a negative number), begins behind what was committed. What was polled is committed.
class LogDialogue final : public Dialogue {
 public:
  Turn begin(const Request& request) override {
    request_ = request;
    if (request.size() == 1 && request[0].fn == Fn::send) {
      return awaiting(
          "send_ok",
          {{"type", "send"}, {"key", std::to_string(request[0].key)}, {"msg", json_of(request[0].argument)}});
    }
    Json unknown = Json::array();
    for (const Mop& mop : request) {
      if (mop.fn != Fn::poll)
        return Completion{Outcome::fail, {}, "not in the protocol of this workload", kNoNode};
      if (mop.argument.is_integer()) place(mop.key, mop.argument.as_integer());
      if (!positions_.contains(mop.key)) unknown.push_back(std::to_string(mop.key));
    }
    if (unknown.empty()) return poll();
    return awaiting("list_committed_offsets_ok", {{"type", "list_committed_offsets"}, {"keys", unknown}});
  }

  Turn take(const Json& reply) override {
    // What was polled is known, whatever became of committing it.
    if (awaited_ == "commit_offsets_ok") return done();
    if (is_error(reply)) return failed(reply);
    if (text_field(reply, "type") != awaited_) return expected_type(awaited_);
    if (awaited_ == "send_ok") return take_offset(reply);
    if (awaited_ == "poll_ok") return take_messages(reply);
    const Json* offsets = field_of(reply, "offsets");
    if (offsets == nullptr || !offsets->is_object())
      return Complaint{"expected an answer with \"offsets\", an object"};
    for (const Mop& mop : request_) {
      const Json* committed = field_of(*offsets, std::to_string(mop.key).c_str());
      if (positions_.contains(mop.key)) continue;
      const bool known = committed != nullptr && committed->is_number_integer();
      positions_[mop.key] = known ? committed->get<std::int64_t>() + 1 : 0;
    }
    return poll();
  }

 private:
  void place(Key key, std::int64_t offset) {
    positions_.erase(key);
    if (offset >= 0) positions_[key] = offset;
  }

  Json awaiting(const char* type, Json body) {
    awaited_ = type;
    return body;
  }

  Turn done() { return Completion{Outcome::ok, std::move(request_), {}, kNoNode}; }

  Json poll() {
    Json offsets = Json::object();
    for (const Mop& mop : request_) offsets[std::to_string(mop.key)] = positions_[mop.key];
    return awaiting("poll_ok", {{"type", "poll"}, {"offsets", offsets}});
  }

  Turn take_offset(const Json& reply) {
    const Json* offset = field_of(reply, "offset");
    if (offset == nullptr || !offset->is_number_integer())
      return Complaint{"expected an answer with \"offset\", a whole number"};
    request_[0].result = Value(offset->get<std::int64_t>());
    return done();
  }

  Turn take_messages(const Json& reply) {
    const Json* messages = field_of(reply, "msgs");
    if (messages == nullptr || !messages->is_object())
      return Complaint{"expected an answer with \"msgs\", an object"};
    Json commits = Json::object();
    for (Mop& mop : request_) {
      const std::string key = std::to_string(mop.key);
      const Json* pairs = field_of(*messages, key.c_str());
      std::vector<Value> polled;
      std::int64_t last = -1;
      for (const Json& pair : pairs != nullptr ? *pairs : Json::array()) {
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_integer())
          return Complaint{"expected \"msgs\" to hold lists of pairs of an offset and a message"};
        polled.push_back(Value::pair(pair[0].get<std::int64_t>(), any_value(pair[1])));
        last = std::max(last, pair[0].get<std::int64_t>());
      }
      mop.result = Value::list(std::move(polled));
      if (last < 0) continue;
      positions_[mop.key] = std::max(positions_[mop.key], last + 1);
      commits[key] = last;
    }
    if (commits.empty()) return done();
    return awaiting("commit_offsets_ok", {{"type", "commit_offsets"}, {"offsets", commits}});
  }

  Request request_;
  std::string awaited_;
  std::map<Key, std::int64_t> positions_;  // the next offset to be polled
};

}  // namespace

std::unique_ptr<Dialogue> make_dialogue(Kind kind) {
  if (kind == Kind::kafka) return std::make_unique<LogDialogue>();
  return std::make_unique<OneStep>(kind);
}

}  // namespace assay::maelstrom
