#include "cli/table.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string_view>

#include "cli/display_text.h"

namespace vbs::cli {
namespace {

constexpr std::string_view kGap = "  ";
constexpr int kNarrowest = 8;

std::string padded(const std::string& cell, int width, Column::Align align) {
  const std::string spaces(static_cast<std::size_t>(std::max(0, width - columnsOf(cell))), ' ');
  return align == Column::Align::Right ? spaces + cell : cell + spaces;
}

int narrowest(const Column& column) {
  return std::max(kNarrowest, columnsOf(column.title));
}

/// Takes from the widest cuttable column, one by one, until the line fits or nothing more can be taken.
void fit(std::vector<int>& widths, const std::vector<const Column*>& columns, int width) {
  const int gaps = static_cast<int>(kGap.size() * (widths.size() - 1));
  int excess = std::accumulate(widths.begin(), widths.end(), gaps) - width;
  for (; excess > 0; --excess) {
    int* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool canGive = columns[i]->cuttable && widths[i] > narrowest(*columns[i]);
      if (canGive && (widest == nullptr || widths[i] > *widest)) widest = &widths[i];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> cells) {
  assert(cells.size() == columns_.size());
  for (std::string& cell : cells) cell = visible(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::render(std::optional<int> width) const {
  std::vector<std::size_t> shown;  // indices of columns_
  std::vector<const Column*> columns;
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    int cells = 0;
    for (const auto& row : rows_) cells = std::max(cells, columnsOf(row[i]));
    if (columns_[i].optional && cells == 0) continue;
    shown.push_back(i);
    columns.push_back(&columns_[i]);
    widths.push_back(std::max(cells, columnsOf(columns_[i].title)));
  }
  if (width) fit(widths, columns, *width);

  std::string text;
  const auto addLine = [&](const auto& cellOf) {
    std::string line;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      if (i > 0) line += kGap;
      line += padded(cutTo(cellOf(shown[i]), widths[i]), widths[i], columns[i]->align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  addLine([&](std::size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) addLine([&](std::size_t i) { return row[i]; });
  return text;
}

}  // namespace vbs::cli
