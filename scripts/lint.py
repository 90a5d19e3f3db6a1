#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""make lint: every static check, one line each; the exit status is that of all.

The kernel's own checkers (checkpatch, kernel-doc, coccinelle's rules) come from the source of the
newest kernel, sparse from its root in the lab's cache, the rest from the host. What a
check may say all the same is in lint-allow.txt, each entry with its reason; an entry that nothing
needs any more is a complaint itself. clang-format is not asked: it undoes aligned tables.

Usage: make lint, or scripts/lint.py CHECK… for some of the checks.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TREE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TREE / "tests"))

from lab import LabError, build, kernels, matrix, progress, roots, source  # noqa: E402

# What the kernel's checkers are written in.
TOOLS = roots.Recipe("lint", ("trixie",), (
    "bash", "coccinelle", "coreutils", "dash", "diffutils", "findutils", "grep", "libc-bin",
    "libpython3-dev", "perl", "python3", "sed"))
ALLOW = TREE / "scripts/lint-allow.txt"
SRC, LINUX, PLANTED = "/src", "/linux", "/planted"  # the tree, the kernel's source, _FAULTS

# Every checker is given a file with a fault, beside ours. One that keeps silent is not working.
_FAULTS = {
    "fault.c": ("// SPDX-License-Identifier: GPL-2.0-only\n"
                "/**\n * planted() - has no word on what it returns\n */\n"
                "int planted(void)\n{\n\tif( 1 )\n\t\treturn 1;;\n\treturn 0;\n}\n"),
    "fault.sh": "#!/bin/sh\necho $1\n",
    "fault.txt": "rec\x69eve\n",
    "fault.py": "import os\nx=1\n",
    "fault.8": ".Dd\n.Sh FAULT\n.Xx\n",
}


@dataclass
class Allowed:
    """An entry of lint-allow.txt."""

    check: str
    pattern: re.Pattern[str]
    line: int
    used: bool = False


# Kernel code

def w1() -> list[str]:
    """The newest kernel's warnings at W=1; `make matrix` has the other kernels."""
    return _build_complaints(kernels.NEWEST)


def sparse() -> list[str]:
    """Types that only sparse tells apart: byte order, address spaces, locks."""
    return _build_complaints(kernels.SPARSE, "C=2", "CF=-D__CHECK_ENDIAN__")


def _build_complaints(name: str, *extra: str) -> list[str]:
    kernel = kernels.get(name)
    found: list[str] = []
    for more in ((), ("VMGUEST_COMPAT_TEST=1",)):
        log = build.modules(kernel, extra_make=[*extra, *more]) / build.LOG
        text = log.read_text("utf-8", "replace")
        found += matrix.warnings(text)
        found += re.findall(r"^\S+:\d+:\d+: error: .*$", text, re.MULTILINE)    # sparse's
        if "C=2" in extra and "  CHECK " not in text:
            found.append(f"{log}: sparse was not run")
    return found


def checkpatch() -> list[str]:
    """The kernel's style, with --strict; CamelCase is for names of the kernel's headers."""
    return _in_root("fault.c", ["perl", f"{LINUX}/scripts/checkpatch.pl", "--strict",
                                f"--root={LINUX}", "--terse", "--show-types", "--no-summary",
                                "--max-line-length=100", "-f", *_inside()])


def kernel_doc() -> list[str]:
    """Comments that promise documentation and do not deliver it."""
    return _in_root("fault.c", [f"{LINUX}/scripts/kernel-doc", "-none", "-Wall",
                                *_inside()])


