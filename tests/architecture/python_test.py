"""The Python of the repository against docs/architecture.md: who imports whom, and how long functions are."""

import ast
import unittest
from pathlib import Path
from typing import Iterator

from scripts.repository import REPOSITORY

# Packages and what each sees of ours beside itself; the first that a module's name begins with is its own.
SEES = {
    "scripts.localcluster": ("scripts.ending", "scripts.repository"),
    "scripts.virtuallab": ("scripts.localcluster", "scripts.ending", "scripts.repository"),
    "scripts": (),
    "tests.harness": ("scripts",),
    "tests.e2e": ("scripts", "tests.harness"),
    "tests.faults": ("scripts", "tests.harness"),
    "tests.lab": ("scripts", "tests.harness"),
    "tests.service": ("scripts", "tests.harness"),
    "tests.interop": ("tests.harness",),
    "tests.localcluster": ("scripts", "tests.harness"),
    "tests.architecture": ("scripts",),
}
MOST_LINES_OF_A_FUNCTION = 60


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Their names and what is in them."""
    for folder in ("scripts", "tests"):
        for file in sorted((REPOSITORY / folder).rglob("*.py")):
            yield name_of(file), ast.parse(file.read_text(encoding="utf-8"), str(file))


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(REPOSITORY).with_suffix("").parts)


def imports(name: str, module: ast.Module) -> Iterator[str]:
    """The modules that it imports, by their full names."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = name.split(".")[: -node.level] if node.level else []
            origin = ".".join([*parts, *([node.module] if node.module else [])])
            # What is imported may be a module itself.
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


class Python(unittest.TestCase):
    def test_packages_import_what_they_may_see(self) -> None:
        for name, module in modules():
            package = next((each for each in SEES if is_in(name, each)), "tests")
            for imported in imports(name, module):
                if is_in(imported, "scripts") or is_in(imported, "tests"):
                    seen = (package, *SEES.get(package, ()))
                    self.assertTrue(any(is_in(imported, each) for each in seen), f"{name} imports {imported}")

    def test_functions_are_short(self) -> None:
        for name, module in modules():
            for node in ast.walk(module):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    lines = (node.end_lineno or 0) - node.lineno + 1
                    self.assertLessEqual(lines, MOST_LINES_OF_A_FUNCTION, f"{name}: {node.name}")


if __name__ == "__main__":
    unittest.main()
