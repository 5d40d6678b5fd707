#include "harness/formats/form.h"

#include <utility>

#include "harness/formats/json_text.h"

namespace assay::formats {

namespace {

Value value_from_map(Form map) {
  if (map.size() == 2) {
    auto part = map.begin();
    const Form name = *part;
    const Form pair = *++part;
    if (name.is_text() && name.text() == "pair" && pair.is_pair()) {
      return Value::pair(value_from_form(pair.first()), value_from_form(pair.second()));
    }
  }
  std::vector<Value> fields;
  fields.reserve(map.size() / 2);
  for (auto part = map.begin(); part != map.end(); ++part) {
    const Form name = *part;
    fields.push_back(Value::pair(value_from_form(name), value_from_form(*++part)));
  }
  return Value::list(std::move(fields));
}

// Returns false when `out` is long enough for an excerpt.
bool append_excerpt(Form form, std::size_t longest, std::string& out) {
  if (out.size() > longest) return false;
  switch (form.kind()) {
    case Form::Kind::number:
      out += form.text();
      return true;
    case Form::Kind::text:
      append_json_text(form.text().size() > longest ? form.text().substr(0, longest + 1) : form.text(), out);
      return true;
    case Form::Kind::list:
    case Form::Kind::map:
      break;
    default:
      append_json_value(value_from_form(form), out);
      return true;
  }
  const bool map = form.is_map();
  out += map ? '{' : '[';
  std::size_t index = 0;
  for (const Form child : form) {
    if (index > 0) out += map && index % 2 == 1 ? ':' : ',';
    if (!append_excerpt(child, longest, out)) return false;
    ++index;
  }
  out += map ? '}' : ']';
  return true;
}

}  // namespace

Value value_from_form(Form form) {
  switch (form.kind()) {
    case Form::Kind::nil:
      return Value();
    case Form::Kind::boolean:
      return Value::boolean(form.boolean());
    case Form::Kind::integer:
      return Value(form.integer());
    case Form::Kind::number:
    case Form::Kind::text:
      return Value::text(form.text());
    case Form::Kind::map:
      return value_from_map(form);
    case Form::Kind::list:
      break;
  }
  std::vector<Value> elements;
  elements.reserve(form.size());
  for (const Form child : form) elements.push_back(value_from_form(child));
  return Value::list(std::move(elements));
}

Facts facts_from_form(Form form) {
  Facts facts;
  if (form.is_map()) {
    for (auto part = form.begin(); part != form.end(); ++part) {
      const Form name = *part;
      facts.push_back({name.is_text() ? std::string(name.text()) : excerpt(name), value_from_form(*++part)});
    }
  } else if (!form.is_nil()) {
    facts.push_back({"value", value_from_form(form)});
  }
  return facts;
}

std::string excerpt(Form form, std::size_t longest) {
  std::string text;
  append_excerpt(form, longest, text);
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return text.substr(0, end) + "...";
}

}  // namespace assay::formats