def coccicheck() -> list[str]:
    """All rules of the kernel's own scripts/coccinelle that can report.

    But for the one in OCaml (badzero: a pointer compared with 0), whose compiler is larger than all
    other tools together; sparse says the same.
    """
    rules = sorted((source.get() / "scripts/coccinelle").rglob("*.cocci"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [line for said in pool.map(_coccinelle_rule, rules) for line in said
                if not line.startswith("warning: line ")]   # spatch, on the rule itself


def _coccinelle_rule(rule: Path) -> list[str]:
    text = rule.read_text("utf-8")
    if not re.search(r"^virtual report", text, re.MULTILINE) or "script:ocaml" in text:
        return []
    options = re.search(r"^//+ Options: *(.*)$", text, re.MULTILINE)
    # One rule that all of the others resemble is shown the fault.
    fault = "fault.c" if rule.name == "semicolon.cocci" else None
    return _in_root(fault, ["spatch", "-D", "report", "--very-quiet", "--cocci-file",
                            f"{LINUX}/{rule.relative_to(source.get())}",
                            *(options.group(1).split() if options else ()),
                            *(name for name in _inside() if "/compat/missing/" not in name)])


def policy() -> list[str]:
    """Rules of this project that no tool knows."""
    found = [f"{name}:1: no SPDX-License-Identifier in the first two lines" for name in _files()
             if _wants_spdx(name) and not _has_spdx(name)]
    found += _grep(r"\b(LINUX_VERSION_CODE|KERNEL_VERSION|HAVE_[A-Z])", _sources("drivers"),
                   "kernels are told apart in drivers/compat alone", except_in="drivers/compat/")
    found += _grep(r"\b(BUG|BUG_ON)\(", _sources("drivers"), "nothing is worth a crash")
    return found + _versions() + _probes()


def _wants_spdx(name: str) -> bool:
    # One line, the text that explains the others, and files whose form has no room for it.
    unable = {"VERSION", "COPYING"} | {f"packaging/debian/{name}" for name in
                                       ("source/format", "changelog.in")}
    return name not in unable and not name.startswith("LICENSES/") and not _binary(name)


def _has_spdx(name: str) -> bool:
    head = (TREE / name).read_text("utf-8").splitlines()[:2]
    return any("SPDX-License-Identifier:" in line for line in head) or name.endswith(".json")


def _versions() -> list[str]:
    version = (TREE / "VERSION").read_text("utf-8").strip()
    dkms = (TREE / "dkms.conf").read_text("utf-8")
    makes = re.findall(r"^obj-m \+= drivers/(?!compat/)(\S+)/$",
                       (TREE / "Kbuild").read_text("utf-8"), re.MULTILINE)
    found = []
    if f'PACKAGE_VERSION="{version}"' not in dkms:
        found.append(f"dkms.conf: PACKAGE_VERSION is not VERSION's {version}")
    for index, name in enumerate(makes):
        if f'BUILT_MODULE_LOCATION[{index}]="drivers/{name}"' not in dkms:
            found.append(f"dkms.conf: module {index} is not drivers/{name}, as in Kbuild")
    if len(matrix.dkms_modules()) != len(makes):
        found.append(f"dkms.conf: {len(matrix.dkms_modules())} modules, but Kbuild has {makes}")
    return found


def _probes() -> list[str]:
    """A probe that nothing asks, and a HAVE_ that no probe answers."""
    folder = TREE / "drivers/compat"
    probes = {"HAVE_" + path.stem.upper(): path for path in (folder / "probes").glob("*.c")}
    headers = [*folder.glob("*.h"), *folder.glob("missing/**/*.h")]
    used = {word for path in headers
            for word in re.findall(r"\bHAVE_\w+", path.read_text("utf-8"))}
    found = [f"drivers/compat: {word} is used and never probed" for word in used - probes.keys()]
    for word in probes.keys() - used:
        text = probes[word].read_text("utf-8")
        if "// one of:" not in text and not probes[word].name.startswith("control_"):
            found.append(f"{probes[word].relative_to(TREE)}:1: nothing reads {word}")
    return found


# Everything else

def shell() -> list[str]:
    """shellcheck."""
    names = [name for name in _files() if re.match(rb"#!.*\b(ba|da|)sh\b", _first_line(name))]
    return _host("fault.sh", ["shellcheck", "-f", "gcc", *names])


def spelling() -> list[str]:
    """codespell, but for words that are right where they stand: a macro of mdoc, a key of a message."""
    names = [name for name in _files() if not name.startswith(("LICENSES/", ".clang-format"))
             and not _binary(name)]
    return _host("fault.txt", ["codespell", "-L", "nd,som,inout,inflight,parm,distroname,msdos", *names])


def python() -> list[str]:
    """pyflakes and pycodestyle; E203 quarrels with slices, W503 and W504 with each other."""
    names = [name for name in _files() if name.endswith(".py")
             or re.match(rb"#!.*python", _first_line(name))]
    ignore = "--ignore=E121,E123,E126,E203,E226,E24,E704,W503,W504"
    return (_host("fault.py", ["pyflakes3", *names])
            + _host("fault.py", ["pycodestyle", "--max-line-length=120", ignore, *names]))


def manual() -> list[str]:
    """mandoc's own lint."""
    pages = [name for name in _files() if re.search(r"/man/.*\.\d$", name)]
    said = _host("fault.8", ["mandoc", "-T", "lint", "-W", "style", *pages])
    # Which other pages the host has says nothing of ours.
    return [line for line in said
            if "outdated mandoc.db" not in line and "referenced manual not found" not in line]


CHECKS: tuple[Callable[[], list[str]], ...] = (
    w1, sparse, checkpatch, kernel_doc, coccicheck, policy, shell, spelling, python, manual)


def main(wanted: Sequence[str]) -> int:
    allowed = _read_allowed()
    checks = [check for check in CHECKS if not wanted or check.__name__ in wanted]
    if unknown := set(wanted) - {check.__name__ for check in CHECKS}:
        raise LabError(f"no check {', '.join(sorted(unknown))}: there are "
                       f"{', '.join(check.__name__ for check in CHECKS)}")
    failed = []
    for check in checks:
        name = check.__name__
        try:
            with progress.step(f"lint: {name}"):
                said = check()
        except LabError as error:
            said = str(error).splitlines()
        left = [line for line in said if not _is_allowed(name, line, allowed)]
        left += [f"scripts/lint-allow.txt:{entry.line}: nothing needs this any more"
                 for entry in allowed if entry.check == name and not entry.used]
        verdict = f"{len(left)} complaints" if left else "ok"
        if spared := len(said) - len([line for line in left if line in said]):
            verdict += f", {spared} allowed"
        print("\n".join([*left, f"{name:12} {verdict}"]), flush=True)
        if left:
            failed.append(name)
    print(f"lint: {'FAILED: ' + ', '.join(failed) if failed else 'clean'}")
    return 1 if failed else 0


def _read_allowed() -> list[Allowed]:
    """Lines «check  regular expression  # reason»; a reason is not optional."""
    found = []
    for number, line in enumerate(ALLOW.read_text("utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        entry = re.fullmatch(r"(\w+)\s+(.*\S)\s+# \S.*", line)
        if not entry or entry.group(1) not in {check.__name__ for check in CHECKS}:
            raise LabError(f"lint-allow.txt:{number}: an entry is «check  pattern  # reason»")
        found.append(Allowed(entry.group(1), re.compile(entry.group(2)), number))
    return found


def _is_allowed(check: str, line: str, allowed: Iterable[Allowed]) -> bool:
    matching = [entry for entry in allowed if entry.check == check and entry.pattern.search(line)]
    for entry in matching:
        entry.used = True
    return bool(matching)


# Files and programs

def _files() -> list[str]:
    """What is in the tree, or would be after `git add`."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=TREE,
                          check=True, capture_output=True, text=True)
    return [name for name in done.stdout.split("\0") if name and (TREE / name).is_file()]


def _sources(folder: str) -> list[str]:
    return [name for name in _files() if name.startswith(f"{folder}/")
            and name.endswith((".c", ".h"))]


def _inside() -> list[str]:
    """The kernel code, as it is called in a root."""
    return [f"{SRC}/{name}" for name in _sources("drivers")]


def _first_line(name: str) -> bytes:
    with open(TREE / name, "rb") as file:
        return file.readline()


def _binary(name: str) -> bool:
    """Inputs that a fuzzer has found are none of ours, whatever they look like."""
    return "/corpus/" in name or b"\0" in (TREE / name).read_bytes()[:4096]


def _grep(pattern: str, names: Iterable[str], why: str, except_in: str | None = None) -> list[str]:
    return [f"{name}:{number}: {why}: {line.strip()}"
            for name in names if not (except_in and name.startswith(except_in))
            for number, line in enumerate((TREE / name).read_text("utf-8").splitlines(), 1)
            if re.search(pattern, line)]


def _host(fault: str, argv: Sequence[str]) -> list[str]:
    """Run a checker of the host on the files that `argv` names, and on one with a fault."""
    with _planted() as folder:
        done = subprocess.run([*argv, f"{folder}/{fault}"], cwd=TREE, check=False,
                              capture_output=True, text=True)
        return _judge(argv[0], str(folder), done)


def _in_root(fault: str | None, argv: Sequence[str]) -> list[str]:
    """The same with one of the kernel's checkers, which finds all it needs in its root."""
    with _planted() as folder:
        done = roots.run_in_root(
            roots.get(TOOLS), [*argv, *([f"{PLANTED}/{fault}"] if fault else ())],
            binds={TREE: SRC, source.get(): LINUX, folder: PLANTED},
            capture_output=True, text=True)
        return _judge(argv[0], PLANTED if fault else None, done)


@contextmanager
def _planted() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        for file, text in _FAULTS.items():
            (Path(name) / file).write_text(text, "utf-8")
        yield Path(name)


def _judge(tool: str, planted: str | None,
           done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a checker said about our files, after it has shown that it finds faults at all."""
    said = [line.replace(f"{SRC}/", "") for line in (done.stdout + done.stderr).splitlines()
            if line.strip()]
    if planted is None:
        return said or ([f"{tool}: exit {done.returncode}"] if done.returncode else [])
    ours = [line for line in said if planted not in line]
    if len(ours) < len(said):
        return ours
    return [*ours, f"{tool}: exit {done.returncode}, and did not notice a planted fault"]


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    try:
        sys.exit(main(sys.argv[1:]))
    except LabError as error:
        sys.exit(f"vmguest: {error}")
