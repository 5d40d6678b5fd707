#include "reports/common/json_convert.h"

#include <utility>

#include "harness/core/plan_fields.h"

namespace assay::reports {

Json to_json(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::nil:
      return nullptr;
    case Value::Kind::boolean:
      return value.as_boolean();
    case Value::Kind::integer:
      return value.as_integer();
    case Value::Kind::text:
      return std::string(value.as_text());
    case Value::Kind::pair:
      return Json{{"pair", Json::array({to_json(value.first()), to_json(value.second())})}};
    case Value::Kind::list:
      break;
  }
  Json list = Json::array();
  for (const Value& element : value.as_list()) list.push_back(to_json(element));
  return list;
}

Json to_json(const Facts& facts) {
  Json object = Json::object();
  for (const Fact& fact : facts) object[fact.name] = to_json(fact.value);
  return object;
}

Json to_json(const OutcomeCounts& counts) {
  return {{"ok", counts.ok}, {"fail", counts.fail}, {"info", counts.info}, {"total", counts.total()}};
}

Json time_or_null(Nanos time) { return time == kNever || time < 0 ? Json(nullptr) : Json(time); }

Json to_json(const LatencySummary& latency) {
  return {{"count", latency.count},
          {"mean", time_or_null(latency.mean)},
          {"p50", time_or_null(latency.p50)},
          {"p90", time_or_null(latency.p90)},
          {"p95", time_or_null(latency.p95)},
          {"p99", time_or_null(latency.p99)},
          {"p999", time_or_null(latency.p999)},
          {"max", time_or_null(latency.max)}};
}

namespace {

class Writer : public PlanWriter<Writer> {
 public:
  template <class Field>
  void put(const char* name, const Field& field) {
    json_[name] = field;
  }
  void put(const char* name, const Facts& facts) { json_[name] = to_json(facts); }
  Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

}  // namespace

Json to_json(const Plan& plan) {
  Writer writer;
  visit_fields(plan, writer);
  return writer.take();
}

Json operation_json(const History& history, const Operation& operation) {
  Json mops = Json::array();
  for (const Mop& mop : operation.mops) {
    mops.push_back({{"f", fn_name(mop.fn)},
                    {"key", history.key_name(mop.key)},
                    {"argument", to_json(mop.argument)},
                    {"result", to_json(mop.result)}});
  }
  return {{"id", operation.id},
          {"process", operation.process},
          {"node", operation.node == kNoNode ? Json(nullptr) : Json(history.node_name(operation.node))},
          {"outcome", outcome_name(operation.outcome)},
          {"due", operation.due},
          {"invoked", operation.invoked},
          {"completed", time_or_null(operation.completed)},
          {"mops", std::move(mops)},
          {"error", operation.error}};
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assay::reports
