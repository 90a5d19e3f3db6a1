# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The indexes of depmod, read and extended: which files a module needs, and whose name wins.

Text in, text out. `layers` decides which modules a guest gets and where the files are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from . import LabError


def name_of(path: str) -> str:
    """The module in a file: kernel/net/8021q/8021q.ko.xz is 8021q; dashes count as underscores."""
    return PurePosixPath(path).name.split(".ko")[0].replace("-", "_")


@dataclass
class Module:
    """What modinfo says of a module that depmod has not seen."""

    path: str               # below lib/modules/<release>
    depends: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)


class Index:
    """modules.dep and modules.builtin of one kernel."""

    def __init__(self, dep: str, builtin: str = "") -> None:
        # A line names the file, then what it needs; what must be loaded first comes last.
        self._lines: dict[str, list[str]] = {}
        for line in dep.splitlines():
            path, _, needs = line.partition(":")
            self._lines[name_of(path)] = [path, *needs.split()]
        self._builtin = {name_of(path) for path in builtin.split()}

    def files(self, names: Iterable[str]) -> list[str]:
        """The files of the named modules and of all that they need; built-in ones have none."""
        return sorted({path for name in names for path in self._line(name)})

    def add(self, modules: Iterable[Module]) -> None:
        """Put modules before those of the same name; they may need each other, in any order."""
        waiting = {name_of(module.path): module for module in modules}

        def settle(name: str) -> None:
            if module := waiting.pop(name, None):
                for need in module.depends:
                    settle(name_of(need))
                lines = [path for need in module.depends for path in self._line(need)]
                # Of several mentions the last one counts: it is the earliest to load.
                self._lines[name] = [module.path, *reversed(dict.fromkeys(reversed(lines)))]

        for name in list(waiting):
            settle(name)

    def text(self) -> str:
        """The index as modules.dep."""
        return "".join(f"{path}: {' '.join(needs)}".rstrip() + "\n"
                       for path, *needs in self._lines.values())

    def _line(self, name: str) -> list[str]:
        name = name_of(name)
        if name in self._lines:
            return self._lines[name]
        if name in self._builtin:
            return []
        raise LabError(f"this kernel has no module {name}")


def alias_text(alias: str, modules: Iterable[Module]) -> str:
    """modules.alias with the modules' own patterns in place of those of the same name."""
    modules = list(modules)
    ours = {name_of(module.path) for module in modules}
    kept = [line for line in alias.splitlines() if line.split(" ")[-1] not in ours]
    added = [f"alias {pattern} {name_of(module.path)}"
             for module in modules for pattern in module.aliases]
    return "\n".join([*kept, *added, ""])


def parse_modinfo(output: bytes, folder: str) -> list[Module]:
    """The answer of `modinfo -0 FILE…`, as modules that will stand in `folder`."""
    modules: list[Module] = []
    for record in output.decode("utf-8", "replace").split("\0"):
        # The name of the file is written like a header, the rest like settings.
        if record.startswith("filename:"):
            modules.append(Module(f"{folder}/{PurePosixPath(record).name}"))
        key, _, value = record.partition("=")
        if key == "depends":
            modules[-1].depends += [name for name in value.split(",") if name]
        elif key == "alias":
            modules[-1].aliases.append(value)
    return modules
