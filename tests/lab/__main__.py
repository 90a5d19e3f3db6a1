# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The lab's command line, which the Makefile speaks for people: `python3 -m lab COMMAND`."""

from __future__ import annotations

import argparse
import sys

from . import LabError, kernels


def main() -> int:
    parser = argparse.ArgumentParser(prog="lab", description="Guests to test drivers in")
    commands = parser.add_subparsers(dest="command", required=True)

    check = commands.add_parser("check", help="run tests; without options, what CI runs")
    check.add_argument("--suite", default="", help="a folder or file below selftests/, as vmxnet3 "
                       "or vmxnet3/link; or unit, lint, bench, lab-unit")  # fmt: skip
    check.add_argument("--kernel", default="", choices=["", *kernels.NAMES])
    check.add_argument("--test", default="", help="the name of a test, or a part of it")
    check.add_argument("--driver", default="", choices=["", "ours", "intree"])
    check.add_argument("--all", action="store_true", help="every suite on every kernel")

    shell = commands.add_parser("vm", help="a shell in a guest, everything loaded")
    shell.add_argument("--kernel", default=kernels.host_default(), choices=kernels.NAMES)
    shell.add_argument("--driver", default="ours", choices=["ours", "intree"])

    host = commands.add_parser("vmhost", help="a shell in a guest of the emulated VMware host")
    host.add_argument("--kernel", default=kernels.host_default(), choices=kernels.NAMES)
    host.add_argument("--tools", default="13", choices=["12", "13"], help="the first number of open-vm-tools' version")

    demo = commands.add_parser("demo", help="see our driver carry real traffic")
    demo.add_argument("--kernel", default=kernels.host_default(), choices=kernels.NAMES)
    demo.add_argument("--driver", default="ours", choices=["ours", "intree"])

    fetch = commands.add_parser("fetch", help="fetch or build parts of the lab ahead of their use")
    fetch.add_argument("names", nargs="*")
    commands.add_parser("cache", help="show what has been fetched and built")

    try:
        return _run(parser.parse_args())
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(args: argparse.Namespace) -> int:
    """Imports are local: `lab fetch` must work before pytest is there."""
    if args.command == "check":
        from . import jobs, runner

        return runner.check(
            jobs.Selection(args.suite, args.kernel, args.test, args.driver, args.all)
        )
    if args.command == "vm":
        from . import shell

        return shell.run(args.kernel, args.driver)
    if args.command == "vmhost":
        from . import shell

        return shell.run_vmhost(args.kernel, args.tools)
    if args.command == "demo":
        from . import demo

        return demo.run(args.kernel, args.driver)
    from . import fetch

    fetch.fetch_all(args.names) if args.command == "fetch" else fetch.show()
    return 0


if __name__ == "__main__":
    sys.exit(main())
