# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The commands by which our programs are held to those of open-vm-tools. Who compares is
test_contract.py, without a machine, and selftests/vmguestd/test_compat.py in two guests.

They are run in this order: some leave something behind that the next ones show.
"""

from __future__ import annotations

from .guest import Done

BOX = "vmware-toolbox-cmd"
CD = "CD/DVD drive 1"
FAMILIES = ("config", "device", "disk", "globalconf", "gueststore", "info", "logging", "script", "stat", "timesync")
LEVELS = ("error", "critical", "warning", "info", "message", "debug")
OPERATIONS = ("power", "resume", "suspend", "shutdown")

Command = list[str]

# The same bytes and the same status.
EQUAL: list[Command] = [
    ["vmware-rpctool", "info-set guestinfo.a b c"],
    ["vmware-rpctool", "info-get guestinfo.a"],
    ["vmware-rpctool", "info-get guestinfo.a", "more"],
    ["vmware-rpctool", "info-get guestinfo.missing"],
    ["vmware-rpctool", "info-get"],
    ["vmware-rpctool", "info-set guestinfo.lines one\ntwo"],
    ["vmware-rpctool", "info-get guestinfo.lines"],
    ["vmware-rpctool", ""],
    ["vmware-rpctool", "bogus"],
    ["vmware-rpctool", "-x"],
    ["vmware-rpctool", "log hello"],
    ["vmware-rpctool", "machine.id.get"],
    ["vmware-rpctool", "deployPkg.update.state 1 2 text"],
    ["vmtoolsd", "--cmd", ""],
    ["vmtoolsd", "--cmd", "bogus"],
    ["vmtoolsd", "--cmd", "info-get guestinfo.a"],
    ["vmtoolsd", "--cmd=info-get guestinfo.a"],
    ["vmtoolsd", "--cmd", "info-get guestinfo.a", "word"],
    ["vmtoolsd", "--cmd", "info-get guestinfo.missing"],
    ["vmtoolsd", "--cmdfile", "/absent"],
    *(["vmtoolsd", *ignored, "--cmd", "info-get guestinfo.a"] for ignored in (
        ["-n", "vmsvc"], ["--name=bogus"], ["-c", "/absent"], ["--plugin-path", "/x"], ["-p", "/x"],
        ["--common-path=/x"], ["--blockFd", "3"], ["--uinputFd", "3"], ["-g", "x"], ["-l"])),
    *(["vmtoolsd", option] for option in ("--bogus", "--cmd", "--cmdfile", "-c", "-n", "-b")),
    ["vmware-checkvm"],
    ["vmware-checkvm", "-p"],
    ["vmware-checkvm", "--prod"],
    ["vmware-checkvm", "-p", "-p"],
    ["vmware-checkvm", "-x"],
    ["vmware-checkvm", "--bogus"],
    ["vmware-checkvm", "word"],
    *([BOX, *words] for words in (
        [], [""], ["bogus"], ["-q"], ["-x"], ["--bogus"], ["-h", "-x"], ["help", "-x"], ["Timesync", "status"],
        ["upgrade"], ["upgrade", "status"], ["upgrade", "start"], ["status"], ["top"], ["rpc", "x"])),
    *([BOX, family] for family in FAMILIES),
    *([BOX, "-q", family] for family in FAMILIES),
    *([BOX, family, "bogus"] for family in FAMILIES),
    *([BOX, family, ""] for family in FAMILIES),
    *([BOX, "timesync", *words] for words in (
        ["status"], ["enable"], ["enable"], ["status"], ["status", "more"], ["STATUS"], ["-q", "status"],
        ["status", "--quiet"], ["--", "status"], ["disable"], ["status"])),
    [BOX, "-q", "timesync", "enable"],
    [BOX, "-q", "timesync", "disable"],
    *([BOX, "stat", what] for what in ("speed", "sessionid", "balloon", "swap", "memlimit", "memres", "cpures",
                                       "cpulimit", "raw", "SPEED")),
    *([BOX, "stat", "raw", *words] for words in (["bogus"], ["text", "session"], ["xml", "bogus"])),
    [BOX, "-q", "stat", "raw"],
    [BOX, "-q", "stat", "speed"],
    [BOX, "stat", "speed", "more"],
    *([BOX, *quiet, "device", *words] for quiet in ([], ["-q"]) for words in (
        ["list"], ["list", "more"], ["status", CD], ["disable", CD], ["status", CD], ["enable", CD],
        ["status"], ["enable"], ["status", "nothing"], ["enable", "nothing"], ["status", ""])),
    *([BOX, "script", operation, what] for operation in (*OPERATIONS, "bogus", "POWER")
      for what in ("current", "default", "disable", "current", "enable", "current", "bogus", "CURRENT")),
    *([BOX, "script", "power", *words] for words in (
        [], ["set"], ["set", ""], ["set", "relative"], ["set", "/absent"], ["default", "more"],
        ["set", "/bin/true"], ["current"], ["disable"])),
    *([BOX, "-q", "script", "power", *words] for words in (
        ["current"], ["default"], ["set", "/absent"], ["enable"], ["current"])),
    *([BOX, "config", *words] for words in (
        ["get"], ["set"], ["remove"], ["bogus", "a"], ["bogus", "a", "b"], ["GET", "a"],
        ["get", "logging", "log"], ["get", "logging", "log", "more"], ["get", "a", "b"],
        ["set", "a"], ["set", "a", "b"], ["set", "a", "b", "-5"], ["set", "a", "b", "c = d"], ["get", "a", "b"],
        ["get", "A", "B"], ["set", "a", "blanks", "  \tx\\y "], ["get", "a", "blanks"], ["set", "a", "none", ""],
        ["get", "a", "none"], ["set", "a", "b", "more", "words"], ["get", "a", "b"], ["remove", "a"],
        ["remove", "a", "b"], ["remove", "a", "b"], ["remove", "none", "b"], ["get", "a", "b"])),
    [BOX, "-q", "config", "set", "a", "q", "q"],
    [BOX, "-q", "config", "get", "a", "q"],
    *([BOX, "logging", *words] for words in (
        ["level"], ["level", "get"], ["level", "set"], ["level", "bogus"], ["bogus", "get"],
        ["bogus", "get", "vmsvc"], ["level", "bogus", "vmsvc"], ["level", "get", "vmsvc"],
        ["level", "set", "vmsvc"], ["level", "set", "vmsvc", "bogus"], ["level", "set", "vmsvc", "INFO"],
        *(["level", "set", "vmsvc", level] for level in LEVELS), ["level", "get", "vmsvc"],
        ["level", "get", "vmusr", "more"], ["level", "set", "bogus", "info"], ["level", "get", "bogus"])),
    [BOX, "-q", "logging", "level", "get", "vmsvc"],
    *([BOX, "disk", what] for what in ("shrink", "wipe")),
    *([BOX, "-q", "disk", *words] for words in (
        ["list"], ["shrinkonly"], ["shrink", "/absent"], ["wipe", "/absent"])),
    *([BOX, "info", *words] for words in (["update"], ["update", "bogus"], ["update", ""])),
    *([BOX, "gueststore", "getcontent", *words] for words in ([], ["/a"], ["/a", "/b", "/c"])),
]  # fmt: skip

# The same, since version 13 of theirs.
SINCE_13: list[Command] = [
    [BOX, "config", "set", "group", "key", "value"],
    *([BOX, *quiet, "config", "get", group] for quiet in ([], ["-q"]) for group in ("logging", "group", "none")),
]  # fmt: skip

# Help for people, and versions: the same status, and something on the same stream.
ALIKE: list[Command] = [
    *(["vmware-rpctool", *words] for words in ([], ["-h"], ["--help"], ["--help", "x"], ["-hx"])),
    *(["vmware-checkvm", option] for option in ("-h", "--help")),
    *(["vmtoolsd", option] for option in ("-h", "--help", "-v", "--version")),
    *([BOX, *words] for words in (
        ["-h"], ["--help"], ["-v"], ["--version"], ["-q", "-v"], ["-vq"], ["-q", "help"], ["help"], ["help", "help"],
        ["help", "bogus"], ["help", ""], ["help", "upgrade"], ["help", "stat", "more"], ["-h", "stat"], ["stat", "-h"],
        ["timesync", "status", "--help"], ["timesync", "-v"], ["bogus", "-h"], ["bogus", "-v"])),
    *([BOX, "help", family] for family in FAMILIES),
]  # fmt: skip

# The same status and stream, and one line of ours for a paragraph of theirs that begins with it.
SHORTER: list[Command] = [[BOX, "disk", *words] for words in (
    ["list"], ["list", "more"], ["shrinkonly"], ["shrinkonly", "/"])]  # fmt: skip

# On a host that permits disks to be wiped. Equal again.
PERMIT_WIPING = {"what": "reply", "name": "disk.wiper.enable", "value": "1 1"}
NOT_WIPED: list[Command] = [
    [BOX, *quiet, "disk", *words] for quiet in ([], ["-q"]) for words in (
        ["shrink"], ["wipe"], ["bogus"], ["shrink", "/absent"], ["wipe", "/absent"], ["wipe", ""],
        ["wipe", "proc"], ["wipe", "/proc/"], ["wipe", "/proc"], ["shrink", "/proc"], ["wipe", "/proc", "more"])
]  # fmt: skip
# With a file system on a disk at a controller, at WIPEABLE. The root is on none.
WIPEABLE = "/wipe able"
WIPEABLE_LISTED: list[Command] = [[BOX, *quiet, "disk", *words] for quiet in ([], ["-q"]) for words in (
    ["list"], ["list", "more"], ["wipe", "/"], ["shrink", "/"], ["wipe", f"{WIPEABLE}/"])]  # fmt: skip
# Without one, these are shorter.
NOTHING_WIPEABLE: list[Command] = [[BOX, "disk", *words] for words in (["list"], ["shrinkonly"])]
WIPED: list[Command] = [[BOX, "-q", "disk", *words] for words in (["wipe", WIPEABLE], ["shrinkonly"])]


def equal(theirs: Done, ours: Done) -> bool:
    return theirs == ours


def alike(theirs: Done, ours: Done) -> bool:
    return (theirs.status, bool(theirs.out), bool(theirs.err)) == (ours.status, bool(ours.out), bool(ours.err))


def same_status(theirs: Done, ours: Done) -> bool:
    return theirs.status == ours.status


def shorter(theirs: Done, ours: Done) -> bool:
    return alike(theirs, ours) and ours.err.count("\n") == 1 and theirs.err.startswith(ours.err)


COMPARED = ((equal, SINCE_13), (equal, EQUAL), (alike, ALIKE), (shorter, SHORTER))
COMPARED_WITH_12 = COMPARED[1:]


def difference(words: Command, theirs: Done, ours: Done) -> str:
    return f"{words}\n  open-vm-tools: {theirs}\n  vmguest:       {ours}"


_NO_GLOBALCONF = Done(69, "", f"{BOX}: there is no global configuration in vmguest\n")
_NO_GUESTSTORE = Done(69, "", f"{BOX}: there is no guest store in vmguest\n")

# What is meant to be different, as it is with theirs and with ours. After the others: it changes what
# they show. The manual page and Documentation/admin/vmguest.md name each.
DIFFERENT: list[tuple[Command, Done, Done]] = [
    # A value is what it is in every locale.
    ([BOX, "config", "set", "a", "letter", "\u00e4"], Done(0, "", ""), Done(0, "", "")),
    ([BOX, "config", "get", "a", "letter"],
     Done(0, "[a] letter = ?\n", ""), Done(0, "[a] letter = \u00c3\u00a4\n", "")),
    # Nothing is fetched from a host.
    ([BOX, "globalconf", "enable"], Done(0, "enable: Updating the Configuration.\n", ""), _NO_GLOBALCONF),
    ([BOX, "globalconf", "disable"], Done(0, "disable: Updating the Configuration.\n", ""), _NO_GLOBALCONF),
    ([BOX, "globalconf", "status"], Done(0, "The status of globalconf module is 'Disabled'\n", ""), _NO_GLOBALCONF),
    ([BOX, "globalconf", "refresh"],
     Done(70, "", "'refresh' failed, since globalconf module is disabled.\n"), _NO_GLOBALCONF),
    ([BOX, "gueststore", "getcontent", "a", "/tmp/a"],
     Done(4, "", "'getcontent' failed, GuestStore client library error: Invalid parameter.\n"), _NO_GUESTSTORE),
    # More than there was.
    ([BOX, "info", "get", "a"],
     Done(64, "", f"{BOX}: Unknown subcommand 'get'\nTry '{BOX} help info' for more information.\n"),
     Done(0, "b c", "")),
]  # fmt: skip

# Off VMware, the same bytes and the same status: of vmtoolsd none, but for the version that ours tells there.
ELSEWHERE: list[Command] = [
    *(["vmware-rpctool", *words] for words in ([], ["info-get guestinfo.a"], ["-h"])),
    *(["vmware-checkvm", *words] for words in ([], ["-p"], ["-h"], ["-x"])),
    *([BOX, *words] for words in ([], ["bogus"], ["-h"], ["-v"], ["stat", "speed"], ["disk", "list"])),
    *(["vmware-xferlogs", *words] for words in ([], ["-p", "/etc/hosts"])),
    ["vmtoolsd"],
    ["vmtoolsd", "--cmd", "info-get guestinfo.a"],
]

# What takes a machine: real file systems, interfaces, and users. The same bytes and the same status.
IN_GUEST: list[Command] = [
    ["vmware-xferlogs", "-p", "/etc/hosts"],
    ["vmware-xferlogs", "--put", "/etc/hosts"],
    ["vmware-xferlogs", "enc", "/etc/hosts"],
    ["vmware-xferlogs", "-u", "1"],
    ["vmware-xferlogs", "--update", "1"],
    ["vmware-xferlogs", "upd", "0"],
    *([BOX, "info", "update", "network", *more] for more in ([], ["more"])),
]  # fmt: skip

# Those, if they say more than nothing, say other words.
STATUS_IN_GUEST: list[Command] = [
    *(["vmware-xferlogs", *words] for words in (
        [], ["-h"], ["bogus"], ["bogus", "x"], ["-p"], ["-p", "/absent"], ["-u"], ["-u", "x"], ["-g", "/absent"],
        ["dec", "/absent"])),
    ["vmware-hgfsclient"],
    ["vmware-namespace-cmd", "get-value", "x", "-k", "y"],
    ["vmhgfs-fuse", "--enabled"],
]  # fmt: skip

BY_USERS: list[Command] = [
    ["vmware-rpctool", "info-set guestinfo.b c d"],
    ["vmware-rpctool", "info-get guestinfo.b"],
    ["vmware-rpctool", "info-get guestinfo.missing"],
    ["vmtoolsd", "--cmd", "info-get guestinfo.b"],
    ["vmtoolsd", "--cmd", "info-get guestinfo.missing"],
    ["vmware-checkvm"],
    *([BOX, family] for family in FAMILIES),
    *([BOX, family, "bogus"] for family in FAMILIES),
    *([BOX, "timesync", what] for what in ("enable", "status", "disable", "status")),
    *([BOX, "stat", what] for what in ("speed", "sessionid", "balloon", "swap", "memlimit", "memres", "cpures",
                                       "cpulimit", "raw")),
    *([BOX, "device", *words] for words in (["list"], ["disable", CD], ["status", CD], ["enable", CD])),
    *([BOX, "script", "power", *words] for words in (["current"], ["default"], ["enable"], ["set", "/bin/true"])),
    *([BOX, "disk", *words] for words in (["list"], ["shrink", "/"], ["shrinkonly"], ["wipe", "/"])),
    *([BOX, "config", *words] for words in (["set", "a", "b", "c"], ["remove", "a", "b"])),
    *([BOX, "logging", "level", *words] for words in (["get", "vmsvc"], ["set", "vmsvc", "info"])),
    *([BOX, "globalconf", what] for what in ("enable", "disable", "refresh", "status")),
    [BOX, "gueststore", "getcontent"],
    [BOX, "info", "update", "network"],
]  # fmt: skip

_ROOT_ALONE = Done(77, "", f"{BOX}: You must be root to perform config operations.\n")

DIFFERENT_BY_USERS: list[tuple[Command, Done, Done]] = [
    ([BOX, "config", "get", "none", "b"], _ROOT_ALONE, Done(0, "[none] b UNSET\n", "")),
    ([BOX, "config", "get", "none"], _ROOT_ALONE, Done(0, "[none] UNSET\n", "")),
]  # fmt: skip
