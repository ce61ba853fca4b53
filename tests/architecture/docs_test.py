"""docs/*.md and README.md: lines that fit, short sentences, links that lead somewhere, terms that are listed once."""

import re
import unittest
from collections.abc import Iterator
from pathlib import Path

from scripts.repository import REPOSITORY

MAX_COLUMNS = 120
MAX_WORDS = 30

_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^#+ +(.*)$")
_LIST_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.) +")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
_URL = re.compile(r"<?https?://\S+")
_CODE = re.compile(r"(`+)(.+?)\1")
_SENTENCE_END = re.compile(r"(?<=[.!?])[)\"'*_]*\s+")
_WORD = re.compile(r"\w")


def pages() -> list[Path]:
    return [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]


def prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are neither code nor a row of a table, with their numbers; an empty one where such lines were."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.match(line):
            fenced = not fenced
            yield number, ""
        elif fenced or line.lstrip().startswith("|"):
            yield number, ""
        else:
            yield number, line


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Each paragraph, item of a list and heading in one line, with the number of its first one."""
    first, joined = 0, ""
    for number, line in [*prose(text), (0, "")]:
        if joined and (not line.strip() or _LIST_ITEM.match(line) or _HEADING.match(line)):
            yield first, joined
            joined = ""
        heading = _HEADING.match(line)
        if heading:
            yield number, heading[1]
        elif line.strip():
            first = first if joined else number
            joined = (joined + " " + _LIST_ITEM.sub("", line).strip()).strip()


def sentences(paragraph: str) -> list[str]:
    plain = _CODE.sub("code", _LINK.sub(r"\1", paragraph))
    return [sentence for sentence in _SENTENCE_END.split(plain) if sentence]


def words(sentence: str) -> int:
    return sum(1 for word in sentence.split() if _WORD.search(word))


def anchors(page: Path) -> set[str]:
    """What links may point at in a page: its headings, as GitHub makes anchors of them."""
    found = set()
    for _, line in prose(page.read_text(encoding="utf-8")):
        heading = _HEADING.match(line)
        if heading:
            plain = _LINK.sub(r"\1", heading[1]).replace("`", "").strip().lower()
            found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def terms(glossary: str) -> list[str]:
    tables = re.findall(r"^\| term \| meaning \|\n\|---\|---\|\n((?:\|.*\n)+)", glossary, re.MULTILINE)
    first_cells = [row.split("|")[1] for table in tables for row in table.splitlines()]
    return [term.strip() for cell in first_cells for term in cell.split(",")]


class Docs(unittest.TestCase):
    def test_lines_fit(self) -> None:
        for page in pages():
            for number, line in prose(page.read_text(encoding="utf-8")):
                shown = _URL.sub("", _LINK.sub(r"[\1]", line))
                with self.subTest(page=page.name, line=number):
                    self.assertLessEqual(len(shown), MAX_COLUMNS)

    def test_sentences_are_short(self) -> None:
        for page in pages():
            for number, paragraph in paragraphs(page.read_text(encoding="utf-8")):
                for sentence in sentences(paragraph):
                    with self.subTest(page=page.name, line=number):
                        self.assertLessEqual(words(sentence), MAX_WORDS, sentence)

    def test_links_lead_somewhere(self) -> None:
        for page in pages():
            for _, target in _LINK.findall("\n".join(line for _, line in prose(page.read_text(encoding="utf-8")))):
                if target.startswith(("http://", "https://", "mailto:")):
                    continue
                path, _, anchor = target.partition("#")
                file = (page.parent / path).resolve() if path else page
                with self.subTest(page=page.name, target=target):
                    self.assertTrue(file.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(file))

    def test_each_term_is_listed_once(self) -> None:
        listed = terms((REPOSITORY / "docs" / "glossary.md").read_text(encoding="utf-8"))
        self.assertGreater(len(listed), 50)
        for term in listed:
            with self.subTest(term=term):
                self.assertEqual(listed.count(term), 1)


class Reading(unittest.TestCase):
    """What the tests above rest on."""

    def test_a_sentence_ends_where_it_ends(self) -> None:
        self.assertEqual(sentences("One (see 5.1.) Two? `a. b` three!"), ["One (see 5.1.", "Two?", "code three!"])

    def test_a_list_and_a_table_end_a_paragraph(self) -> None:
        text = "a\nb:\n\n- c\n  d\n- e\n| f |\n```\ng\n```\n# h\ni\n"
        self.assertEqual([paragraph for _, paragraph in paragraphs(text)], ["a b:", "c d", "e", "h", "i"])

    def test_code_and_links_count_by_what_is_read(self) -> None:
        self.assertEqual(words(sentences("See [the two rules](a.md#b) of `vbs admin`.")[0]), 6)

    def test_a_term_may_stand_beside_another(self) -> None:
        table = (
            "| term | meaning |\n|---|---|\n| export, unexport | to make |\n\n| meaning | C++ |\n|---|---|\n| a | b |\n"
        )
        self.assertEqual(terms(table), ["export", "unexport"])


if __name__ == "__main__":
    unittest.main()
