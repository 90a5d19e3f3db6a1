# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Requests of root go over vsock, from a port that only root has, where the host offers that."""

from __future__ import annotations

import pytest

from emul.vmhostctl import HostError

from .guest import Done, Guest


def test_root_is_known_as_root(new_guest):
    guest = new_guest(vsock="all")
    guest.host.do("var-set", name="value", value="x" * 60000)
    mark = guest.host.mark()
    assert guest.run("vmware-rpctool", "info-get guestinfo.value") == Done(0, "x" * 60000 + "\n", "")
    event = guest.host.wait("vsock", since=mark, timeout=5)
    assert event["privileged"] and event["fastClose"]


def test_root_may_what_is_forbidden_to_others_again_and_again(new_guest):
    """The original loses its privilege with the second of two requests, as a port is not free yet."""
    guest = new_guest(vsock="root")
    script = "for i in $(seq 100); do vmware-rpctool 'info-set guestinfo.n '$i || exit 1; done"
    seq = guest.host.mark()
    assert guest.run("sh", "-c", script) == Done(0, "\n" * 100, "")
    for _ in range(100):
        event = guest.host.wait("vsock", since=seq, timeout=5)
        assert event["privileged"]
        seq = event["seq"]
    assert guest.host.do("var-get", name="n")["value"] == "100"


def test_others_go_by_the_backdoor(new_guest):
    nobody = new_guest(vsock="root", superuser=False)
    assert nobody.run("vmware-rpctool", "info-set guestinfo.of nobody") == Done(0, "\n", "")
    with pytest.raises(HostError):
        nobody.host.wait("vsock", since=0, timeout=0.1)


def test_without_a_host_at_its_other_end_there_is_still_the_backdoor(guest: Guest):
    assert guest.run("vmware-rpctool", "info-set guestinfo.n 1") == Done(0, "\n", "")
