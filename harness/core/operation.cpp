#include "harness/core/operation.h"

#include <array>

#include "harness/core/predicate.h"

namespace assay {

namespace {

constexpr std::array<std::string_view, kFnCount> kFnNames = {
    "read",   "write", "cas",     "append",  "add",      "remove", "enqueue", "dequeue",
    "push",   "pop",   "acquire", "release", "generate", "send",   "poll",    "watch",
    "insert", "erase", "fence",   "backup",  "restore",  "scan"};

}  // namespace

std::string_view fn_name(Fn fn) { return kFnNames[static_cast<std::size_t>(fn)]; }

std::optional<Fn> fn_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kFnNames.size(); ++i) {
    if (kFnNames[i] == name) return static_cast<Fn>(i);
  }
  return std::nullopt;
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::fail:
      return "fail";
    case Outcome::info:
      break;
  }
  return "info";
}

std::string describe(const Mop& mop) {
  if (mop.fn == Fn::scan) {
    const std::string rows =
        is_predicate(mop.argument) ? predicate_text(mop.argument) : mop.argument.to_string();
    return "scan " + rows + " = " + (mop.result.is_nil() ? "[]" : mop.result.to_string());
  }
  std::string out = std::string(fn_name(mop.fn)) + " key " + std::to_string(mop.key);
  if (!mop.argument.is_nil()) out += " " + mop.argument.to_string();
  if (!mop.result.is_nil() || mop.fn == Fn::read) out += " = " + mop.result.to_string();
  return out;
}

std::string describe(const Operation& operation) {
  std::string out = "process " + std::to_string(operation.process) + ": ";
  for (std::size_t i = 0; i < operation.mops.size(); ++i) {
    if (i > 0) out += "; ";
    out += describe(operation.mops[i]);
  }
  out += " -> ";
  out += outcome_name(operation.outcome);
  if (!operation.error.empty()) out += " (" + std::string(operation.error) + ")";
  return out;
}

}  // namespace assay
