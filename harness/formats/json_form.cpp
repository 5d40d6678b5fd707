#include "harness/formats/json_form.h"

namespace assay::formats {

using simdjson::dom::element_type;

void append_json_form(simdjson::dom::element element, FormTape& tape) {
  switch (element.type()) {
    case element_type::NULL_VALUE:
      return tape.add_nil();
    case element_type::BOOL:
      return tape.add_boolean(element.get_bool().value_unsafe());
    case element_type::INT64:
      return tape.add_integer(element.get_int64().value_unsafe());
    case element_type::STRING:
      return tape.add_text(element.get_string().value_unsafe());
    case element_type::UINT64:
    case element_type::DOUBLE:
      return tape.add_text(tape.keep(simdjson::minify(element)), Form::Kind::number);
    case element_type::ARRAY: {
      const std::size_t opened = tape.open(Form::Kind::list);
      std::uint32_t children = 0;
      const simdjson::dom::array array = element;  // a copy: value_unsafe() refers into a temporary
      for (const auto child : array) {
        append_json_form(child, tape);
        ++children;
      }
      return tape.close(opened, children);
    }
    case element_type::OBJECT:
      break;
  }
  const std::size_t opened = tape.open(Form::Kind::map);
  std::uint32_t children = 0;
  const simdjson::dom::object object = element;
  for (const auto field : object) {
    tape.add_text(field.key);
    append_json_form(field.value, tape);
    children += 2;
  }
  tape.close(opened, children);
}

}  // namespace assay::formats
