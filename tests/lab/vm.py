# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A guest in QEMU: start it, run commands in it, ask its monitor, and learn why it ended.

`VM` ties together the process, the console (console.py), the agent inside (agent.py) and the
monitor (qmp.py). Every wait has a deadline, which is stretched for slow kernels, and ends at once
when the guest is gone. QEMU never outlives this process: the kernel kills it with its parent.
What network there is comes ready-made from net.py.
"""

from __future__ import annotations

import atexit
import base64
import mmap
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from . import LabError, qemu, vmlinux
from .agent import Agent, Job, Output
from .console import Console
from .line import Line, News, RoomyLine
from .qmp import Qmp

if TYPE_CHECKING:
    from .kernels import Kernel
    from .net import Nic

T = TypeVar("T")

# KASAN and lockdep under emulation: deadlines are written for a plain kernel on an idle machine.
SLOWNESS = {"debug": 4.0}
# While an x86 kernel identifies its first processor it forgets for a moment that its page tables
# have five levels; an interrupt then is a wild access to KASAN.
CPU = "max,la57=off"
CMDLINE = "console=ttyS0 panic=-1 no_console_suspend sysrq_always_enabled"
# A cache that is checked keeps no objects at hand for each CPU. Such a store does not forget whom it
# has handed out, and kmemleak would take what is left there for pointers. So it would what freed memory
# still says; and who looks for a driver's structures in the guest's memory shall find no dead ones.
DEBUG_CMDLINE = "oops=panic panic_on_warn=1 slab_debug=F init_on_free=1"

_alive: weakref.WeakSet[VM] = weakref.WeakSet()


class CommandFailed(LabError):
    def __init__(self, command: str, output: Output) -> None:
        super().__init__(f"guest command failed with status {output.rc}: {command}\n{output}")
        self.output = output


class Deadline(LabError):
    """Something did not happen in time; the guest may well be alive."""


class GuestDied(LabError):
    """The guest ended while something was expected of it."""


@dataclass(frozen=True)
class Exit:
    """Why a guest ended: `kind` is clean, reset, panic, timeout, killed or died (QEMU itself)."""

    kind: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else self.kind


class VM:
    """One guest. `boot()` may be called again after it has ended; the configuration stays."""

    def __init__(
        self,
        kernel: Kernel,
        layers: Iterable[Path],
        nics: Sequence[Nic] = (),
        *,
        mem: int = 768,
        smp: int = 2,
        append: str = "",
        extra: Sequence[str] = (),
        plugin: str | None = None,
        binary: Path | None = None,
        packed: bool = False,
        name: str = "vm",
        logs: Path | None = None,
    ) -> None:
        self.kernel = kernel
        self.layers = list(layers)
        self.nics = list(nics)
        self.mem = mem
        self.smp = smp
        self.append = append
        self.extra = list(extra)
        self.plugin = plugin
        self.binary = binary
        # As boot loaders start it, with all that they tell it of the firmware's memory.
        self.packed = packed
        self.name = name
        self.logs = logs or _scratch()
        self.boots = 0
        self._past = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._verdict: Exit | None = None

    # Life

    def boot(self, timeout: float = 120) -> VM:
        self.start()
        self.await_boot(timeout)
        return self

    def start(self) -> None:
        """Starts QEMU and returns at once; several guests may so boot side by side."""
        if self.running:
            raise LabError(f"{self.name} is running already")
        self._past = self.all_consoles
        self.boots += 1
        self._verdict = None
        self._starts = 0
        self._news = News()
        self._console = Console(self.log("console.log"))
        self._agent = Agent()
        self._qmp = Qmp()
        self._monitored = False
        self._transcript = self.log("agent.log").open("w")
        console = RoomyLine(self._news, f"{self.name}-console", self._console.take)
        self._lines = {
            "console": console,
            "agent": Line(self._news, f"{self.name}-agent", self._agent.take),
            "qmp": Line(self._news, f"{self.name}-qmp", self._qmp.take),
        }
        fds = [self._lines[name].qemus.fileno() for name in ("agent", "qmp")]
        fds += [fd for nic in self.nics for fd in nic.fds()]
        with self.log("qemu.log").open("wb") as log:
            # The kernel kills QEMU with us, however we end.
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self._command()],
                stdin=console.qemus, stdout=console.output, stderr=log, pass_fds=fds,
            )  # fmt: skip
        _alive.add(self)
        # Last in, first out: before its scratch folder goes.
        atexit.unregister(kill_all)
        atexit.register(kill_all)
        for line in self._lines.values():
            line.start()

    def await_boot(self, timeout: float = 120) -> None:
        """Waits until the guest that was started is up, or another one that it takes."""
        try:
            self.await_agent(timeout)
        except Deadline:
            if self._stays_in_its_start():
                self.start()
                self.await_agent(timeout)
            else:
                raise

    def await_agent(self, timeout: float = 120) -> None:
        """Waits until the guest is up, and QEMU's monitor ready."""
        try:
            self.await_monitor(timeout)
            self._await_start("the guest to boot", timeout)
        except Deadline:
            self.kill(Exit("timeout", f"not booted within {timeout * self.slowness:.0f} s"))
            raise

    def await_monitor(self, timeout: float = 30) -> None:
        """Waits until qmp() can be used: QEMU is ready, though the guest may have been told to wait."""
        if not self._monitored:
            self._await("the monitor", lambda: self._qmp.greeted, timeout)
            self.qmp("qmp_capabilities")
            self._monitored = True

    def powerdown(self, timeout: float = 60) -> Exit:
        """Lets the guest switch itself off, through every driver's shutdown."""
        self.spawn("poweroff -f")
        return self.await_exit(timeout)

    def await_exit(self, timeout: float = 60) -> Exit:
        """Waits until the guest has ended by itself."""
        if not self._news.wait(self._ended, timeout * self.slowness):
            self.kill(Exit("timeout", "the guest did not switch itself off"))
        reason = self.exit_reason
        assert reason
        return reason

    def kill(self, verdict: Exit | None = None) -> None:
        """Ends the guest here and now; `verdict` says why, for the record."""
        if self._process and self._verdict is None:
            if self._process.poll() is None and not self._ended():
                self._verdict = verdict or Exit("killed")
            self._process.kill()
            self._collect()

    def __enter__(self) -> VM:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def running(self) -> bool:
        return self._process is not None and self._verdict is None and not self._ended()

    @property
    def slowness(self) -> float:
        """What deadlines are to be multiplied by, here and now."""
        return slowness(self.kernel.name)

    @property
    def pid(self) -> int:
        """QEMU's."""
        assert self._process
        return self._process.pid

    @property
    def exit_reason(self) -> Exit | None:
        """None as long as the guest runs, or before its first boot."""
        if self._process and self._verdict is None and self._ended():
            self._collect()
        return self._verdict

    # Commands in the guest

    def run(self, command: str, timeout: float = 60, check: bool = True) -> Output:
        """Runs a shell command in the guest; `check` makes its failure ours."""
        return self.wait(self.spawn(command), timeout, check)

    def spawn(self, command: str) -> Job:
        """Starts a shell command in the guest, in a process group of its own."""
        job, request = self._agent.request(command)
        self._transcript.write(f"[{job.id}] $ {command}\n")
        self._lines["agent"].send(request)
        return job

    def wait(self, job: Job, timeout: float = 60, check: bool = True) -> Output:
        what = f"guest command: {job.command}"
        self._await(what, lambda: job.output is not None, timeout)
        output = job.output
        assert output is not None
        self._transcript.write(f"[{job.id}] = {output.rc}\n{output}")
        self._transcript.flush()
        if check and output.rc:
            raise CommandFailed(job.command, output)
        return output

    def stop(self, job: Job, signal: str = "TERM", timeout: float = 60) -> Output:
        """Signals a spawned command and all its children, and waits for its end."""
        pid = f"/run/agent/{job.id}.pid"
        # One that has only been forked has no group of its own, and no children, yet.
        self.run(f"[ ! -e {pid} ] || kill -{signal} -$(cat {pid}) || kill -{signal} $(cat {pid})",
                 timeout, check=False)  # fmt: skip
        return self.wait(job, timeout, check=False)

    def put(self, path: str, data: bytes, mode: str = "644") -> None:
        """Writes a file in the guest."""
        quoted = shlex.quote(path)
        self.run(f": >{quoted} && chmod {mode} {quoted}")
        for start in range(0, len(data), 48 * 1024):
            text = base64.encodebytes(data[start : start + 48 * 1024]).decode()
            self.run(f"base64 -d >>{quoted} <<'.'\n{text}.\n")

    def get(self, path: str) -> bytes:
        return base64.b64decode(self.run(f"base64 {shlex.quote(path)}"))

    # Console

    @property
    def console(self) -> str:
        """All that was said up to now: before a command's answer came, for one."""
        self._lines["console"].catch_up()
        return self._console.text

    @property
    def all_consoles(self) -> str:
        """The consoles of all boots, one after the other."""
        return self._past + (self.console if self.boots else "")

    def mark(self) -> int:
        """A place in the console's text, for `since` and `console[mark:]`."""
        return len(self.console)

    def wait_console(self, regex: str, timeout: float = 60, since: int = 0) -> re.Match[str]:
        pattern = re.compile(regex)
        return self._await(
            f"/{regex}/ on the console", lambda: pattern.search(self._console.text, since), timeout
        )

    def type(self, text: str) -> None:
        """Types on the console."""
        self._lines["console"].send(text.encode())

    def echo_console(self, to: BinaryIO | None) -> None:
        """Shows the console while it is written, for a person to look at."""
        self._console.echo = to

    def sysrq(self, key: str) -> None:
        """Magic SysRq by a break on the serial console: needs nothing alive but the kernel."""
        self.qmp("chardev-send-break", id="console")
        self.type(key)

    def dump_state(self, timeout: float = 20) -> None:
        """Makes a hung guest say on its console what it is doing; QEMU's view goes to a log."""
        registers = self.qmp("human-monitor-command", command_line="info registers -a")
        self.log("registers.log").write_text(registers)
        try:
            for key, last_words in (("l", "sysrq:"), ("w", "sysrq:"), ("t", "Showing busy workq")):
                mark = self.mark()
                self.sysrq(key)
                self.wait_console(last_words, timeout, mark)
        except LabError:
            pass  # a kernel that does not even answer this says so by its silence

    # Monitor

    def qmp(self, command: str, **args: Any) -> Any:
        """Runs a monitor command; underscores in argument names stand for hyphens."""
        request_id, request = self._qmp.request(command, args)
        self._lines["qmp"].send(request)
        self._await(f"monitor command {command}", lambda: request_id in self._qmp.replies, 30)
        return self._qmp.answer(request_id)

    def wait_event(self, name: str, timeout: float = 60) -> dict[str, Any]:
        """The oldest monitor event of that name that nobody has taken yet."""

        def look() -> dict[str, Any] | None:
            return next((e for e in self._qmp.events if e["event"] == name), None)

        event = self._await(f"monitor event {name}", look, timeout)
        self._qmp.events.remove(event)
        return event.get("data", {})

    @contextmanager
    def memory(self) -> Iterator[mmap.mmap]:
        """A copy of the guest's memory, by guest-physical address."""
        size = self.mem << 20
        with tempfile.NamedTemporaryFile(prefix="vmguest-") as file:
            self.qmp("pmemsave", val=0, size=size, filename=file.name)
            with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as memory:
                yield memory

    def reset(self, timeout: float = 120) -> None:
        """Presses the reset button and waits for the guest to be back."""
        self.qmp("set-action", reboot="reset")
        mark = self.mark()
        self.qmp("system_reset")
        try:
            self.await_restart(timeout)
        except Deadline:
            if self._stays_in_its_start(mark):
                self.qmp("system_reset")
                self.await_restart(timeout)
            else:
                raise
        self.qmp("set-action", reboot="shutdown")

    def await_restart(self, timeout: float = 120) -> None:
        """Waits for a guest that starts anew without this class having asked for it."""
        self._await_start("the guest to come back", timeout)

    # Inside

    def log(self, suffix: str) -> Path:
        """Where a log of the current boot is kept."""
        return self.logs / f"{self.name}.{self.boots}.{suffix}"

    def tail(self, lines: int = 30) -> str:
        return self._console.tail(lines)

    def _command(self) -> list[str]:
        append = [CMDLINE, DEBUG_CMDLINE if self.kernel.name == "debug" else "", self.append]
        command = [
            str(self.binary or qemu.binary()), "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", CPU,
            "-smp", str(self.smp), "-m", str(self.mem), "-nodefaults", "-no-reboot",
            "-display", "none", "-kernel", str(self._kernel()),
            "-initrd", str(self._initrd()), "-append", " ".join(filter(None, append)),
        ]  # fmt: skip
        command += ["-chardev", "stdio,id=console,signal=off"]
        for name in ("agent", "qmp"):
            command += ["-chardev", f"socket,id={name},fd={self._lines[name].qemus.fileno()}"]
        command += ["-serial", "chardev:console", "-serial", "chardev:agent"]
        command += ["-mon", "chardev=qmp,mode=control"]
        for index, nic in enumerate(self.nics):
            command += nic.args(index)
        if self.plugin:
            command += ["-plugin", self.plugin]
        return command + self.extra

    def _kernel(self) -> Path:
        return self.kernel.vmlinuz if self.packed else vmlinux.bootable(self.kernel.vmlinuz)

    def _initrd(self) -> Path:
        path = self.logs / f"{self.name}.initrd"
        with path.open("wb") as out:
            for layer in self.layers:
                with layer.open("rb") as part:
                    shutil.copyfileobj(part, out, 1 << 20)
        return path

    def _stays_in_its_start(self, since: int = 0) -> bool:
        """Linux 7 under emulation now and then does, for good: in that of its second CPU, or while both
        stand still to change their clock. Nothing of ours runs before init.
        """
        return "as init process" not in self.console[since:]

    def _await_start(self, what: str, timeout: float) -> None:
        self._await(what, lambda: self._agent.starts > self._starts, timeout)
        self._starts = self._agent.starts

    def _await(self, what: str, look: Callable[[], T | None], timeout: float) -> T:
        """The first true answer of `look`, or an exception that says why there is none."""
        seconds = timeout * self.slowness
        self._news.wait(lambda: look() or self._ended() or self._restarted(), seconds)
        with self._news:
            answer = look()
        if answer:
            return answer
        if reason := self.exit_reason:
            if answer := look():  # its last words, which its end has overtaken on another line
                return answer
            raise GuestDied(f"{reason}\nwhile waiting for {what}\n{self.tail()}")
        if self._restarted():
            raise GuestDied(f"reset: the guest started again\nwhile waiting for {what}")
        raise Deadline(f"{seconds:.0f} s were not enough for {what}")

    def _ended(self) -> bool:
        """QEMU closes its end of the console when it ends, and never before."""
        return self._lines["console"].closed

    def _restarted(self) -> bool:
        """The first start is none, though it may come before anybody waits for it."""
        return self._agent.starts > max(self._starts, 1)

    def _collect(self) -> None:
        """After the end: reaps QEMU, drains the lines, decides why."""
        assert self._process
        status = self._process.wait()
        for line in self._lines.values():
            line.close()
        self._console.close()
        self._transcript.close()
        (self.logs / f"{self.name}.initrd").unlink(missing_ok=True)
        _alive.discard(self)
        if self._verdict is None:
            self._verdict = self._judge(status)
        self.log("exit").write_text(f"{self._verdict}\n")

    def _judge(self, status: int) -> Exit:
        if panic := self._console.panic():
            return Exit("panic", panic)
        if status:
            stderr = self.log("qemu.log").read_text(errors="replace").splitlines()[-8:]
            return Exit("died", "\n".join([f"QEMU ended with status {status}", *stderr]))
        for event in self._qmp.events:
            if event["event"] == "SHUTDOWN" and event["data"]["reason"] == "guest-shutdown":
                return Exit("clean")
        return Exit("reset", "the guest reset itself without a panic")


def slowness(kernel: str) -> float:
    """By how much a kernel is slower than a plain one would be on a machine with nothing to do."""
    crowd = os.getloadavg()[0] / (os.cpu_count() or 1)
    return SLOWNESS.get(kernel, 1.0) * max(1.0, crowd)


def _scratch() -> Path:
    path = Path(tempfile.mkdtemp(prefix="vmguest-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def kill_all() -> None:
    for vm in list(_alive):
        vm.kill()
