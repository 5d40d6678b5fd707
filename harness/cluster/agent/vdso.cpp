#include "harness/cluster/agent/vdso.h"

#include <elf.h>
#include <sys/auxv.h>

#include <cstddef>

namespace assay::agent {
namespace {

struct DynamicTables {
  const Elf64_Sym* symbols = nullptr;
  const char* names = nullptr;
  std::size_t count = 0;
};

// The GNU hash table doesn't say how many symbols there are: it is one more than the last of the last chain.
std::size_t count_by_gnu_hash(const std::uint32_t* table) {
  const std::uint32_t bucket_count = table[0];
  const std::uint32_t first = table[1];
  const std::uint32_t bloom_words = table[2];
  const std::uint32_t* buckets = table + 4 + 2 * bloom_words;
  const std::uint32_t* chains = buckets + bucket_count;
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < bucket_count; ++i) last = buckets[i] > last ? buckets[i] : last;
  if (last < first) return first;
  while ((chains[last - first] & 1) == 0) ++last;
  return last + 1;
}

DynamicTables dynamic_tables(const char* image) {
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(image);
  const auto* segments = reinterpret_cast<const Elf64_Phdr*>(image + header->e_phoff);
  DynamicTables tables;
  for (int i = 0; i < header->e_phnum; ++i) {
    if (segments[i].p_type != PT_DYNAMIC) continue;
    for (const auto* entry = reinterpret_cast<const Elf64_Dyn*>(image + segments[i].p_offset);
         entry->d_tag != DT_NULL; ++entry) {
      // Addresses in the image are relative to its start: it is linked at 0.
      const char* at = image + entry->d_un.d_ptr;
      if (entry->d_tag == DT_SYMTAB) tables.symbols = reinterpret_cast<const Elf64_Sym*>(at);
      if (entry->d_tag == DT_STRTAB) tables.names = at;
      if (entry->d_tag == DT_HASH) tables.count = reinterpret_cast<const std::uint32_t*>(at)[1];
      if (entry->d_tag == DT_GNU_HASH && tables.count == 0) {
        tables.count = count_by_gnu_hash(reinterpret_cast<const std::uint32_t*>(at));
      }
    }
  }
  return tables;
}

}  // namespace

std::optional<std::uint64_t> vdso_symbol_offset(std::string_view name) {
  const auto* image = reinterpret_cast<const char*>(::getauxval(AT_SYSINFO_EHDR));
  if (image == nullptr) return std::nullopt;
  const DynamicTables tables = dynamic_tables(image);
  if (tables.symbols == nullptr || tables.names == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < tables.count; ++i) {
    const Elf64_Sym& symbol = tables.symbols[i];
    if (symbol.st_shndx != SHN_UNDEF && name == tables.names + symbol.st_name) return symbol.st_value;
  }
  return std::nullopt;
}

}  // namespace assay::agent
