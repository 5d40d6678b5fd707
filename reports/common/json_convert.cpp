#include "reports/common/json_convert.h"

#include <array>
#include <string_view>

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

// "30s", "1500ms": what plan.json has.
std::string exact_duration(Nanos duration) {
  struct Unit {
    std::string_view name;
    Nanos factor;
  };
  constexpr std::array<Unit, 6> kUnits = {{{"h", 60 * kMinute},
                                           {"m", kMinute},
                                           {"s", kSecond},
                                           {"ms", kMillisecond},
                                           {"us", kMicrosecond},
                                           {"ns", 1}}};
  for (const Unit& unit : kUnits) {
    if (duration != 0 && duration % unit.factor == 0) {
      return std::to_string(duration / unit.factor) + std::string(unit.name);
    }
  }
  return "0s";
}

std::string exact_size(std::size_t size_bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"", "K", "M", "G", "T"};
  std::size_t unit = 0;
  while (size_bytes != 0 && size_bytes % 1024 == 0 && unit + 1 < kUnits.size()) {
    size_bytes /= 1024;
    ++unit;
  }
  return std::to_string(size_bytes) + std::string(kUnits[unit]);
}

std::string_view pace_text(Pace pace) {
  if (pace == Pace::closed_loop) return "closed-loop";
  return pace == Pace::poisson ? "poisson" : "constant";
}

}  // namespace

Json to_json(const Plan& plan) {
  return {{"target", plan.target},
          {"mode", plan.mode},
          {"workload", plan.workload},
          {"nemesis", plan.nemesis},
          {"cluster", plan.cluster},
          {"nodes", plan.nodes},
          {"concurrency", plan.concurrency},
          {"keys", plan.keys},
          {"pace", pace_text(plan.pace)},
          {"rate", plan.rate},
          {"warm_up", exact_duration(plan.warm_up)},
          {"time_limit", exact_duration(plan.time_limit)},
          {"recovery_limit", exact_duration(plan.recovery_limit)},
          {"operation_timeout", exact_duration(plan.operation_timeout)},
          {"fault_interval", exact_duration(plan.fault_interval)},
          {"fault_duration", exact_duration(plan.fault_duration)},
          {"seed", plan.seed},
          {"bugs", plan.bugs},
          {"reads", plan.reads},
          {"options", to_json(plan.options)},
          {"check_time_limit", exact_duration(plan.check_time_limit)},
          {"check_memory_limit", exact_size(plan.check_memory_limit_bytes)}};
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
