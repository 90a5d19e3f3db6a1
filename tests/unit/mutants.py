#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Break the pure logic in small ways and see that the unit tests notice.

Each operator and number in the code of a header is changed once, in a copy of
the sources; the tests are built and must fail. A mutant that survives is a
line that no test holds in place, unless EQUIVALENT says why it cannot matter.

    make -C tests/unit mutants              # the headers with logic
    tests/unit/mutants.py --every 10 drivers/include/vmw/vmxnet3_dev.h
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

UNIT = Path(__file__).resolve().parent
TREE = UNIT.parents[1]
HEADERS = [
    "drivers/include/vmw/vmxnet3_codec.h",
    "drivers/vmxnet3/vmxnet3_ring.h",
    "drivers/vmxnet3/vmxnet3_plan.h",
    "drivers/vmxnet3/vmxnet3_wol.h",
    "drivers/pvscsi/pvscsi_gate.h",
    "drivers/pvscsi/pvscsi_geometry.h",
    "drivers/pvscsi/pvscsi_result.h",
]
SECONDS = 60

RULES = [
    (r">=", ">"), (r"<=", "<"), (r"(?<![<-])<(?![<=])", "<="), (r"(?<![>-])>(?![>=])", ">="),
    (r"==", "!="), (r"!=", "=="), (r"&&", "||"), (r"\|\|", "&&"),
    (r" \+ ", " - "), (r" - ", " + "), (r" \* ", " / "), (r" / ", " * "), (r" % ", " / "),
    (r"\+\+", "--"), (r" \^= ", " |= "), (r" \*= ", " += "), (r" & ", " | "), (r" \| ", " & "),
    (r"<<", ">>"), (r">>", "<<"), (r"!(?![=])", ""),
    (r"\b(?<!\.)(\d+)u?\b(?!\.)", lambda m: str(int(m[1], 0) + 1)),
]  # fmt: skip

# (line, mutant): why no test can tell the difference
EQUIVALENT = {
    ("if (want > max)", "if (want >= max)"): "equal ones are set to the value that they have",
    ("if (size < VMXNET3_TXDATA_SLOT_DEFAULT ||", "if (size <= VMXNET3_TXDATA_SLOT_DEFAULT ||"):
        "the default is replaced by the default",
}


@dataclass
class Mutant:
    path: str
    line: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before.strip()}  =>  {self.after.strip()}"


def code_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that hold code, with their index: no comments, no guards, no includes."""
    comment = False
    for i, line in enumerate(text.splitlines()):
        if comment or line.lstrip().startswith("/*"):
            comment = "*/" not in line
            continue
        if line.startswith(("#ifndef", "#endif", "#include")) or line.endswith("_H"):
            continue
        yield i, line


def mutants(path: str) -> Iterator[Mutant]:
    for i, line in code_lines((TREE / path).read_text()):
        code, comment = (line.split("/*", 1) + [""])[:2]
        # names end in digits of their own; only a macro's value is a number of ours
        start = re.match(r"#define\s+\w+(\([^)]*\))?\s", code)
        head = code[: start.end()] if start else ""
        for pattern, replacement in RULES:
            for match in re.finditer(pattern, code[len(head) :]):
                at = len(head) + match.start()
                new = replacement(match) if callable(replacement) else replacement
                changed = code[:at] + new + code[len(head) + match.end() :]
                yield Mutant(path, i + 1, line, changed + ("/*" + comment if comment else ""))


def survives(mutant: Mutant, subject: Path, build: Path) -> bool:
    """Whether the tests pass although the subject is broken."""
    target = subject / mutant.path
    original = target.read_text()
    lines = original.splitlines(keepends=True)
    lines[mutant.line - 1] = mutant.after + "\n"
    target.write_text("".join(lines))
    try:
        make = ["make", "-s", "-C", str(UNIT), f"SUBJECT={subject}", f"B={build}", "-j2"]
        if subprocess.run([*make, f"{build}/plain/unit"], capture_output=True).returncode:
            return False
        try:
            run = subprocess.run([build / "plain/unit"], capture_output=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return run.returncode == 0
    finally:
        target.write_text(original)
        # make compares whole time stamps: the next build must see a newer file
        os.utime(target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="try only each n-th mutant")
    parser.add_argument("header", nargs="*", default=HEADERS)
    args = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="vmguest-mutants-") as scratch:
        subject, build = Path(scratch) / "tree", Path(scratch) / "build"
        for room in ("drivers", "Documentation"):
            shutil.copytree(TREE / room, subject / room)
        intact = Mutant(args.header[0], 1, "", (TREE / args.header[0]).read_text().split("\n")[0])
        if not survives(intact, subject, build):
            sys.exit("mutants: the tests fail without any change; make -C tests/unit check")
        tried, alive = 0, []
        for n, mutant in enumerate(m for header in args.header for m in mutants(header)):
            if n % args.every or (mutant.before.strip(), mutant.after.strip()) in EQUIVALENT:
                continue
            tried += 1
            if survives(mutant, subject, build):
                alive.append(mutant)
                print(f"survived: {mutant}", flush=True)
    print(f"{tried} mutants, {tried - len(alive)} noticed, {len(alive)} survived")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
