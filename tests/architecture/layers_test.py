"""The includes of src/ against the table of layers in docs/architecture.md: one table, for people and for this test."""

import re
import unittest
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from scripts.repository import REPOSITORY

SOURCES = REPOSITORY / "src"
_GENERATED = {"common/version.h", "vbs_service/metadata/migrations_sql.h"}
_INCLUDE = re.compile(r'^#include (["<])([^">]+)[">]', re.MULTILINE)


@dataclass(frozen=True)
class Layer:
    folders: tuple[str, ...]  # or patterns of files
    sees: frozenset[str]
    headers: frozenset[str]  # beginnings of those that only layers which name them include


def _names(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


def layers() -> list[Layer]:
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text[text.index("| folder of `src/` |") :].split("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [Layer(_names(row[0]), frozenset(_names(row[1])), frozenset(_names(row[2]))) for row in rows]


def source_files() -> list[Path]:
    return sorted(file for file in SOURCES.rglob("*") if file.suffix in (".h", ".cpp"))


def includes(file: Path) -> list[tuple[str, str]]:
    return _INCLUDE.findall(file.read_text(encoding="utf-8"))


class Layers(unittest.TestCase):
    def setUp(self) -> None:
        self.table = layers()
        self.programs = self.table[-1]
        self.by_folder = {layer.folders[0]: layer for layer in self.table[:-1]}

    def layer_of(self, file: Path) -> Layer:
        name = str(file.relative_to(SOURCES))
        if any(fnmatch(name, pattern) for pattern in self.programs.folders):
            return self.programs
        folder = str(file.parent.relative_to(SOURCES))
        self.assertIn(folder, self.by_folder, f"{name}: the table has no row for its folder")
        return self.by_folder[folder]

    def test_each_row_looks_down(self) -> None:
        above: set[str] = set()
        for folder, layer in self.by_folder.items():
            self.assertEqual(layer.sees - above, frozenset(), f"{folder} sees what stands at its height or above")
            above.add(folder)

    def test_each_include_is_in_the_table(self) -> None:
        for file in source_files():
            layer = self.layer_of(file)
            for quote, header in includes(file):
                if quote == "<" or header in _GENERATED or layer is self.programs:
                    continue
                folder = str(Path(header).parent)
                seen = layer.sees | {layer.folders[0]}
                self.assertIn(folder, seen, f"{file.relative_to(REPOSITORY)} includes {header}")

    def test_each_row_tells_of_nothing_unused(self) -> None:
        used: dict[str, set[str]] = {folder: set() for folder in self.by_folder}
        for file in source_files():
            layer = self.layer_of(file)
            if layer is not self.programs:
                used[layer.folders[0]] |= {str(Path(header).parent) for quote, header in includes(file) if quote == '"'}
        for folder, layer in self.by_folder.items():
            self.assertEqual(layer.sees - used[folder], frozenset(), f"{folder} does not include these")

    def test_libraries_are_seen_where_the_table_says(self) -> None:
        guarded = {header for layer in self.table for header in layer.headers}
        for file in source_files():
            layer = self.layer_of(file)
            for _, header in includes(file):
                for prefix in guarded - layer.headers:
                    self.assertFalse(header.startswith(prefix), f"{file.relative_to(REPOSITORY)} includes <{header}>")

    def test_each_row_has_sources(self) -> None:
        for folder in self.by_folder:
            self.assertTrue(any((SOURCES / folder).glob("*.h")), folder)


if __name__ == "__main__":
    unittest.main()
