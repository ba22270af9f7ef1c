// A report that a merchant can read: one HTML file without anything outside it, for desktop, phone, paper and screen reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "train/bootstrap.h"
#include "train/metrics.h"

namespace nozama {

struct ReportFigure {
  std::string name, meaning;
  double value = 0;  // a share, 0..1
  std::optional<Interval> interval;
};

struct ReportTable {
  std::string title, note;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // as wide as the header
};

struct ReportBars {
  std::string title, note;
  struct Bar {
    std::string label, text;
    double value = 0;  // 0..1
  };
  std::vector<Bar> bars;
};

struct ReportFailure {
  struct Picture {
    std::string label;            // above it
    std::vector<std::byte> webp;  // empty = could not be shown
    std::string description;      // for those who cannot see it
  };
  std::vector<Picture> pictures;
  std::string caption;
};

struct ReportPage {
  std::string title, summary;
  std::vector<ReportFigure> figures;
  std::vector<ReportTable> tables;
  std::vector<std::string> classes;             // of the confusion matrix
  std::vector<std::vector<int64_t>> confusion;  // [class][guess]; empty = none
  std::vector<ReliabilityBin> reliability;      // empty = none
  std::vector<ReportBars> bars;
  std::vector<ReportFailure> failures;
  std::string failures_note;
  std::vector<std::string> notes;  // what was left out and why
};

// Every text may hold anything: it is escaped. More than 40 classes are shown by their most frequent confusions only.
std::string render_report(const ReportPage& page);

}  // namespace nozama
