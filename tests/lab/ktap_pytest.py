# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Makes pytest speak KTAP (`--ktap`): one result a test, whatever its phases did.

Before each result come its diagnostics, before each test a line that says it has begun, so that
whoever reads along knows where a stuck run stands. The reader is runner.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from _pytest.config import create_terminal_writer

from . import ktap

BEGIN = "# begin "


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--ktap", action="store_true", help="print KTAP and nothing else")
    parser.addoption("--list-json", metavar="FILE", type=Path, help="with --collect-only: write "
                     "the tests with their markers and fixtures, one JSON object a line")  # fmt: skip
    parser.addoption("--test", metavar="NAME", help="run the test of that KTAP name, or all of "
                     "which it is a part")  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--ktap"):
        # Other plugins expect the terminal reporter to exist; nothing expects it to be heard.
        terminal = config.pluginmanager.getplugin("terminalreporter")
        terminal._tw = create_terminal_writer(config, open(os.devnull, "w"))
        config.pluginmanager.register(Reporter(), "ktap-reporter")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if wanted := config.getoption("--test"):
        names = {item: ktap.test_name(item.nodeid) for item in items}
        exact = [item for item in items if names[item] == wanted]
        keep = exact or [item for item in items if wanted in names[item]]
        config.hook.pytest_deselected(items=[item for item in items if item not in keep])
        items[:] = keep


def pytest_collection_finish(session: pytest.Session) -> None:
    if path := session.config.getoption("--list-json"):
        base = session.config.rootpath / "selftests"
        lines = [json.dumps({
            "file": str(item.path.relative_to(base)),
            "name": ktap.test_name(item.nodeid),
            "markers": sorted({mark.name for mark in item.iter_markers()}),
            "shares": next((mark.args[0] for mark in item.iter_markers("shares")), ""),
            "fixtures": getattr(item, "fixturenames", []),
        }) for item in session.items]  # fmt: skip
        path.write_text("\n".join(lines))


class Reporter:
    def __init__(self) -> None:
        self._number = 0
        self._phases: list[pytest.TestReport] = []
        self._broken: list[pytest.CollectReport] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._broken.append(report)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        print(f"{ktap.VERSION_LINE}\n1..{len(session.items) + len(self._broken)}", flush=True)
        for report in self._broken:
            self._print(ktap.test_name(report.nodeid), ktap.FAIL, "", report.longreprtext)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        print(f"{BEGIN}{ktap.test_name(nodeid)}", flush=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._phases.append(report)
        if report.when == "teardown":
            status, why = _verdict(self._phases)
            text = _story(self._phases) if status == ktap.FAIL else ""
            print(f"# took {sum(phase.duration for phase in self._phases):.1f} s")
            self._print(ktap.test_name(report.nodeid), status, why, text)
            self._phases.clear()

    def pytest_internalerror(self, excrepr: object) -> None:
        print(f"{ktap.comment(str(excrepr))}\nBail out! pytest itself failed", flush=True)

    def _print(self, name: str, status: str, why: str, text: str) -> None:
        self._number += 1
        if text:
            print(ktap.comment(text))
        print(ktap.line(self._number, name, status, why), flush=True)


def _verdict(phases: Sequence[pytest.TestReport]) -> tuple[str, str]:
    if any(phase.failed for phase in phases):
        return ktap.FAIL, ""
    for phase in phases:
        if phase.skipped:
            reason = phase.longrepr[2] if isinstance(phase.longrepr, tuple) else str(phase.longrepr)
            return ktap.SKIP, reason.removeprefix("Skipped: ").replace("\n", " ")
    return ktap.PASS, ""


def _story(phases: Sequence[pytest.TestReport]) -> str:
    parts = []
    for phase in phases:
        if phase.failed:
            parts.append(phase.longreprtext)
    for title, text in phases[-1].sections:
        parts.append(f"--- {title} ---\n{text}")
    return "\n".join(parts)
