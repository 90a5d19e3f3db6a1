# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A host that misbehaves: a request gets through, or fails with a line and exit code 1, and the next
one gets through again.
"""

from __future__ import annotations

import pytest

from .guest import Done, Guest

GET = ("vmware-rpctool", "info-get guestinfo.value")


@pytest.fixture(scope="module", params=["high bandwidth", "low bandwidth"])
def faulty(request: pytest.FixtureRequest, new_guest) -> Guest:
    guest = new_guest(options={"hb": "on" if request.param == "high bandwidth" else "off"})
    guest.host.do("var-set", name="value", value="x" * 999)
    return guest


# What the host has seen of a program that gives up: an open, a request or a close each. However
# busy the machine is; who never ends is ended by pytest.
EVENTS_MAX = 20

GOOD = Done(0, "x" * 999 + "\n", "")

# Once, and it is as if nothing had been.
SURVIVED = ["cpt", "cookies-refused", "hb-off"]
# For as long as the host does it, nothing gets through.
FATAL = ["closed", "forgotten", "fail", "open-refused", "bad-cookie", "size-lie", "wrong-type",
         "reply-withheld", "unsent"]
# What comes is anything; it must be told from good only by who sent it.
GARBLED = ["garbage", "garbage-status", "garbage-registers", "reply-truncated", "reply-oversized",
           "phantom", "status"]


def events(guest: Guest) -> int:
    return guest.host.do("state", part="counters")["state"]["events"]


def recover(guest: Guest) -> None:
    guest.host.do("fault", clear=True)
    assert guest.run(*GET) == GOOD


@pytest.mark.parametrize("name", SURVIVED)
def test_one_of_these_is_not_noticed(faulty: Guest, name: str):
    for after in range(5):
        faulty.host.do("fault", name=name, after=after, times=1)
        assert faulty.run(*GET) == GOOD
        recover(faulty)


@pytest.mark.parametrize("name", [*FATAL, *GARBLED])
def test_all_the_time_these_end_in_an_error_or_what_the_host_said(faulty: Guest, name: str):
    faulty.host.do("fault", name=name, times=1000000)
    before = events(faulty)
    done = faulty.run(*GET)
    assert events(faulty) - before <= EVENTS_MAX
    assert done.status in (0, 1, 255), f"ended by signal or unknown: {done.status}"
    if name in FATAL and done.status:
        assert not done.out and done.err.count("\n") == 1
    recover(faulty)


@pytest.mark.parametrize("name", FATAL)
@pytest.mark.parametrize("after", [0, 1, 2, 3, 5, 8])
def test_one_of_these_anywhere_ends_in_an_error_or_not_at_all(faulty: Guest, name: str, after: int):
    faulty.host.do("fault", name=name, after=after, times=1)
    done = faulty.run(*GET)
    assert done == GOOD or (done.status in (1, 255) and not done.out and done.err)
    recover(faulty)


def test_a_host_that_restarts_every_message_for_ever_is_given_up(faulty: Guest):
    faulty.host.do("fault", name="cpt", times=1000000)
    before = events(faulty)
    done = faulty.run(*GET)
    assert events(faulty) - before <= EVENTS_MAX
    assert done.status == 1 and not done.out and done.err.count("\n") == 1
    recover(faulty)


def test_a_checkpoint_at_any_step_loses_nothing(faulty: Guest):
    """Once at each opportunity of a request, until there are no more of them."""
    for after in range(40):
        faulty.host.do("fault", name="cpt-anywhere", after=after, times=1)
        assert faulty.run(*GET) == GOOD, f"after {after}"
    recover(faulty)
