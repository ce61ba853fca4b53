"""Pattern files that are wrong: cut, misspelt, and with commands that show or do something else."""

import contextlib
import re
from typing import Iterator

from scripts.localcluster.client import ClientError
from scripts.localcluster.patterns import replace
from tests.e2e.misconfiguration import DELEGATE, Misconfiguration, Site
from tests.harness.pattern_edits import edited, rewritten

_IN_FORCE = "read again, its patterns are in force"
_NO_DEVICES = "list.devices of the VMM Delegate of host1 cannot be trusted"
_NO_SESSIONS = "list.sessions of the VMM Delegate of host1 cannot be trusted"
_NO_VOLUME = "^(?<volumeId>vol-x)$"


def wrong_patterns(site: Site) -> list[Misconfiguration]:
    return [
        *_texts_of_the_host(site),
        *_devices_of_the_host(site),
        *_sessions_of_the_host(site),
        *_references_of_the_host(site),
        *_programs_of_the_host(site),
        *_of_the_volume_server(site),
    ]


def _on_host1(site: Site, name: str, values: dict[str, str], sign: str) -> Misconfiguration:
    return Misconfiguration(name, edited(site.cluster.pattern_file("host1"), values), sign)


def _on_volume_server(site: Site, name: str, values: dict[str, str], sign: str) -> Misconfiguration:
    return Misconfiguration(name, edited(site.cluster.pattern_file("volume-server"), values), sign)


def _without(text: str, key: str) -> str:
    """The pattern file without all keys that begin so."""
    return re.sub(rf"(?m)^{re.escape(key)}.*\n", "", text)


def _texts_of_the_host(site: Site) -> list[Misconfiguration]:
    file = site.cluster.pattern_file("host1")
    text = file.read_text(encoding="utf-8")

    def changed(name: str, other: str, sign: str) -> Misconfiguration:
        return Misconfiguration(name, rewritten(file, other), sign)

    return [
        changed(
            "the pattern file is cut in a line",
            text[: text.index("<vmDev>", text.index("vm.attach ="))],
            "the last line has no end",
        ),
        changed(
            "the pattern file is cut at a line's end",
            text[: text.index("vm.attach =")],
            "has lost what volumes in use depend on",
        ),
        changed("the pattern file is empty", "\n", "is empty"),
        changed(
            "a pattern has typographic quotes",
            replace(text, "list.devices", "vbs-qmp list --directory \u201c<vmDirectory>\u201d"),
            "a typographic quotation mark",
        ),
        changed(
            "vm.detach is removed",
            _without(text, "vm.detach") + "removed = vm.detach\n",
            "vm.detach: is missing",
        ),
        changed(
            "vm.attach and vm.detach are removed",
            _without(text, "vm.") + "removed = vm.attach vm.detach\n",
            _IN_FORCE,
        ),
        changed(
            "list.devices is misspelt",
            re.sub(r"(?m)^list\.devices =", "list.device =", text),
            "list.device: unknown key",
        ),
    ]


def _devices_of_the_host(site: Site) -> list[Misconfiguration]:
    missing = f"missing-device: volume {site.volume}"
    here = {"param.vmDirectory": str(site.cluster.vm_directory("host1"))}
    elsewhere = {"param.vmDirectory": str(site.empty_directory)}
    return [
        _on_host1(site, "list.devices prints nothing", {"list.devices": "true"}, missing),
        _on_host1(
            site,
            "list.devices prints another format",
            {"list.devices": r"""printf '{"vm": "vm1"}\n'"""},
            _NO_DEVICES,
        ),
        _on_host1(site, "list.devices fails", {"list.devices": "false"}, _NO_DEVICES),
        _on_host1(site, "list.devices.output matches nothing", {"list.devices.output": _NO_VOLUME}, _NO_DEVICES),
        _on_host1(site, "the VMs are looked for in another directory", elsewhere, missing),
        Misconfiguration(
            "another host's delegate looks at the VMs of this one",
            edited(site.cluster.pattern_file("host2"), here),
            "shows the same device",
        ),
    ]


