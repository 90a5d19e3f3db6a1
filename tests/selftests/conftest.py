# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Guests as pytest fixtures: one process runs the suites of one kernel with one driver.

A suite file asks for `vm` (or `pair`: two guests on one bridge) and gets a running guest, booted
once for the file and again after a failure. What the guest is made of and what is done after each
boot, a file or folder says by its own `vm_config` and `vm_setup` fixtures. After each test the
consoles must be free of kernel splats. On the debug kernel each file ends with a search for leaks.

With --share all files that are run have one guest: the next one finds it with the modules unloaded and
set up anew, and only the last one searches for leaks. What the host has for the guest then outlives a
file as well, if fixtures get it by `enter`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from lab import capture, kernels, layers, leaks, net, results
from lab.console import complaints
from lab.ktap import test_name
from lab.net import Bridge, Nic, Tap
from lab.vm import VM, Exit, slowness
from lab.vmhost import VmHost

LEAK_TEST = "test_nothing_is_leaked"

T = TypeVar("T")


@dataclass
class Machine:
    """A guest of the running file, and how much of its consoles has been looked at."""

    vm: VM
    config: dict[str, Any]
    setup: Callable[[VM], None]
    looked: int = 0
    spoilt: bool = False
    # Of modules that another file has loaded, which has left the guest running.
    inherited: tuple[str, ...] = ()

    def unseen(self) -> str:
        """What it has said since the last call, over all boots."""
        before, self.looked = self.looked, len(self.vm.all_consoles)
        return self.vm.all_consoles[before:]


@dataclass
class Session:
    """What the hooks need to know of the guests."""

    results: Path
    machines: list[Machine] = field(default_factory=list)
    kept: list[object] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)

    def save(self, name: str) -> Path:
        """Keeps what a failed test left behind."""
        folder = self.results / "failed" / "".join(c if c.isalnum() else "_" for c in name)
        folder.mkdir(parents=True, exist_ok=True)
        for machine in self.machines:
            for log in machine.vm.logs.glob(f"{machine.vm.name}.{machine.vm.boots}.*"):
                shutil.copy(log, folder)
        capture.save_all(folder)
        return folder


session_key = pytest.StashKey[Session]()


# Options and collection


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kernel", default=kernels.host_default(), choices=kernels.NAMES)
    parser.addoption("--driver", default="ours", choices=("ours", "intree"),
                     help="intree: the kernel's own modules, as an oracle for the lab")  # fmt: skip
    parser.addoption("--share", action="store_true", help="one guest for all files")
    parser.addoption("--sanitize", action="store_true",
                     help="the emulated host built with AddressSanitizer and UBSan")  # fmt: skip
    parser.addoption("--results", type=Path, help="a folder for logs and evidence")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.collectonly:
        return
    if not net.isolated():
        # The new process must not inherit stdout and stderr as pytest has redirected them.
        config.pluginmanager.getplugin("capturemanager").stop_global_capturing()
        net.isolate()
    config.stash[session_key] = Session(config.option.results or results.new_folder())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.collectonly:
        return
    left_out = {"needs_debug"} if config.option.kernel != kernels.DEBUG else set()
    left_out |= {"ours_only"} if config.option.driver != "ours" else set()
    unfit = [i for i in items if any(i.get_closest_marker(name) for name in left_out)]
    if config.option.share:
        unfit += [item for item in items if item.name == LEAK_TEST][:-1]
    config.hook.pytest_deselected(items=unfit)
    items[:] = [item for item in items if item not in unfit]


