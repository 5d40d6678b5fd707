// Values, facts and plans as JSON, in the form of plan.json and results.json: a pair is {"pair": [first, second]}. `Json` is a kind
// of nlohmann's, which whoever uses this includes.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/core/fact.h"
#include "harness/core/plan_fields.h"
#include "harness/core/value.h"

namespace assay {

template <class Json>
Json json_of(const Value& value) {
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
      return Json{{"pair", Json::array({json_of<Json>(value.first()), json_of<Json>(value.second())})}};
    case Value::Kind::list:
      break;
  }
  Json list = Json::array();
  for (const Value& element : value.as_list()) list.push_back(json_of<Json>(element));
  return list;
}

template <class Json>
Json json_of(const Facts& facts) {
  Json object = Json::object();
  for (const Fact& fact : facts) object[fact.name] = json_of<Json>(fact.value);
  return object;
}

template <class Json>
class JsonPlanWriter : public PlanWriter<JsonPlanWriter<Json>> {
 public:
  template <class Field>
  void put(const char* name, const Field& field) {
    json_[name] = field;
  }
  void put(const char* name, const Facts& facts) { json_[name] = json_of<Json>(facts); }
  void put(const char* name, const std::vector<Facts>& list) {
    json_[name] = Json::array();
    for (const Facts& facts : list) json_[name].push_back(json_of<Json>(facts));
  }
  Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

// The form of plan.json.
template <class Json>
Json json_of(const Plan& plan) {
  JsonPlanWriter<Json> writer;
  visit_fields(plan, writer);
  return writer.take();
}

}  // namespace assay