def _sessions_of_the_host(site: Site) -> list[Misconfiguration]:
    logins = f"{site.cluster.programs}/vbs-qmp list --directory <vmDirectory>"
    return [
        _on_host1(site, "list.sessions.output matches nothing", {"list.sessions.output": _NO_VOLUME}, _NO_SESSIONS),
        _on_host1(
            site,
            "list.sessions is cut in a line",
            {"list.sessions": f'sh -c "{logins} | head -c 100"'},
            _NO_SESSIONS,
        ),
        _on_host1(
            site,
            "list.sessions leaves out the volume",
            {"list.sessions": f'sh -c "{logins} | grep -v {site.volume}"'},
            f"missing-device: volume {site.volume}",
        ),
        _on_host1(
            site,
            "list.sessions.output takes each session for a broken one",
            {"list.sessions.output": r"\tiscsi://[^/\s]+/(?<targetName>[^/\s]+)/(?<defect>\d+)$"},
            f"stuck-session: .* to volume {site.volume}",
        ),
    ]


def _references_of_the_host(site: Site) -> list[Misconfiguration]:
    return [
        _on_host1(
            site,
            "host.device is another path",
            {"host.device": "/dev/disk/by-id/<targetName>"},
            _IN_FORCE,
        ),
        _on_host1(
            site,
            "host.device is another reference",
            {"host.device": "iscsi://<portal>/<targetName>/2"},
            _IN_FORCE,
        ),
        _on_host1(site, "the host's portal is another one", {"param.portal": "127.0.0.2:3260"}, _IN_FORCE),
    ]


def _programs_of_the_host(site: Site) -> list[Misconfiguration]:
    without_programs = site.cluster.arguments(DELEGATE)
    without_programs[without_programs.index("--command-path") + 1] = str(site.empty_directory)
    return [
        Misconfiguration("vm.detach does nothing, and a user detaches another volume", _idle_detach(site), _IN_FORCE),
        Misconfiguration(
            "the delegate does not find the programs of its patterns",
            site.cluster.with_arguments(DELEGATE, without_programs),
            _NO_DEVICES,
        ),
    ]


@contextlib.contextmanager
def _idle_detach(site: Site) -> Iterator[None]:
    with edited(site.cluster.pattern_file("host1"), {"vm.detach": "true"}):
        try:
            site.vbs.detach_volume(site.other_volume)
        except ClientError as refusal:
            assert "CommandFailed" in refusal.stderr and "stays connected" in refusal.stderr, refusal.stderr
        else:
            raise AssertionError(f"{site.other_volume} was detached by a command that does nothing")
        yield
    site.vbs.detach_volume(site.other_volume)
    site.vbs.attach_volume(site.other_volume, "host1", "vm1", "sdc")


def _of_the_volume_server(site: Site) -> list[Misconfiguration]:
    missing = f"missing-volume: .*{site.volume}"
    return [
        _on_volume_server(
            site,
            "list.targets prints nothing",
            {"list.targets": "true"},
            f"missing-target: volume {site.volume}",
        ),
        _on_volume_server(
            site,
            "list.targets asks another target daemon",
            {"param.tgtSocket": str(site.empty_directory / "tgtd")},
            "list.targets of the Volume Delegate cannot be trusted",
        ),
        _on_volume_server(
            site,
            "list.targets.output does not find what a target serves",
            {"list.targets.output": r"\ATarget (?<targetId>\d+): (?<targetName>\S+)$(?<volumeId>vol-x)?"},
            f"broken-target: volume {site.volume}",
        ),
        _on_volume_server(
            site,
            "the volumes are looked for in another directory",
            {"param.volumeDirectory": str(site.empty_directory)},
            missing,
        ),
        _on_volume_server(site, "list.volumes prints nothing", {"list.volumes": "true"}, missing),
        _on_volume_server(
            site,
            "list.volumes prints another format",
            {"list.volumes": "find <volumeDirectory>/ -name vol-*.img"},
            "list.volumes of the Volume Delegate cannot be trusted",
        ),
    ]
