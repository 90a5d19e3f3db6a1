# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The emulated VMware host of a guest: builds the plugin, says how QEMU is to be started with it, and
talks to it.

What the host does is in Documentation/emulated-host.md; its source is in tests/emul/vmhost.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emul.vmhostctl import Control

from . import cc, qemu

_EMUL = Path(__file__).parents[1] / "emul"
_INTERFACES = Path(__file__).parents[2] / "drivers/include"
_SANITIZERS = ("-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined",
               "-fno-sanitize-recover=undefined")  # fmt: skip

UUID = uuid.UUID("564d4c61-6220-4775-6573-74000a0b0c0d")
PRODUCT = "VMware20,1"


def shared_object(sanitize: bool = False) -> Path:
    """QEMU's plugin, built on first use."""
    headers = [*_EMUL.rglob("*.h"), *_INTERFACES.glob("vmw/*.h")]
    options = (*cc.SHARED, "-D_GNU_SOURCE", f"-I{_INTERFACES}", *(_SANITIZERS if sanitize else ()))
    return cc.build("vmhost.so", sorted((_EMUL / "vmhost").glob("*.c")), options, sorted(headers),
                    libraries=("jansson", "m"))  # fmt: skip


def serial(uuid: uuid.UUID) -> str:
    """What the firmware of a VM with that UUID calls its serial number."""
    pairs = [f"{byte:02x}" for byte in uuid.bytes]
    return f"VMware-{' '.join(pairs[:8])}-{' '.join(pairs[8:])}"


@dataclass
class VmHost:
    """The host of one VM; a context manager. `options` are the plugin's, see options.c."""

    options: Mapping[str, str | int] = field(default_factory=dict)
    sanitize: bool = False

    def __enter__(self) -> VmHost:
        self._folder = tempfile.TemporaryDirectory(prefix="vmhost-")
        self.socket = Path(self._folder.name) / "control"
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def config(self) -> dict[str, Any]:
        """Arguments of VM() for a guest of this host."""
        binary = qemu.sanitizing() if self.sanitize else None
        return {"plugin": self.plugin(), "binary": binary, "extra": machine()}

    def plugin(self, **changes: str | int) -> str:
        """The same argument for a guest whose host has other options."""
        fixed = {"control": self.socket, "log": "/dev/stderr", "uuid": UUID}
        words = [f"{name}={value}" for name, value in {**fixed, **self.options, **changes}.items()]
        return ",".join([str(shared_object(self.sanitize)), *words])

    def control(self) -> Control:
        """A connection to it, once QEMU runs. It is the caller's to close."""
        return Control(str(self.socket))


def machine() -> list[str]:
    """For QEMU: the firmware's strings by which Linux knows the host, and none of QEMU's own backdoor."""
    system = {"manufacturer": "VMware, Inc.", "product": PRODUCT, "serial": serial(UUID), "uuid": str(UUID)}
    words = [f"{name}={value.replace(',', ',,')}" for name, value in system.items()]
    return ["-machine", "vmport=off", "-smbios", ",".join(["type=1", *words])]
