// An index, queries and their true neighbours in a folder: one process makes them, another measures what it is to open them. So no
// memory, and no page of a file, of the making is left in what is measured.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <stop_token>
#include <vector>

#include "bench/measurement.h"

namespace nozama {

// What is written beside the snapshot, which is index_path(folder). The peers read the same files.
std::filesystem::path index_path(const std::filesystem::path& folder);
Status write_queries(const std::filesystem::path& folder, std::span<const float> queries, size_t dimension, std::span<const int32_t> truth);
Status write_about(const std::filesystem::path& folder, const Measurement& measurement);  // of the process that made it

// Opens the snapshot with nothing of it in memory, asks every query once, opens it again and asks every query `repeats` times.
// kNotFound "not_kept" for a folder that has no such index, kCorrupt for one that is damaged.
Result<Measurement> measure_kept(const std::filesystem::path& folder, size_t repeats, const std::stop_token& stop);

}  // namespace nozama
