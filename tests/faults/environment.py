"""Where things are, and the scripts' Python on the path. Imported first."""

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("VBS_PROGRAMS", REPOSITORY / "build" / "debug" / "bin"))

sys.path.insert(0, str(REPOSITORY / "scripts"))
