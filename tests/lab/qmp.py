# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The QEMU machine protocol, as bytes in and objects out.

`Qmp` frames requests, pairs replies with them and collects events; it never waits (vm.py does).
"""

from __future__ import annotations

import itertools
import json
from typing import Any


class QmpError(RuntimeError):
    """QEMU refused a command."""


class Qmp:
    def __init__(self) -> None:
        self.greeted = False
        self.events: list[dict[str, Any]] = []
        self.replies: dict[int, dict[str, Any]] = {}
        self._ids = itertools.count(1)
        self._rest = b""

    def request(self, command: str, args: dict[str, Any]) -> tuple[int, bytes]:
        request_id = next(self._ids)
        message: dict[str, Any] = {"execute": command, "id": request_id}
        if args:
            message["arguments"] = {k.replace("_", "-"): v for k, v in args.items()}
        return request_id, json.dumps(message).encode() + b"\n"

    def take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in filter(None, map(bytes.strip, lines)):
            message = json.loads(line)
            if "QMP" in message:
                self.greeted = True
            elif "event" in message:
                self.events.append(message)
            elif "id" in message:
                self.replies[message["id"]] = message

    def answer(self, request_id: int) -> Any:
        """What a command returned; raises QmpError if it was refused."""
        reply = self.replies.pop(request_id)
        if "error" in reply:
            raise QmpError(f"{reply['error']['class']}: {reply['error']['desc']}")
        return reply["return"]
