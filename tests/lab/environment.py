"""What the tests of the lab have in common: which profile, whose programs, and where."""

import os
import signal
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("VBS_BUILD", REPOSITORY / "build" / "debug"))
# A lab that is up already and shall stay so; else the tests start one of PROFILE.
RUNNING_LAB = os.environ.get("VBS_LAB_DIR")
PROFILE = os.environ.get("VBS_LAB_PROFILE", "lvm-lio-libvirt")

# unittest ends at this exception, and goes on after others.
signal.signal(signal.SIGTERM, signal.default_int_handler)

sys.path.insert(0, str(REPOSITORY / "scripts"))
