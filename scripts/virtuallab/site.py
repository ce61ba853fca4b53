"""What each node of a lab has beside the common system: our programs as they are installed, and what the administrators
of the site would write into /etc."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from ..localcluster.patterns import write_pattern_file
from ..repository import REPOSITORY
from . import machines
from .network import PREFIX
from .profiles import Profile

GUEST = REPOSITORY / "build" / "guest"  # what VMs boot
ENDPOINT = f"http://{PREFIX}.2:8090/vbs"

_HERE = Path(__file__).resolve().parent
_AIDS = _HERE / "aids"
_NODE_FILES = ("await", "daemon", "prepare", "revive-iscsid", "services", "start", "stop", "vbs")
_DISK_BYTES = 2 << 30
_VOLUME_DISK_BYTES = 24 << 30


class SiteError(Exception):
    """What a person has to mend. The message says how."""


@dataclass(frozen=True)
class Node:
    name: str
    address: str
    machine: str
    memory: int  # MiB
    services: tuple[str, ...]
    vm: str = ""  # what a VM host runs
    settings: dict[str, dict[str, str]] = field(default_factory=dict)  # of our daemons, by the settings file's name
    has_volume_disk: bool = False


def nodes_of(profile: Profile) -> list[Node]:
    """The topology of the paper's figure 4."""
    service, volume = f"{PREFIX}.2", f"{PREFIX}.3"
    hosts = {f"host{number}": f"{PREFIX}.{10 + number}" for number in (1, 2)}
    return [
        Node(
            name="service",
            address=service,
            machine="uml",
            memory=128,
            services=("vbs-service",),
            settings={
                "vbs-service": {
                    "listen": f"{service}:8090",
                    "volume-delegate": f"http://{volume}:8091/volume-delegate",
                    "vmm-delegate": "\nvmm-delegate = ".join(
                        f"{host}=http://{address}:8092/vmm-delegate" for host, address in hosts.items()
                    ),
                    # What takes a second elsewhere takes many in an emulated machine.
                    "call-timeout": "600",
                    "log-level": "debug",
                }
            },
        ),
        Node(
            name="volume",
            address=volume,
            machine="uml",
            memory=256,
            services=("udev", *profile.volumes, *profile.targets.services, "vbs-volume-delegate"),
            settings={
                "vbs-volume-delegate": {
                    "listen": f"{volume}:8091",
                    "vbs-service": f"http://{service}:8090",
                    "log-level": "debug",
                }
            },
            has_volume_disk=True,
        ),
        *(
            Node(
                name=host,
                address=address,
                machine=profile.hypervisor.machine,
                memory=profile.hypervisor.memory,
                services=("udev", "iscsi", *profile.hypervisor.services, "vbs-vmm-delegate"),
                vm=host.replace("host", "vm"),
                settings={"vbs-vmm-delegate": {"listen": f"{address}:8092", "log-level": "debug"}},
            )
            for host, address in hosts.items()
        ),
    ]


def require_programs(build: Path) -> None:
    """Raises where there are none."""
    if not (build / "cmake_install.cmake").exists():
        raise SiteError(f"nothing is built in {build}: scripts/build makes it")


