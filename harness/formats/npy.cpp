#include "harness/formats/npy.h"

#include <algorithm>

namespace assay::formats {

std::string npy_file(const std::string& type, std::size_t count, std::string_view data) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + std::to_string(count) + ",), }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string out = "\x93NUMPY\x01";
  out += '\0';
  out += static_cast<char>(header.size() & 0xFF);
  out += static_cast<char>(header.size() >> 8);
  return out + header + std::string(data);
}

std::string names_column(const std::vector<std::string>& names) {
  std::size_t width = 1;
  for (const std::string& name : names) width = std::max(width, name.size());
  std::string data;
  for (const std::string& name : names) data += name + std::string(width - name.size(), '\0');
  return npy_file("|S" + std::to_string(width), names.size(), data);
}

}  // namespace assay::formats
