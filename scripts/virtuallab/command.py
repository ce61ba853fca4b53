"""The paper's real stack on this machine: a VBS Service, a volume server with LVM and iSCSI targets, and two VM hosts
with open-iscsi and a VM each, as virtual machines in a network of their own. Several can run side by side."""

import argparse
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Callable, Sequence

from ..ending import end_on, end_with
from ..localcluster.processes import ProcessError
from ..repository import REPOSITORY
from .lab import Lab, LabError, build_image
from .network import NetworkError
from .profiles import PROFILES, Profile, profile_named
from .site import ENDPOINT, SiteError, require_programs

# They return the exit code.
Verb = Callable[[argparse.Namespace], int]
VerbOfALab = Callable[[Lab, argparse.Namespace], int]


def build_system(_options: argparse.Namespace) -> int:
    build_image()
    return 0


def up(lab: Lab, options: argparse.Namespace) -> int:
    profile = options.profile
    lab.up(profile, REPOSITORY / "build" / options.preset)
    where = f" --dir {shlex.quote(str(lab.directory))}"
    print(
        f"""The lab is up: {profile.name}; the consoles of its nodes are in {lab.directory / "logs"}

To use it:
  scripts/lab shell{where}        # in its network, with vbs on the PATH
  vbs create-volume 1 "my first volume"
  vbs attach-volume <volume id> host1 vm1 {profile.hypervisor.devices[0]}
  scripts/lab exec{where} vm1 'cat /proc/partitions'
  scripts/lab exec{where} volume 'lvs; tail /var/log/vbs-volume-delegate.log'
  vbs detach-volume <volume id>
The command patterns are /etc/vbs/commands.properties on volume, host1 and host2: an edit holds at once.
To end it: scripts/lab down{where}"""
    )
    return 0


def down(lab: Lab, _options: argparse.Namespace) -> int:
    lab.down()
    return 0


def status(lab: Lab, _options: argparse.Namespace) -> int:
    if not lab.network.exists():
        print("the lab is down")
        return 1
    print(f"{lab.profile.name}, its network is {lab.network.name}")
    for process in lab.table:
        state = "running" if process.is_running() else "ended"
        node = lab.nodes[process.name]
        print(f"{node.name:<10}{state:<10}{process.pid:<10}{node.address:<12}{process.log}")
    return 0 if all(process.is_running() for process in lab.table) else 1


def execute(lab: Lab, options: argparse.Namespace) -> int:
    words = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not words:
        raise LabError("exec wants a command, such as: scripts/lab exec volume lvs")
    if options.node == "client":
        return subprocess.run(lab.network.inside(*words), env=_client_environment(lab), check=False).returncode
    # One word is a shell command line as it is, several are the words of one command.
    command = words[0] if len(words) == 1 else shlex.join(words)
    return subprocess.run(lab.command_line(options.node, command), check=False).returncode


def test(options: argparse.Namespace) -> int:
    build = REPOSITORY / "build" / options.preset
    require_programs(build)
    build_image()  # before several labs want it at the same time
    profiles = [profile.name for profile in options.profile or PROFILES.values()]
    argv = [
        sys.executable,
        "-P",
        "-B",
        "-m",
        "tests.lab.each_profile",
        "--jobs",
        str(options.jobs),
        str(build),
        *profiles,
    ]
    os.execv(sys.executable, argv)


def shell(lab: Lab, options: argparse.Namespace) -> int:
    if options.node == "client":
        argv = lab.network.inside(os.environ.get("SHELL", "/bin/sh"))
        return subprocess.run(argv, env=_client_environment(lab), check=False).returncode
    *launcher, destination, _ = lab.command_line(options.node, "")
    return subprocess.run([*launcher, "-t", destination], check=False).returncode


def boot(lab: Lab, options: argparse.Namespace) -> int:
    lab.boot(options.node)
    return 0


