"""Where things are in the repository, for whatever is run from it."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
