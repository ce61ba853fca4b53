"""Starts and stops a whole VBS on this machine, without root and without kernel modules: the three daemons, tgtd,
and two VM hosts, host1 and host2, with a small guest each, vm1 and vm2. Several can run side by side."""

import argparse
import shlex
import signal
import sys
from pathlib import Path
from typing import Callable

from ..ending import end_on, end_with
from ..repository import REPOSITORY
from .cluster import Cluster, ClusterError
from .guest_commands import GuestError
from .processes import ProcessError

GUEST_FAILED = 125

# Returns the exit code.
Verb = Callable[[Cluster, argparse.Namespace], int]


def up(cluster: Cluster, _options: argparse.Namespace) -> int:
    cluster.up()
    print(
        f"""VBS listens on {cluster.endpoint}
its state and logs are in {cluster.directory}

To use it:
  eval "$(scripts/cluster env --dir {shlex.quote(str(cluster.directory))})"
  vbs create-volume 1 "my first volume"
  vbs describe-volumes
  vbs attach-volume <volume id> host1 vm1 sdb
  scripts/cluster exec --dir {shlex.quote(str(cluster.directory))} vm1 -- ls -l /dev/disk/by-serial
  vbs detach-volume <volume id>
The command patterns are {cluster.pattern_file("volume-server")} (and host1, host2): an edit holds at once.
To stop it: scripts/cluster down --dir {shlex.quote(str(cluster.directory))}"""
    )
    return 0


def down(cluster: Cluster, _options: argparse.Namespace) -> int:
    cluster.down()
    return 0


def status(cluster: Cluster, _options: argparse.Namespace) -> int:
    processes = list(cluster.table)
    for process in processes:
        state = "running" if process.is_running() else "ended"
        print(f"{process.name:<28}{state:<10}{process.pid:<10}{process.log}")
    if processes and all(process.is_running() for process in processes):
        print(f"VBS listens on {cluster.endpoint}")
        return 0
    print("the cluster is down" if not cluster.table.running() else "a part of the cluster is down")
    return 1


def env(cluster: Cluster, _options: argparse.Namespace) -> int:
    print(f"export VBS_ENDPOINT={shlex.quote(cluster.endpoint)}")
    print(f"export PATH={shlex.quote(str(cluster.programs))}:$PATH")
    return 0


def restart(cluster: Cluster, options: argparse.Namespace) -> int:
    cluster.restart(options.name)
    return 0


def execute(cluster: Cluster, options: argparse.Namespace) -> int:
    arguments = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not arguments:
        raise ClusterError("exec wants a command, such as: scripts/cluster exec vm1 -- ls -l /dev/disk/by-serial")
    outcome = cluster.run_in_guest(options.guest, arguments, options.timeout)
    sys.stdout.buffer.write(outcome.stdout)
    sys.stdout.flush()
    sys.stderr.buffer.write(outcome.stderr)
    return outcome.exit_code


def parse_arguments() -> argparse.Namespace:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--dir", type=Path, default=REPOSITORY / "run", help="where its state is (default: run)")
    common.add_argument("--preset", default="release", help="whose programs: build/PRESET/bin (default: release)")
    common.add_argument("--programs", type=Path, help="the directory of the programs, instead of a preset's")

    parser = argparse.ArgumentParser(prog="scripts/cluster", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)

    def add(name: str, function: Verb, text: str) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, parents=[common], help=text, description=text)
        verb.set_defaults(function=function)
        return verb

    add("up", up, "start it and print the endpoint")
    add("down", down, "stop it; volumes, snapshots and metadata stay")
    add("status", status, "list its processes; exits 0 when all of them run")
    add("env", env, 'print what makes `vbs` use it: eval "$(scripts/cluster env)"')
    add("restart", restart, "end one process and start it again").add_argument("name", help="as in status")
    exec_verb = add("exec", execute, f"run a command in a guest; exits as it does, or with {GUEST_FAILED}")
    exec_verb.add_argument("--timeout", type=float, default=60, help="seconds (default: 60)")
    exec_verb.add_argument("guest", help="vm1 or vm2")
    exec_verb.add_argument("command", nargs=argparse.REMAINDER, help="words of a command, or one shell command line")
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    end_on(signal.SIGTERM)
    try:
        programs = options.programs or REPOSITORY / "build" / options.preset / "bin"
        return options.function(Cluster(options.dir, programs), options)
    except (ClusterError, ProcessError) as error:
        print(f"scripts/cluster: {error}", file=sys.stderr)
        return 1
    except GuestError as error:
        print(f"scripts/cluster: {error}", file=sys.stderr)
        return GUEST_FAILED
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    end_with(main)
