"""What an administrator can get wrong: the settings of the daemons and the pattern files of a cluster."""

from dataclasses import dataclass
from pathlib import Path
from typing import ContextManager, NamedTuple

from scripts.localcluster.client import Client
from tests.harness.cluster_under_test import ClusterUnderTest

SERVICE = "vbs-service"
DELEGATE = "vbs-vmm-delegate-host1"
OTHER_DELEGATE = "vbs-vmm-delegate-host2"


class Misconfiguration(NamedTuple):
    name: str
    stands: ContextManager[None]
    # Said in the logs or by `vbs admin reconcile` while it stands: it is in force.
    sign: str


@dataclass(frozen=True)
class Site:
    """What is there to be got wrong. host1's VM has both volumes."""

    cluster: ClusterUnderTest
    vbs: Client
    volume: str
    other_volume: str
    # Of a time when another VM had the volume.
    old_backup: str
    empty_directory: Path
