// How files of experiments and of suites say runs: objects whose fields each have a reader, plans that are merged field by field,
// seeds, and what is expected. Internal to this folder.
//
// Errors: InputError with one sentence that names the file and the field.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/experiment.h"
#include "harness/formats/plan_reader.h"

namespace assay::formats {

// Walks over the fields of an object: each has a reader; others are refused.
class Fields {
 public:
  Fields(const std::string& file, std::string within) : file_(file), within_(std::move(within)) {}

  using Read = std::function<void(const OrderedJson&, const Place&)>;
  Fields& on(const std::string& name, Read read) {
    readers_[name] = std::move(read);
    names_ += (names_.empty() ? "" : ", ") + name;
    return *this;
  }
  void read(const OrderedJson& object) const;

 private:
  const std::string& file_;
  std::string within_;
  std::map<std::string, Read> readers_;
  std::string names_;
};

// Objects are merged field by field, everything else is replaced; null takes a field away.
void merge_fields(OrderedJson& base, const OrderedJson& change);

// "options.ttl" = value, as {"options": {"ttl": value}}.
OrderedJson assignment(const std::string& path, const OrderedJson& value);

// The rate is that of simulated runs unless it is given.
Plan read_partial_plan(const OrderedJson& json, const Place& place);
// A number, or "5..24".
void read_seeds(const OrderedJson& json, const Place& place, std::uint64_t& first, std::uint64_t& last);
VerdictExpectation read_expectation(const OrderedJson& json, const Place& place);

// One thing, or a list of some.
template <class Read>
auto read_list(const OrderedJson& json, const Place& place, Read read) {
  std::vector<decltype(read(json, place))> list;
  if (!json.is_array()) return list = {read(json, place)};
  for (std::size_t i = 0; i < json.size(); ++i) {
    list.push_back(read(json[i], Place{place.file, place.field + "[" + std::to_string(i) + "]"}));
  }
  return list;
}

}  // namespace assay::formats
