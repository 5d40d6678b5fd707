// What writers and readers agree on about micro-operations in texts. Internal to this folder.
//
// Thread safety: plain functions.
#pragma once

#include <string_view>

#include "harness/core/operation.h"

namespace assay::formats {

// Whether a mop's "value" is what it finds, not what it brings.
inline bool brings_result(Fn fn) {
  return fn == Fn::read || fn == Fn::dequeue || fn == Fn::pop || fn == Fn::acquire || fn == Fn::generate ||
         fn == Fn::poll || fn == Fn::watch || fn == Fn::backup || fn == Fn::scan;
}

// Elle's short names inside transactions.
inline std::string_view mop_name(Fn fn) {
  if (fn == Fn::read) return "r";
  if (fn == Fn::write) return "w";
  return fn_name(fn);
}

// What the main value leaves out; nil for nearly every mop.
inline Value other_value(const Mop& mop, bool with_results) {
  if (brings_result(mop.fn)) return mop.argument;
  return with_results ? mop.result : Value();
}

}  // namespace assay::formats
