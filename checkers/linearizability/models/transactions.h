// Keys that hold values: registers, with compare-and-set or without, append lists, and transactions of any
// steps on any keys. States and values are numbered by transaction_object.h.
//
// Thread safety: immutable.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/linearizability/object_model.h"

namespace assay::checkers {

class TransactionModel final : public ObjectModel {
 public:
  // Knows these mops only; `several`: more than one in an operation.
  TransactionModel(std::string_view name, std::initializer_list<Fn> known, bool several, const Value& initial)
      : name_(name), known_(known), several_(several), initial_(initial) {}

  std::string_view name() const override { return name_; }
  std::string objection(const Operation& op) const override;
  bool by_key() const override { return true; }
  bool is_register() const override { return true; }
  bool has_steps() const override { return several_; }
  bool reads_only(const Operation& op) const override;
  Separable parts(const Operation& op, std::vector<Part>& parts) const override;
  std::unique_ptr<StateSpace> space(const History& history, std::span<const OpId> ids, bool real_time,
                                    Limits& limits) const override;

 private:
  std::string_view name_;
  std::vector<Fn> known_;
  bool several_;
  Value initial_;
};

}  // namespace assay::checkers
