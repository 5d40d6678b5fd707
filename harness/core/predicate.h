// Which rows a predicate read (Fn::scan) asks for. A row is a key with a value; a key without one (nil) is no row, and no
// predicate matches it: it is not born yet, or deleted. A predicate is a value, so that a history can hold it:
//
//   nil                    every row
//   ["=", v]               rows whose value is v
//   ["mod", m, r]          rows whose value is an integer that leaves r when divided by m (never negative)
//   ["keys", low, high]    rows whose key is a number from low to high, both included
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "harness/core/operation.h"

namespace assay {

bool is_predicate(const Value& predicate);

// Requires: is_predicate(predicate).
bool matches(const Value& predicate, Key key, const Value& value);

// "every row", "rows of value 3", for people. Requires: is_predicate(predicate).
std::string predicate_text(const Value& predicate);

// Whether it is what a scan can find: a list of pairs (key, value) whose keys are integers. Nil is an empty one.
bool are_rows(const Value& result);

}  // namespace assay
