#pragma once

#include <string>
#include <string_view>

namespace vbs::cli {

// Text of others (comments, reasons, messages) on its way to a terminal or a script. What could steer a
// terminal (control characters, changes of writing direction) and what is no UTF-8 is written as an escape:
// \n, \t, \r, \u001b, \xff.

/// For people: what can be shown stays as it is.
std::string visible(std::string_view text);

/// For scripts: backslashes are doubled too, so that the text can be had back.
std::string escaped(std::string_view text);

/// True when `text` has nothing that must be escaped, line feeds aside.
bool isSafeToPrint(std::string_view text);

/// How many columns of a terminal `text`, which is visible() already, takes.
int columnsOf(std::string_view text);

/// `text`, which is visible() already, cut to at most `columns` (> 0), with "…" for what was cut.
std::string cutTo(std::string_view text, int columns);

}  // namespace vbs::cli
