#include "harness/formats/certificate_json.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/core/error.h"

namespace assay::formats {

namespace {

using Json = nlohmann::ordered_json;

std::string digest_text(std::uint64_t digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 16; i > 0; --i, digest >>= 4) text[i - 1] = kDigits[digest & 15];
  return text;
}

class Reader {
 public:
  explicit Reader(const std::string& name) : name_(name) {}

  CertificateFile read(const Json& json) const {
    CertificateFile file;
    if (!json.is_object()) refuse("a JSON object");
    if (number(json, "schema_version") != 1) refuse("\"schema_version\" to be 1");
    file.certificate.claim = text(json, "claim");
    for (const auto& [option, value] : field(json, "options", Json::value_t::object).items()) {
      if (!value.is_string()) refuse("every option to be a text");
      file.certificate.options[option] = value.get<std::string>();
    }
    const Json& history = field(json, "history", Json::value_t::object);
    file.operations = number(history, "operations");
    const std::string digest = text(history, "digest");
    const char* const end = digest.data() + digest.size();
    if (std::from_chars(digest.data(), end, file.digest, 16).ptr != end || digest.size() != 16) {
      refuse("\"digest\" to be 16 hexadecimal digits");
    }
    for (const Json& object : field(json, "objects", Json::value_t::array))
      read_object(object, file.certificate);
    return file;
  }

  [[noreturn]] void refuse(const std::string& expected) const {
    throw InputError(name_ + ": expected " + expected);
  }

 private:
  const Json& field(const Json& json, const char* name, Json::value_t type) const {
    const auto found = json.find(name);
    if (found == json.end() || found->type() != type) {
      refuse("the field \"" + std::string(name) + "\" to be " +
             (type == Json::value_t::object  ? "an object"
              : type == Json::value_t::array ? "a list"
                                             : "a text"));
    }
    return *found;
  }
  std::string text(const Json& json, const char* name) const {
    return field(json, name, Json::value_t::string).get<std::string>();
  }
  std::uint64_t number(const Json& json, const char* name) const {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_number_unsigned()) {
      refuse("the field \"" + std::string(name) + "\" to be a whole number");
    }
    return found->get<std::uint64_t>();
  }
  void read_object(const Json& json, Certificate& certificate) const {
    Certificate::Object& object = certificate.objects.emplace_back();
    if (!json.is_object()) refuse("every element of \"objects\" to be an object");
    const auto key = json.find("key");
    if (key == json.end() || !key->is_number_integer())
      refuse("the \"key\" of every object to be a whole number");
    object.key = key->get<Key>();
    const Json& order = field(json, "order", Json::value_t::array);
    object.order.reserve(order.size());
    for (const Json& id : order) {
      if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= UINT32_MAX) {
        refuse("the \"order\" of every object to be a list of positions in the history");
      }
      object.order.push_back(id.get<OpId>());
    }
  }

  const std::string& name_;
};

}  // namespace

std::string certificate_json(const Certificate& certificate, const History& history) {
  Json options = Json::object(), objects = Json::array();
  for (const auto& [name, value] : certificate.options) options[name] = value;
  for (const Certificate::Object& object : certificate.objects) {
    objects.push_back({{"key", object.key}, {"order", object.order}});
  }
  const Json json = {{"schema_version", 1},
                     {"claim", certificate.claim},
                     {"options", std::move(options)},
                     {"history", {{"operations", history.size()}, {"digest", digest_text(history.digest())}}},
                     {"objects", std::move(objects)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

CertificateFile parse_certificate(std::string_view text, const std::string& name) {
  // Nothing in a certificate nests deeper; nlohmann's parser has no limit of its own.
  constexpr int kDepthMax = 8;
  bool deep = false;
  const auto shallow = [&deep](int depth, Json::parse_event_t, const Json&) {
    deep = deep || depth > kDepthMax;
    return !deep;
  };
  const Json json = Json::parse(text.begin(), text.end(), shallow, false);
  const Reader reader(name);
  if (json.is_discarded() || deep) reader.refuse("a certificate, which is one JSON object");
  return reader.read(json);
}

CertificateFile read_certificate(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path + ": the certificate can't be opened: " + std::strerror(errno));
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) throw InputError(path + ": the certificate can't be read");
  return parse_certificate(text, path);
}

}  // namespace assay::formats
