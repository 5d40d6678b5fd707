#include "targets/refdb/wire/values.h"

#include <utility>
#include <vector>

namespace assay::refdb::wire {

namespace {

// The numbers are part of the protocol and of what is on disk: never change one.
enum class Tag : std::uint8_t { nil = 0, no = 1, yes = 2, integer = 3, text = 4, list = 5, pair = 6 };

Value read_list(Reader& reader, int depth_left) {
  const std::uint64_t size = reader.number();
  // Every element takes a byte at least, so a lying size allocates nothing.
  if (!reader.ok() || size > reader.left()) {
    reader.fail();
    return {};
  }
  std::vector<Value> elements;
  elements.reserve(size);
  for (std::uint64_t i = 0; i < size && reader.ok(); ++i)
    elements.push_back(read_value(reader, depth_left - 1));
  return reader.ok() ? Value::list(std::move(elements)) : Value();
}

void write_tag(Writer& writer, Tag tag) { writer.byte(static_cast<std::uint8_t>(tag)); }

}  // namespace

void write_value(Writer& writer, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::nil:
      return write_tag(writer, Tag::nil);
    case Value::Kind::boolean:
      return write_tag(writer, value.as_boolean() ? Tag::yes : Tag::no);
    case Value::Kind::integer:
      write_tag(writer, Tag::integer);
      return writer.signed_number(value.as_integer());
    case Value::Kind::text:
      write_tag(writer, Tag::text);
      return writer.bytes(value.as_text());
    case Value::Kind::pair:
      write_tag(writer, Tag::pair);
      write_value(writer, value.first());
      return write_value(writer, value.second());
    case Value::Kind::list:
      break;
  }
  write_tag(writer, Tag::list);
  const auto elements = value.as_list();
  writer.number(elements.size());
  for (const Value& element : elements) write_value(writer, element);
}

Value read_value(Reader& reader, int depth_left) {
  if (depth_left <= 0) {
    reader.fail();
    return {};
  }
  switch (static_cast<Tag>(reader.byte())) {
    case Tag::nil:
      return {};
    case Tag::no:
      return Value::boolean(false);
    case Tag::yes:
      return Value::boolean(true);
    case Tag::integer:
      return Value(reader.signed_number());
    case Tag::text: {
      const std::string_view characters = reader.bytes(kValueBytesMax);
      return reader.ok() ? Value::text(characters) : Value();
    }
    case Tag::list:
      return read_list(reader, depth_left);
    case Tag::pair: {
      const Value first = read_value(reader, depth_left - 1);
      const Value second = read_value(reader, depth_left - 1);
      return reader.ok() ? Value::pair(first, second) : Value();
    }
  }
  reader.fail();
  return {};
}

}  // namespace assay::refdb::wire
