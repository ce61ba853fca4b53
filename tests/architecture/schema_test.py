"""The picture of the tables in docs/metadata.md against the schema that schema_1.sql and the migrations make."""

import re
import sqlite3
import unittest
from dataclasses import dataclass

from scripts.repository import REPOSITORY

METADATA = REPOSITORY / "src" / "vbs_service" / "metadata"
_COLUMN = re.compile(r'^(TEXT|INTEGER) (\w+)(?: ([A-Z,]+))?(?: "([^"]*)")?$')
_REFERENCE = re.compile(r'^(\w+) (\S+) (\w+) : "(\w+)"$')


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    keys: frozenset[str]
    may_be_absent: bool


def schema() -> sqlite3.Connection:
    """An empty database of the newest version."""
    database = sqlite3.connect(":memory:")
    migrations = sorted(METADATA.glob("migration_*.sql"), key=lambda file: int(file.stem.split("_")[1]))
    for file in [METADATA / "schema_1.sql", *migrations]:
        database.executescript(file.read_text(encoding="utf-8"))
    return database


def picture() -> list[str]:
    text = (REPOSITORY / "docs" / "metadata.md").read_text(encoding="utf-8")
    block = text[text.index("erDiagram\n") :]
    return [line.strip() for line in block[: block.index("```")].splitlines()[1:] if line.strip()]


class Picture(unittest.TestCase):
    def setUp(self) -> None:
        self.database = schema()
        self.addCleanup(self.database.close)
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        self.tables = {name for (name,) in self.database.execute(query)}

    def shown(self) -> dict[str, list[Column]]:
        tables: dict[str, list[Column]] = {}
        table = ""
        for line in picture():
            if line.endswith(" {"):
                table = line.removesuffix(" {")
                tables[table] = []
            elif column := _COLUMN.match(line):
                kind, name, keys, remark = column.groups()
                tables[table].append(
                    Column(name, kind, frozenset((keys or "").split(",")) - {""}, "?" in (remark or ""))
                )
        return tables

    def made(self, table: str) -> list[Column]:
        unique: set[str] = set()
        for _, index, _, origin, _ in self.database.execute(f"PRAGMA index_list({table})"):
            if origin == "u":
                unique |= {name for _, _, name in self.database.execute(f"PRAGMA index_info({index})")}
        references = {row[3] for row in self.database.execute(f"PRAGMA foreign_key_list({table})")}
        columns = []
        for _, name, kind, not_null, _, primary in self.database.execute(f"PRAGMA table_info({table})"):
            keys = {"PK"} if primary else set()
            keys |= ({"FK"} if name in references else set()) | ({"UK"} if name in unique else set())
            columns.append(Column(name, kind, frozenset(keys), not not_null and not primary))
        return columns

    def test_shows_every_table_with_its_columns_and_keys(self) -> None:
        shown = self.shown()
        self.assertEqual(set(shown), self.tables)
        for table, columns in shown.items():
            self.assertEqual(columns, self.made(table), table)

    def test_shows_what_refers_to_what(self) -> None:
        made = set()
        for table in self.tables:
            for _, _, parent, column, *_ in self.database.execute(f"PRAGMA foreign_key_list({table})"):
                made.add((parent, table, column))
        shown = {(found[1], found[3], found[4]) for line in picture() if (found := _REFERENCE.match(line))}
        self.assertEqual(shown, made)


if __name__ == "__main__":
    unittest.main()