def install_programs(build: Path, directory: Path) -> None:
    """What `cmake --install` gives to a distribution's packager."""
    require_programs(build)
    result = subprocess.run(
        ["cmake", "--install", build, "--prefix", "/usr", "--strip"],
        env=os.environ | {"DESTDIR": str(directory)},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise SiteError(f"cmake --install: {result.stderr.strip()}")


def make_disks(
    node: Node, nodes: list[Node], profile: Profile, programs: Path, key: str, directory: Path
) -> list[Path]:
    """The disks of a new node: its own, with its files, and what else it has. `key`: who may log in."""
    own, files = directory / f"{node.name}.disk", directory / f"{node.name}.files"
    root = files / "upper"
    (files / "work").mkdir(parents=True)
    shutil.copytree(programs, root, copy_function=os.link)
    _write_node_files(node, nodes, root, key)
    _write_settings(node, profile, root)
    for aid in profile.aids:
        _write(root / "usr/local/sbin" / aid, (_AIDS / aid).read_text(encoding="utf-8"), mode=0o755)
    if node.vm:
        _write_vm(node, profile, root)
    with open(own, "wb") as disk:
        disk.truncate(_DISK_BYTES)
    # Without a journal's worth of zeros, and without a mount, which would need root.
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", files, "-E", "root_owner=0:0", own], check=True)
    shutil.rmtree(files)

    disks = [own]
    if node.has_volume_disk:
        disks.append(directory / f"{node.name}.volumes")
        with open(disks[1], "wb") as disk:
            disk.truncate(_VOLUME_DISK_BYTES)
    return disks


def _write_node_files(node: Node, nodes: list[Node], root: Path, key: str) -> None:
    lab = root / "usr/local/lib/lab"
    lab.mkdir(parents=True)
    for name in _NODE_FILES:
        source = _HERE / "node" / name
        if source.is_dir():
            shutil.copytree(source, lab / name)
        else:
            shutil.copy(source, lab)
    _write(root / "usr/local/bin/in-vm", (_HERE / "node/in-vm").read_text(encoding="utf-8"), mode=0o755)
    _write(root / "etc/inittab", (_HERE / "node/inittab").read_text(encoding="utf-8"))
    facts = {
        "name": node.name,
        "address": node.address,
        "services": "\n".join(node.services),
        "volume-disk": machines.volume_disk(node.machine),
        "vm": node.vm,
    }
    for name, value in facts.items():
        _write(root / "etc/lab" / name, f"{value}\n")
    _write(root / "etc/hostname", f"{node.name}\n")
    _write(root / "etc/hosts", "127.0.0.1 localhost\n" + "".join(f"{n.address} {n.name}\n" for n in nodes))
    _write(root / "etc/iscsi/initiatorname.iscsi", f"InitiatorName=iqn.2009-09.org.vbs:{node.name}\n", mode=0o600)
    _write(root / "root/.ssh/authorized_keys", key, mode=0o600)
    (root / "root").chmod(0o700)
    (root / "root/.ssh").chmod(0o700)
    # A VM host leaves the volume groups that guests make on their disks alone; the volume server has one of its own.
    disk = machines.volume_disk(node.machine)
    accepted = f'"a|^{disk}$|", ' if node.has_volume_disk else ""
    _write(root / "etc/lvm/lvmlocal.conf", f'devices {{\n\tglobal_filter = [ {accepted}"r|.*|" ]\n}}\n')


def _write_settings(node: Node, profile: Profile, root: Path) -> None:
    """Copies the samples that are installed, and edits them."""
    samples = root / "usr/share/vbs/conf"
    for daemon, settings in node.settings.items():
        text = (samples / f"{daemon}.conf").read_text(encoding="utf-8")
        for name, value in settings.items():
            text = _set(text, name, value)
        _write(root / "etc/vbs" / f"{daemon}.conf", text)
        if daemon != "vbs-service":
            constants = {"volumeGroup": "vbs", "portal": f"{PREFIX}.3:3260"} | profile.constants
            write_pattern_file(samples / profile.patterns, root / "etc/vbs/commands.properties", constants)
        else:
            (root / "var/lib/vbs").mkdir(parents=True)


def _set(text: str, name: str, value: str) -> str:
    """A settings file with another value; the setting may be a comment in it."""
    text, found = re.subn(rf"(?m)^(?:# )?{name} = .*$", lambda _: f"{name} = {value}", text, count=1)
    if found != 1:
        raise ValueError(f"the settings file has no {name}")
    return text


def _write_vm(node: Node, profile: Profile, root: Path) -> None:
    share = root / "usr/local/share/lab"
    share.mkdir(parents=True)
    for name in ("vmlinuz", "initrd.gz"):
        shutil.copy(GUEST / name, share)
    name = "vm.cfg" if profile.hypervisor.machine == "xen" else "vm.xml"
    template = (_HERE / "node" / name).read_text(encoding="utf-8")
    _write(root / "etc/lab" / name, template.replace("@VM@", node.vm))


def _write(file: Path, text: str, mode: int = 0o644) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
