# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Where there is no VMware: a line, the documented exit code, and no call of a hypervisor that is
another one's.
"""

from __future__ import annotations

import pytest

from .guest import Done, Guest

# program and arguments, exit code, and what is said of it on standard error
SAID = "Error: {} must be run inside a virtual machine on a VMware hypervisor product.\n"
PROGRAMS = [
    (["vmware-rpctool"], 255, SAID),
    (["vmware-rpctool", "-h"], 255, SAID),
    (["vmware-rpctool", "info-get guestinfo.a"], 255, SAID),
    (["vmware-checkvm"], 1, SAID),
    (["vmware-checkvm", "-h"], 1, SAID),
    (["vmware-xferlogs", "-p", "/etc/passwd"], 255, SAID),
    (["vmware-toolbox-cmd"], 1, "{} must be run inside a virtual machine.\n"),
    (["vmware-toolbox-cmd", "-v"], 1, "{} must be run inside a virtual machine.\n"),
    (["vmware-toolbox-cmd", "stat", "speed"], 1, "{} must be run inside a virtual machine.\n"),
    (["vmtoolsd"], 1, ""),
    (["vmtoolsd", "--cmd", "info-get guestinfo.a"], 1, ""),
    *((["vmguest", *words], 69, "vmguest: not a guest of VMware: {why}\n")
      for words in (["status"], ["status", "--json"], ["top", "-n", "1"], ["--metrics"],
                    ["rpc", "log x"], ["info", "get", "a"], ["stat", "speed"],
                    ["config", "get", "a"])),
]  # fmt: skip

HYPERVISORS = {
    "": "there is no hypervisor",
    "KVMKVMKVM": "the hypervisor is KVM",
    "Microsoft Hv": "the hypervisor is Hyper-V",
    "XenVMMXenVMM": "the hypervisor is Xen",
    "TCGTCGTCGTCG": "the hypervisor is QEMU",
    "never heard": "the hypervisor is not known",
}


@pytest.fixture(scope="module", params=list(HYPERVISORS), ids=lambda name: name or "none")
def elsewhere(request: pytest.FixtureRequest, new_guest) -> tuple[Guest, str]:
    return new_guest(signature=request.param), HYPERVISORS[request.param]


def test_programs_say_so_and_end(elsewhere):
    guest, why = elsewhere
    for words, status, said in PROGRAMS:
        assert guest.run(*words) == Done(status, "", said.format(words[0], why=why)), words
    # The host that answers where nobody should ask has not been asked.
    assert guest.host.do("state", part="counters")["state"]["events"] == 0


def test_versions_are_told_anywhere(elsewhere):
    guest, _ = elsewhere
    assert guest.run("vmguest", "--version").status == 0
    done = guest.run("vmtoolsd", "-v")
    assert done.status == 1 and done.out.startswith("VMware Tools daemon, version ")


def test_a_host_that_claims_to_be_vmware_and_refuses_is_none(new_guest):
    """Its call faults, as it would where an owner lets the kernel alone in."""
    guest = new_guest(options={"privilege": "0"})
    for words, status, said in PROGRAMS:
        why = "the hypervisor does not answer"
        assert guest.run(*words) == Done(status, "", said.format(words[0], why=why)), words