def pytest_unconfigure(config: pytest.Config) -> None:
    if session := config.stash.get(session_key, None):
        session.stack.close()


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Stretches the deadline; booting has one of its own, and is shared by many tests."""
    marker = item.get_closest_marker("timeout")
    seconds = float(marker.args[0] if marker else item.config.getini("timeout"))
    stretched = seconds * slowness(item.config.option.kernel)
    item.add_marker(pytest.mark.timeout(stretched, func_only=True), append=False)
    yield


@pytest.hookimpl(hookwrapper=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Iterator[None]:
    """On the debug kernel each file gets one more test, which comes last."""
    outcome = yield
    if parent.config.option.kernel == kernels.DEBUG:
        module = outcome.get_result()
        collect = module.collect

        def collect_and_one_more() -> list[pytest.Item | pytest.Collector]:
            found = list(collect())
            asked = {name for item in found for name in getattr(item, "fixturenames", ())}
            if asked & {"vm", "pair"}:
                look = _nothing_is_leaked if "vm" in asked else _nothing_is_leaked_by_either
                last = pytest.Function.from_parent(module, name=LEAK_TEST, callobj=look)
                last.add_marker("brief")  # whatever of the file is run
                found.append(last)
            return found

        module.collect = collect_and_one_more


def _nothing_is_leaked(vm: VM, vm_modules: list[str]) -> None:
    found = leaks.left_behind(vm, vm_modules)
    assert not found, "\n\n".join(found)


def _nothing_is_leaked_by_either(pair: tuple[VM, VM], vm_modules: list[str]) -> None:
    for vm in pair:
        _nothing_is_leaked(vm, vm_modules)


# Results


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    session = item.config.stash.get(session_key, None)
    if session is None:
        return
    if report.failed:
        running = [machine for machine in session.machines if machine.vm.running]
        if "Timeout >" in str(call.excinfo.value):
            for machine in running:
                machine.vm.dump_state()
                machine.vm.kill(Exit("timeout", f"{item.name} did not end in time"))
        for machine in session.machines:
            machine.spoilt = True
        folder = session.save(test_name(item.nodeid))
        for machine in session.machines:
            if machine.vm.boots:
                tail = machine.vm.tail(20)
                reason = machine.vm.exit_reason or "still running"
                report.sections.append((f"{machine.vm.name} ({reason}), console", tail))
        report.sections.append(("all logs", str(folder)))
    if call.when == "teardown":
        capture.forget_all()
        for machine in session.machines:
            if machine.spoilt:
                machine.vm.kill()
                machine.spoilt = False


@pytest.fixture(autouse=True)
def quiet_console(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test may make a kernel complain, unless it says so with the marker console_allow."""
    session = request.config.stash[session_key]
    for machine in session.machines:
        machine.unseen()
    yield
    allow = tuple(mark.args[0] for mark in request.node.iter_markers("console_allow"))
    found = [f"{machine.vm.name}: {splat}" for machine in session.machines
             for splat in complaints(machine.unseen(), allow)]  # fmt: skip
    if found:
        pytest.fail("the console shows a kernel splat:\n" + "\n\n".join(found), pytrace=False)


# What a guest is made of


@pytest.fixture(scope="session")
def kernel(request: pytest.FixtureRequest) -> kernels.Kernel:
    return kernels.get(request.config.option.kernel)


@pytest.fixture(scope="session")
def driver(request: pytest.FixtureRequest) -> str:
    """ours, or intree for the kernel's own modules of the same names."""
    return request.config.option.driver


@pytest.fixture(scope="session")
def guest_layers(kernel: kernels.Kernel, driver: str) -> list[Path]:
    """The base, the kernel's modules, and ours, which then win."""
    return layers.usual(kernel, driver)


@pytest.fixture(scope="module")
def vm_modules() -> list[str]:
    """The modules under test, in the order in which they can be unloaded."""
    return []


@pytest.fixture(scope="module")
def vm_setup(vm_modules: list[str]) -> Callable[[VM], None]:
    """What is done in the guest after each boot."""

    def load(vm: VM) -> None:
        for name in reversed(vm_modules):
            vm.run(f"modprobe {name}")

    return load


@pytest.fixture(scope="module")
def enter(request: pytest.FixtureRequest) -> Iterator[Callable[[AbstractContextManager[T]], T]]:
    """Enters a context for as long as the file's guest lasts; with --share, what equals one of another
    file is that.
    """
    session = request.config.stash[session_key]

    def enter_once(context: AbstractContextManager[T]) -> T:
        for known in session.kept:
            if known == context:
                return known
        session.kept.append(context)
        return session.stack.enter_context(context)

    if request.config.option.share:
        yield enter_once
    else:
        with ExitStack() as stack:
            yield stack.enter_context


@pytest.fixture(scope="module")
def tap(enter: Callable[[Tap], Tap]) -> Tap:
    """The host's end of the guest's network."""
    return enter(Tap("tap0", addresses=("192.0.2.1/24", "2001:db8::1/64")))


@pytest.fixture(scope="module")
def vmhost_options() -> dict[str, str | int]:
    """What the emulated host is to be; see Documentation/emulated-host.md."""
    return {}


