"""Pattern files: a site's own from a profile of conf/profiles."""

import re
from pathlib import Path


def text_of(file: Path) -> str:
    """The pattern file in one piece, with what it includes below. For files that give no key of what they include
    another value."""
    include = re.compile(r"(?m)^include = (.+)\n")
    text = file.read_text(encoding="utf-8")
    return "\n".join([include.sub("", text), *(text_of(file.parent / name) for name in include.findall(text))])


def write_pattern_file(profile: Path, target: Path, constants: dict[str, str]) -> None:
    """Writes `profile` in one piece, with the values of `constants` for its `param.` keys, which must all be there."""
    text = text_of(profile)
    for name, value in constants.items():
        text = replace(text, f"param.{name}", value)
    write_at_once(target, text)


def replace(text: str, key: str, value: str) -> str:
    """`text` with another value for `key`, which must be there once."""
    # A backslash at the end of a line continues it.
    pattern = re.compile(rf"(?m)^({re.escape(key)}\s*=)(?:.*\\\n)*.*$")
    text, found = pattern.subn(lambda match: f"{match[1]} {value}", text)
    if found != 1:
        raise ValueError(f"the pattern file has {found} times {key}, expected one")
    return text


def write_at_once(file: Path, text: str) -> None:
    """By renaming, as editors do: nobody reads half a file."""
    draft = file.with_suffix(".part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
