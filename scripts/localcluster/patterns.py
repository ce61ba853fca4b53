"""Pattern files for a site: a profile of conf/profiles with other values for its constants."""

import re
from pathlib import Path


def write_pattern_file(profile: Path, target: Path, constants: dict[str, str]) -> None:
    """Copies `profile`, with the values of `constants` for its `param.` keys. All of them must be there."""
    text = profile.read_text(encoding="utf-8")
    for name, value in constants.items():
        text, found = re.subn(rf"(?m)^(param\.{name}\s*=).*$", lambda match, v=value: f"{match[1]} {v}", text)
        if found != 1:
            raise ValueError(f"{profile} has {found} lines for param.{name}, expected one")
    draft = target.with_suffix(".part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(target)