@pytest.fixture(scope="module")
def vmhost(request: pytest.FixtureRequest, enter: Callable[[VmHost], VmHost],
           vmhost_options: dict[str, str | int]) -> VmHost:  # fmt: skip
    """The emulated VMware host of a guest whose vm_config has its `config()`."""
    return enter(VmHost(vmhost_options, request.config.option.sanitize))


@pytest.fixture(scope="module")
def vm_config(tap: Tap) -> dict[str, Any]:
    """Arguments of VM(); `layers`, if given, are added to the usual ones."""
    return {"nics": [Nic(tap)]}


@pytest.fixture(scope="module")
def pair_config() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The same for both guests of `pair`."""
    with Tap("pair0") as a, Tap("pair1") as b, Bridge("pairbr", (a, b)):
        nics = Nic(a, mac="52:54:00:00:0a:01"), Nic(b, mac="52:54:00:00:0b:01")
        yield {"nics": [nics[0]]}, {"nics": [nics[1]]}


def _machine(request: pytest.FixtureRequest, name: str,
             config: dict[str, Any]) -> Iterator[Machine]:  # fmt: skip
    session = request.config.stash[session_key]
    setup = request.getfixturevalue("vm_setup")
    if request.config.option.share and session.machines:
        (machine,) = session.machines
        assert machine.config == config, "this file wants a guest of its own"
        machine.setup = setup
        machine.inherited = tuple(request.getfixturevalue("vm_modules"))
        yield machine
        return
    options = dict(config)
    parts = [*request.getfixturevalue("guest_layers"), *options.pop("layers", [])]
    logs = session.results / "logs" / request.module.__name__.rsplit(".", 1)[-1]
    logs.mkdir(parents=True, exist_ok=True)
    vm = VM(request.getfixturevalue("kernel"), parts, name=name, logs=logs, **options)
    machine = Machine(vm, config, setup)
    session.machines.append(machine)
    if request.config.option.share:
        session.stack.callback(vm.kill)
        yield machine
        return
    yield machine
    session.machines.remove(machine)
    vm.kill()


@pytest.fixture(scope="module")
def vm_machine(request: pytest.FixtureRequest, vm_config: dict[str, Any]) -> Iterator[Machine]:
    yield from _machine(request, "vm", vm_config)


@pytest.fixture(scope="module")
def pair_machines(request: pytest.FixtureRequest,
                  pair_config: tuple[dict[str, Any], dict[str, Any]]
                  ) -> Iterator[tuple[Machine, Machine]]:  # fmt: skip
    first = _machine(request, "a", pair_config[0])
    second = _machine(request, "b", pair_config[1])
    yield next(first), next(second)
    next(second, None)
    next(first, None)


def _running(*machines: Machine) -> None:
    """Boots those that are not, side by side."""
    new = [machine for machine in machines if not machine.vm.running]
    for machine in new:
        machine.vm.start()
    for machine in new:
        machine.vm.await_boot()
    for machine in machines:
        if machine in new:
            machine.setup(machine.vm)
        elif machine.inherited:
            leaks.unload(machine.vm, machine.inherited)
            machine.setup(machine.vm)
        machine.inherited = ()


@pytest.fixture
def vm(quiet_console: None, vm_machine: Machine) -> VM:
    """A running guest."""
    _running(vm_machine)
    return vm_machine.vm


@pytest.fixture
def pair(quiet_console: None, pair_machines: tuple[Machine, Machine]) -> tuple[VM, VM]:
    """Two running guests on one bridge."""
    _running(*pair_machines)
    return pair_machines[0].vm, pair_machines[1].vm


@pytest.fixture
def reboot(vm: VM, vm_setup: Callable[[VM], None]) -> Iterator[Callable[..., None]]:
    """Boots the guest with other arguments of VM() than the file's, for this test alone."""
    before: dict[str, Any] = {}

    def boot(**changes: Any) -> None:
        vm.kill()
        for name, value in changes.items():
            before.setdefault(name, getattr(vm, name))
            setattr(vm, name, value)
        vm.boot()
        vm_setup(vm)

    yield boot
    vm.kill()
    for name, value in before.items():
        setattr(vm, name, value)


@pytest.fixture
def kexec_layer(kernel: kernels.Kernel, guest_layers: list[Path], tmp_path: Path) -> Path:
    """The kernel and its guest once more, as files in the guest."""
    initrd = tmp_path / "initrd"
    with initrd.open("wb") as out:
        for layer in guest_layers:
            out.write(layer.read_bytes())
    return layers.files({"boot/vmlinuz": kernel.vmlinuz, "boot/initrd": initrd})
