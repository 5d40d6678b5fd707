// Where keys are in ZooKeeper's tree.
//
//   key 7           /assay/k7              a register, a list, a counter: the data of the node; without data there is no value
//   element "e1"    /assay/k7/vte1         of the set 7
//   queue 7         /assay/k7/q0000000012  an element each, in the order of their numbers, which the server gives
//   lock 7          /assay/k7/l0000000012  somebody who wants it; the one with the least number holds it
//
// Thread safety: pure functions. Errors: element_of() gives nothing for what was never stored so.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/operation.h"

namespace assay::zookeeper {

inline constexpr std::string_view kRoot = "/assay";
inline constexpr char kQueued = 'q', kWaiting = 'l', kElement = 'v';

std::string key_path(Key key);
// Of a child of the key that the server numbers: its path without the number.
std::string child_prefix(Key key, char kind);
std::string element_path(Key key, const Value& element);
std::string_view parent_of(std::string_view path);
std::string_view name_of(std::string_view path);

std::optional<Value> element_of(std::string_view name);
// Those of one kind, in their order.
std::vector<std::string> names_of_kind(const std::vector<std::string>& names, char kind);

}  // namespace assay::zookeeper
