// Values as bytes: a kind, then the content. Decoding is total and bounded in depth and size.
#pragma once

#include <cstddef>

#include "harness/core/value.h"
#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::wire {

// A value inside a value inside ...: no deeper than this. Encoding a deeper one gives what decoding refuses.
inline constexpr int kValueDepthMax = 8;
inline constexpr std::size_t kValueBytesMax = 1024 * 1024;

void write_value(Writer& writer, const Value& value);
// Nil, and the reader failed, when the bytes are no value.
Value read_value(Reader& reader, int depth_left = kValueDepthMax);

}  // namespace assay::refdb::wire
