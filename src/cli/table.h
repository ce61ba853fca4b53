#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vbs::cli {

struct Column {
  std::string title;
  enum class Align { Left, Right } align = Align::Left;
  /// May be cut, down to its title or 8 columns, when the table would be wider than the terminal.
  bool cuttable = false;
  /// Left out when every cell is empty.
  bool optional = false;
};

/// Lines of cells under titles, aligned by what each character takes on a terminal. Cells are made visible().
class Table {
public:
  explicit Table(std::vector<Column> columns);

  /// As many cells as there are columns.
  void add(std::vector<std::string> cells);

  /// Each line with its "\n". `width`: the terminal's columns; none to cut nothing.
  std::string render(std::optional<int> width) const;

private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace vbs::cli
