# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Backdoor calls from inside a guest, register by register: the host's side of guest/calls.c.

Numbers are those of the device header, which the guest's program and the emulated host compile.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab.vm import VM

HEADER = Path(__file__).parents[3] / "drivers/include/vmw/backdoor_dev.h"

SIGILL, SIGBUS, SIGSEGV = 4, 7, 11

# Where the guest's program may put what it likes; below 4 GiB, for 32-bit code.
CODE = 0x2000_0000
DATA = 0x3000_0000
PAGE = 4096


@cache
def _constants() -> dict[str, int]:
    found = re.findall(r"^#define BACKDOOR_(\w+)\s+(0x[0-9a-f]+|\d+)u?\b", HEADER.read_text(), re.MULTILINE)
    return {name: int(value, 0) for name, value in found}


def const(name: str) -> int:
    """A number of the device header, without BACKDOOR_."""
    return _constants()[name]


@dataclass(frozen=True)
class Regs:
    """The registers after a call."""

    ax: int
    bx: int
    cx: int
    dx: int
    si: int
    di: int
    bp: int
    flags: int

    @property
    def status(self) -> int:
        """Of a message."""
        return self.cx >> 16 & 0xFFFF

    @property
    def hb_status(self) -> int:
        """Of a payload as a whole."""
        return self.bx >> 16 & 0xFFFF


@dataclass(frozen=True)
class Struck:
    """The call has cost a signal."""

    signal: int


def line(form: str = "in", narrow: bool = False, **regs: int) -> str:
    """One call, for script()."""
    return " ".join(["call", form, *(["32"] * narrow), *(f"{k}={v:#x}" for k, v in regs.items())])


def parse(answer: str) -> Regs | Struck:
    values = {k: int(v, 0) for k, v in (word.split("=") for word in answer.split())}
    return Struck(values["signal"]) if "signal" in values else Regs(**values)


class Calls:
    def __init__(self, vm: VM) -> None:
        self.vm = vm

    def script(self, *lines: str, timeout: float = 60) -> list[str]:
        """Has one process do all lines; an answer a line."""
        text = "\n".join(lines)
        answers = self.vm.run(f"calls <<'.'\n{text}\n.\n", timeout).splitlines()
        assert len(answers) == len(lines), answers
        return answers

    def do(self, *lines: str, timeout: float = 60) -> None:
        """The same, for lines that only are to succeed."""
        assert self.script(*lines, timeout=timeout) == ["done"] * len(lines)

    def last(self, *lines: str) -> Regs | Struck:
        """Does what leads to a call, and the call."""
        *before, answer = self.script(*lines)
        assert before == ["done"] * len(before)
        return parse(answer)

    def call(self, form: str = "in", narrow: bool = False, **regs: int) -> Regs | Struck:
        return self.last(line(form, narrow, **regs))

    def command(self, name: str, sub: int = 0, narrow: bool = False, **regs: int) -> Regs:
        """A command of the low-bandwidth port."""
        answer = self.call(narrow=narrow, **low(const(f"CMD_{name}"), sub, **regs))
        assert isinstance(answer, Regs), answer
        return answer

    def open(self, protocol: str = "RPCI", narrow: bool = False) -> Channel:
        bx = const(f"PROTO_{protocol}") | const("PROTO_COOKIES")
        opened = self.command("MESSAGE", const("MSG_OPEN"), narrow, bx=bx)
        assert opened.status & const("STATUS_SUCCESS"), opened
        return Channel(self, opened.dx & 0xFFFF0000, opened.si, opened.di, narrow)


def low(command: int, sub: int = 0, form: str = "in", **regs: int) -> dict[str, int]:
    """The registers of a low-bandwidth call."""
    port = const("PORT_LB") if form == "in" else const("HC_LB")
    return {"ax": const("MAGIC"), "cx": command | sub << 16, **regs, "dx": port | regs.get("dx", 0)}


@dataclass(frozen=True)
class Channel:
    """An open channel, and the calls that carry a message on it."""

    calls: Calls
    id: int     # where it stands in edx
    high: int   # the cookies
    low: int
    narrow: bool = False

    def request(self, name: str, form: str = "in", **regs: int) -> Regs:
        answer = self.calls.last(self.line(name, form, **regs))
        assert isinstance(answer, Regs), answer
        return answer

    def line(self, name: str, form: str = "in", **regs: int) -> str:
        cookies = {"si": self.high, "di": self.low, "dx": self.id}
        return line(form, self.narrow, **low(const("CMD_MESSAGE"), const(f"MSG_{name}"), form,
                                             **{**cookies, **regs}))  # fmt: skip

    def out(self, address: int, size: int, form: str = "outsb", **regs: int) -> str:
        """The payload at once, guest to host."""
        regs = {"ax": const("MAGIC"), "bx": 1 << 16, "cx": size, "dx": self.id | self._port(form, 2),
                "si": address, "di": self.low, "bp": self.high, **regs}  # fmt: skip
        return line(form, self.narrow, **regs)

    def into(self, address: int, size: int, form: str = "insb", **regs: int) -> str:
        """The payload at once, host to guest."""
        regs = {"ax": const("MAGIC"), "bx": 1 << 16, "cx": size, "dx": self.id | self._port(form, 0),
                "si": self.high, "di": address, "bp": self.low, **regs}  # fmt: skip
        return line(form, self.narrow, **regs)

    def _port(self, form: str, direction: int) -> int:
        return const("HC_HB") | direction if form.startswith("vm") else const("PORT_HB")

    def close(self) -> None:
        assert self.request("CLOSE").status & const("STATUS_SUCCESS")
