"""Settings of the daemons that are wrong: names and addresses of hosts, databases, and parts that are there twice."""

import contextlib
from typing import Iterator

from scripts.localcluster.ports import reserved_ports
from scripts.localcluster.processes import Process, ProcessTable
from tests.e2e.misconfiguration import DELEGATE, OTHER_DELEGATE, SERVICE, Misconfiguration, Site
from tests.harness.local_world import select
from tests.harness.waiting import PATIENCE, until

_STOP_SECONDS = 20


def wrong_settings(site: Site) -> list[Misconfiguration]:
    return [*_names_of_hosts(site), *_parts_of_the_service(site), *_delegates(site)]


def _of_the_service(site: Site, name: str, arguments: list[str], sign: str) -> Misconfiguration:
    return Misconfiguration(name, site.cluster.with_arguments(SERVICE, arguments), sign)


def _replaced(site: Site, values: dict[str, str]) -> list[str]:
    """The service's command line with other values."""
    return [values.get(argument, argument) for argument in site.cluster.arguments(SERVICE)]


def _options(site: Site, name: str) -> list[str]:
    """Their values on the service's command line."""
    argv = site.cluster.arguments(SERVICE)
    return [value for argument, value in zip(argv, argv[1:]) if argument == name]


def _addresses_of_hosts(site: Site) -> list[str]:
    return [value.partition("=")[2] for value in _options(site, "--vmm-delegate")]


def _names_of_hosts(site: Site) -> list[Misconfiguration]:
    program, *arguments = site.cluster.arguments(SERVICE)
    host1, host2 = _addresses_of_hosts(site)
    second_name = ["--vmm-delegate", f"host1.example.org={host1}"]
    return [
        _of_the_service(
            site,
            "the host has a second name, too",
            [program, *arguments, *second_name],
            "is the same host as host1",
        ),
        _of_the_service(
            site,
            "the host has a second name, in front of the first",
            [program, *second_name, *arguments],
            "is the same host as host1",
        ),
        _of_the_service(
            site,
            "the host has another name",
            _replaced(site, {f"host1={host1}": second_name[1]}),
            "VMM host host1 is not registered",
        ),
        _of_the_service(
            site,
            "the addresses of two hosts are exchanged",
            _replaced(site, {f"host1={host1}": f"host1={host2}", f"host2={host2}": f"host2={host1}"}),
            "host1 is the same host as host2(.|\n)*host2 is the same host as host1",
        ),
        _of_the_service(
            site,
            "two names lead to one host",
            _replaced(site, {f"host1={host1}": f"host1={host2}"}),
            "host1 is the same host as host2",
        ),
    ]


def _parts_of_the_service(site: Site) -> list[Misconfiguration]:
    [volume_delegate] = _options(site, "--volume-delegate")
    other_delegate = _addresses_of_hosts(site)[0].replace("/vmm-delegate", "/volume-delegate")
    database, new_database = str(site.cluster.database), str(site.cluster.directory / "new.sqlite")
    return [
        _of_the_service(
            site,
            "the URL of the Volume Delegate leads to another delegate",
            _replaced(site, {volume_delegate: other_delegate}),
            "the Volume Delegate cannot be trusted",
        ),
        _of_the_service(
            site,
            "the service has a new, empty database",
            _replaced(site, {database: new_database}),
            f"orphan-volume: .*{site.volume}",
        ),
        _of_the_service(
            site,
            "the service has a backup of a time when another VM had the volume",
            _replaced(site, {database: site.old_backup}),
            "two VMs would write to it",
        ),
        Misconfiguration(
            "a second service has a copy of the database",
            _second_service(site),
            "another VBS Service commands it too",
        ),
    ]


def _delegates(site: Site) -> list[Misconfiguration]:
    return [
        Misconfiguration(
            "a second delegate of the host has another name", _second_delegate(site), "shows the same device"
        ),
        Misconfiguration(
            "the delegate listens at another port", _moved_delegate(site), "is not the machine that it was"
        ),
        Misconfiguration(
            "another host's delegate has the identity of this one", _one_identity(site), "is the same host as host1"
        ),
    ]


@contextlib.contextmanager
def _second_process(site: Site, name: str, argv: list[str]) -> Iterator[Process]:
    """It listens for as long as the context lasts."""
    table = ProcessTable(site.cluster.directory / f"{name}.json")
    process = table.start(Process(name=name, argv=argv, log=str(site.cluster.log(name))))
    try:
        process.await_ready(lambda: "listening on" in process.log_text(), PATIENCE)
        yield process
    finally:
        table.stop([process], _STOP_SECONDS)


@contextlib.contextmanager
def _second_service(site: Site) -> Iterator[None]:
    copy = site.vbs.run("admin", "backup", "copy.sqlite")[0][1]
    argv = site.cluster.arguments(SERVICE)
    with reserved_ports(1) as [port]:
        argv[argv.index("--listen") + 1] = f"127.0.0.1:{port}"
        argv[argv.index("--database") + 1] = copy
        with _second_process(site, "second-vbs-service", argv) as second:
            until(lambda: "commands it too" in second.log_text(), "the second service to notice the first")
            yield
    # The delegates remember the other one for some minutes, of a service that was there at the time.
    site.cluster.restart(SERVICE)


@contextlib.contextmanager
def _second_delegate(site: Site) -> Iterator[None]:
    argv = site.cluster.arguments(DELEGATE)
    with reserved_ports(1) as [port]:
        argv[argv.index("--listen") + 1] = f"127.0.0.1:{port}"
        with _second_process(site, "second-delegate", argv):
            host = f"host1.example.org=http://127.0.0.1:{port}/vmm-delegate"
            arguments = [*site.cluster.arguments(SERVICE), "--vmm-delegate", host]
            with site.cluster.with_arguments(SERVICE, arguments):
                yield


@contextlib.contextmanager
def _moved_delegate(site: Site) -> Iterator[None]:
    argv = site.cluster.arguments(DELEGATE)
    old = argv[argv.index("--listen") + 1].partition(":")[2]
    with reserved_ports(1) as [new]:
        moved = [argument.replace(f":{old}", f":{new}") for argument in argv]
        settings = [argument.replace(f":{old}/", f":{new}/") for argument in site.cluster.arguments(SERVICE)]
        with site.cluster.with_arguments(DELEGATE, moved), site.cluster.with_arguments(SERVICE, settings):
            yield


@contextlib.contextmanager
def _one_identity(site: Site) -> Iterator[None]:
    [[identity]] = select(site.cluster, "SELECT delegate_id FROM vmm_hosts WHERE name = 'host1'")
    arguments = [*site.cluster.arguments(OTHER_DELEGATE), "--identity", identity]
    # The service met its hosts before: it meets them again when it is restarted.
    with site.cluster.with_arguments(OTHER_DELEGATE, arguments):
        site.cluster.restart(SERVICE)
        yield