def cut_power(lab: Lab, options: argparse.Namespace) -> int:
    lab.cut_power(options.node)
    return 0


def halt(lab: Lab, options: argparse.Namespace) -> int:
    lab.halt(options.node)
    return 0


def _client_environment(lab: Lab) -> dict[str, str]:
    return os.environ | {"VBS_ENDPOINT": ENDPOINT, "PATH": f"{lab.programs}:{os.environ.get('PATH', '')}"}


def _profile(name: str) -> Profile:
    try:
        return profile_named(name)
    except KeyError as error:
        raise argparse.ArgumentTypeError(error.args[0]) from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return int(text)


def parse_arguments() -> argparse.Namespace:
    of_a_lab = argparse.ArgumentParser(add_help=False)
    of_a_lab.add_argument("--dir", type=Path, default=REPOSITORY / "run" / "lab", help="its state (default: run/lab)")

    parser = argparse.ArgumentParser(prog="scripts/lab", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)

    def add(
        name: str, function: Verb, text: str, as_root: str = "", parents: Sequence[argparse.ArgumentParser] = ()
    ) -> argparse.ArgumentParser:
        """`as_root`: what only root can do of it."""
        verb = verbs.add_parser(name, parents=parents, help=text, description=text)
        verb.set_defaults(function=function, as_root=as_root)
        return verb

    def add_of_a_lab(name: str, function: VerbOfALab, text: str, as_root: str = "") -> argparse.ArgumentParser:
        """`function` gets the lab that is meant, too."""
        return add(name, lambda options: function(Lab(options.dir), options), text, as_root, (of_a_lab,))

    enter = "it enters the lab's network"
    end = "it ends processes and a network of root's"

    add("build", build_system, "build the system of the nodes, where that is not done; up does it, too")
    up_verb = add_of_a_lab("up", up, "start a lab", "it makes a network namespace, with a bridge and tap interfaces")
    up_verb.add_argument("--preset", default="release", help="whose programs: build/PRESET (default: release)")
    up_verb.add_argument("profile", type=_profile, help=f"{', '.join(PROFILES)}, or short: xen, libvirt")
    test_verb = add("test", test, "run the tests of tests/lab on a lab of each profile", "it starts labs")
    test_verb.add_argument("--preset", default="release", help="whose programs: build/PRESET (default: release)")
    test_verb.add_argument(
        "--jobs", type=_count, default=os.cpu_count(), help="how many labs at a time (default: as many as processors)"
    )
    test_verb.add_argument("profile", type=_profile, nargs="*", help="as for up (default: all)")
    add_of_a_lab("down", down, "end it, whatever state it is in; its logs stay, its disks do not", end)
    add_of_a_lab("status", status, "list its nodes; exits 0 when all of them run")
    exec_verb = add_of_a_lab(
        "exec", execute, "run a command on a node, in a VM, or in the network alone (client)", enter
    )
    exec_verb.add_argument("node", help="service, volume, host1, host2, vm1, vm2 or client")
    exec_verb.add_argument("command", nargs=argparse.REMAINDER, help="words of a command, or one shell command line")
    shell_verb = add_of_a_lab("shell", shell, "a shell with vbs in the lab's network, or on a node", enter)
    shell_verb.add_argument("node", nargs="?", default="client", help="service, volume, host1 or host2")
    for name, function, text in (
        ("cut-power", cut_power, "end a node at once"),
        ("halt", halt, "end a node in good order"),
        ("boot", boot, "start a node that was ended"),
    ):
        add_of_a_lab(name, function, text, "nodes are processes of root's").add_argument("node")
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    if options.as_root and os.geteuid() != 0:
        print(f"scripts/lab: only root can: {options.as_root}", file=sys.stderr)
        return 1
    end_on(signal.SIGHUP, signal.SIGTERM)
    try:
        return options.function(options)
    except (LabError, NetworkError, ProcessError, SiteError) as error:
        print(f"scripts/lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    end_with(main)
