"""What tgtd has, as tgtadm tells it."""

import re
from pathlib import Path

from .world import Target


def parse_targets(listing: str, volume_directory: Path, hosts: dict[str, str]) -> list[Target]:
    """`listing`: of `tgtadm --mode target --op show`. `volume_directory`: where files of volumes are. `hosts`: by the
    names of their initiators."""
    sections = [text for text in re.split(r"(?m)^(?=Target \d+: )", listing) if text.strip()]
    return [_parse_target(text, volume_directory, hosts) for text in sections]


def _parse_target(text: str, volume_directory: Path, hosts: dict[str, str]) -> Target:
    heading = re.match(r"Target (\d+): (\S+)", text)
    assert heading, text
    paths = [Path(path) for path in re.findall(r"Backing store path: (.+)", text) if path != "None"]
    admitted = text.partition("ACL information:")[2].split()
    logged_in = re.findall(r"(?m)^\s+Initiator: (\S+)", text)
    return Target(
        heading[2],
        int(heading[1]),
        tuple(path.stem if path.parent == volume_directory and path.suffix == ".img" else str(path) for path in paths),
        tuple(hosts.get(name, name) for name in admitted),
        tuple(hosts.get(name, name) for name in logged_in),
    )
