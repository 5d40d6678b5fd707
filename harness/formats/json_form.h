// JSON parsed by simdjson, as forms. Internal to this folder: it shows simdjson's types.
//
// Thread safety: plain function. Complexity: linear. Nesting is bounded by the parser (kDepthMax).
#pragma once

#include <simdjson.h>

#include "harness/formats/form.h"

namespace assay::formats {

// Texts point into the parser: the tape's content is valid until the next document is parsed.
void append_json_form(simdjson::dom::element element, FormTape& tape);

}  // namespace assay::formats
