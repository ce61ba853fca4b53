"""What a lab can be made of: which stack is on the volume server and which on the VM hosts."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Hypervisor:
    machine: str  # what the VM host runs in: "uml" or "xen" (QEMU in software emulation, with Xen below Linux)
    memory: int  # of the VM host, MiB
    services: tuple[str, ...]  # of the VM host, see virtuallab/node/services
    devices: tuple[str, ...]  # free ones of a VM
    disk: str  # where a VM finds a volume: a path with {device} or {volume}
    attached: str  # a shell command: what the hypervisor has attached to {vm}, a device and its source per line


@dataclass(frozen=True)
class Targets:
    services: tuple[str, ...]  # of the volume server
    listed: str  # a shell command: the names of the targets, among other things


@dataclass(frozen=True)
class Profile:
    name: str
    patterns: str  # below conf/
    volumes: tuple[str, ...]  # services of the volume server
    targets: Targets
    hypervisor: Hypervisor
    constants: dict[str, str] = field(default_factory=dict)  # of the pattern file, beside those that all have
    aids: tuple[str, ...] = ()  # below virtuallab/aids: commands that the distribution does not have any more


_LIO = Targets(("dbus", "lio"), "find /sys/kernel/config/target -maxdepth 3")
_TGT = Targets(("tgt",), "tgtadm --lld iscsi --op show --mode target")
_IET = Targets(("tgt",), "cat /run/iet/volume")

_LIBVIRT = Hypervisor(
    machine="uml",
    memory=768,
    services=("dbus", "libvirt", "libvirt-vm"),
    devices=("vdb", "vdc", "vdd"),
    disk="/dev/disk/by-serial/{volume}",
    attached="virsh -q -c qemu:///system domblklist {vm}",
)
_XEN = Hypervisor(
    machine="xen",
    memory=1280,
    services=("xen", "xen-vm"),
    devices=("xvdb", "xvdc", "xvdd"),
    disk="/dev/{device}",
    # `xl block-list` does not tell what is behind a device; without any there is no such path.
    attached="xenstore-ls -f /local/domain/0/backend/vbd/$(xl domid {vm}) 2> /dev/null || true",
)

# The longest tests first: several profiles at a time then end at about the same time.
PROFILES = {
    profile.name: profile
    for profile in (
        Profile("lvm-lio-libvirt", "profiles/lvm-lio-libvirt.properties", ("lvm",), _LIO, _LIBVIRT),
        Profile("lvm-tgt-xl", "profiles/lvm-tgt-xl.properties", ("lvm",), _TGT, _XEN),
        # The paper's own commands; ietadm and xm are gone from today's distributions, and tgtadm and xl stand in.
        Profile(
            "default",
            "commands.properties",
            ("lvm",),
            _IET,
            _XEN,
            constants={"lun": "1", "ietVolumes": "/run/iet/volume"},
            aids=("ietadm", "xm"),
        ),
        Profile(
            "lvm-thin-tgt-libvirt", "profiles/lvm-thin-tgt-libvirt.properties", ("lvm", "lvm-thin"), _TGT, _LIBVIRT
        ),
    )
}

_SHORT_NAMES = {"xen": "lvm-tgt-xl", "libvirt": "lvm-thin-tgt-libvirt"}


def profile_named(name: str) -> Profile:
    """By its name, a short name, or a part of its name that no other has. Raises KeyError."""
    name = _SHORT_NAMES.get(name, name)
    if name not in PROFILES:
        names = [each for each in PROFILES if name in each]
        if len(names) != 1:
            short = " and ".join(f"{short} for {long}" for short, long in _SHORT_NAMES.items())
            raise KeyError(f"{name} is none of {', '.join(PROFILES)}; {short} will do")
        name = names[0]
    return PROFILES[name]
