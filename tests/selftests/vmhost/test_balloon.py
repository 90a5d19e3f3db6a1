# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The kernel's own vmw_balloon on the emulated host.

The host writes over each frame that it is given and looks at it when it takes it back: who uses it
meanwhile is found out. Every command that such a guest gives is counted.
"""

import pytest

from .balloon import FRAMES_PER_MIB, Balloon

MEMORY = 768
BASIC, BATCHED, BATCHED_2M, DOORBELL, WIDE = 0x02, 0x04, 0x08, 0x10, 0x20
LOCK, UNLOCK, BATCHED_LOCK, BATCHED_UNLOCK, LOCK_2M, UNLOCK_2M = 2, 3, 6, 7, 8, 9
PINNED = 5


@pytest.fixture(scope="module")
def vmhost_options():
    return {"memory": MEMORY}


@pytest.fixture
def balloon(vm, control):
    balloon = Balloon(vm, control)
    balloon.set(target=0, poison=True)
    balloon.load()
    yield balloon
    if vm.running:
        balloon.assert_books_are_right()
        balloon.unload()


@pytest.mark.smoke
def test_memory_is_given_and_never_used_until_it_is_back(balloon):
    free = balloon.free_mib()
    balloon.inflate(256)
    assert free - balloon.free_mib() >= 230
    balloon.use_memory(200)
    assert balloon.check() == (256 * FRAMES_PER_MIB, 0)
    balloon.inflate(64)
    balloon.use_memory(300)
    assert balloon.check() == (64 * FRAMES_PER_MIB, 0)
    balloon.inflate(0)
    assert free - balloon.free_mib() <= 32


@pytest.mark.smoke
def test_a_reset_makes_the_guest_start_anew(balloon, control):
    balloon.inflate(128)
    mark = control.mark()
    balloon.set(reset=True)
    balloon.await_op("start", mark)
    balloon.await_op("size", mark, size=128 * FRAMES_PER_MIB)
    assert balloon.check() == (128 * FRAMES_PER_MIB, 0)
    balloon.inflate(0)


@pytest.mark.smoke
def test_unloading_gives_all_back(vm, balloon, control):
    free = balloon.free_mib()
    balloon.inflate(128)
    mark = control.mark()
    balloon.unload()
    balloon.await_op("start", mark, offered=0)
    assert balloon.state()["size"] == 0
    assert free - balloon.free_mib() <= 32
    balloon.set(target=0)
    balloon.load()


@pytest.mark.parametrize("caps, commands", [
    (BASIC | BATCHED | BATCHED_2M | WIDE, {LOCK_2M, UNLOCK_2M}),
    (BASIC | BATCHED | WIDE, {BATCHED_LOCK, BATCHED_UNLOCK}),
    (BATCHED, {BATCHED_LOCK, BATCHED_UNLOCK}),
    (BASIC, {LOCK, UNLOCK}),
    ("legacy", {LOCK, UNLOCK}),
], ids=["2m", "batched", "batched-narrow", "basic", "legacy"])  # fmt: skip
def test_each_generation_of_hosts_is_served_as_it_wants(balloon, control, caps, commands):
    """64 MiB with none but the commands that such a host knows."""
    mark = control.mark()
    knobs = {"legacy": True} if caps == "legacy" else {"caps": caps}
    try:
        balloon.set(reset=True, **knobs)
        start = balloon.await_op("start", mark)
        assert start["granted"] == (BASIC if caps == "legacy" else caps)
        before = balloon.state()["calls"]
        balloon.inflate(64)
        assert balloon.check() == (64 * FRAMES_PER_MIB, 0)
        balloon.inflate(0)
        after = balloon.state()["calls"]
        used = {n for n in range(len(after)) if after[n] > before[n]}
        assert used & {LOCK, UNLOCK, BATCHED_LOCK, BATCHED_UNLOCK, LOCK_2M, UNLOCK_2M} == commands
    finally:
        mark = control.mark()
        balloon.set(reset=True, caps=0x3E, legacy=False)
        balloon.await_op("start", mark)


def test_pinned_frames_stay_with_the_guest(balloon):
    """One in each 2 MiB, so that none of these can be had whole."""
    balloon.inflate(64, pinnedEvery=512, pinnedAt=77)
    state = balloon.state()
    assert state["size2m"] == 0 and state["refused"] > 0
    balloon.use_memory(300)
    assert balloon.check() == (64 * FRAMES_PER_MIB, 0)
    balloon.inflate(0, pinnedEvery=0)


def test_frames_that_are_refused_here_and_there_do_no_harm(balloon):
    balloon.inflate(64, caps=BASIC | BATCHED | WIDE, refuseEvery=100, reset=True)
    assert balloon.state()["refused"] > 0
    balloon.use_memory(300)
    assert balloon.check() == (64 * FRAMES_PER_MIB, 0)
    balloon.inflate(0, refuseEvery=0)
    balloon.set(caps=0x3E, reset=True)


@pytest.mark.parametrize("fault, command", [
    ("balloon-busy", LOCK_2M), ("balloon-failure", LOCK_2M), ("balloon-reset", LOCK_2M),
    ("balloon-busy", UNLOCK_2M), ("balloon-failure", UNLOCK_2M), ("balloon-reset", UNLOCK_2M),
    ("balloon-refused", None), ("balloon-pinned", None), ("balloon-notneeded", None),
    ("balloon-unlock-refused", None), ("balloon-start-refused", None),
])  # fmt: skip
def test_what_fails_in_between_is_tried_again(balloon, control, fault, command):
    """But for a batch that was done in part: this driver then uses what the host has."""
    mark = control.mark()
    control.do("fault", name=fault, **({"arg": command} if command else {}))
    if fault == "balloon-start-refused":
        balloon.set(reset=True)
    balloon.inflate(32)
    balloon.inflate(0)
    control.wait("fault", since=mark, timeout=1, name=fault)


def test_a_target_beyond_the_bound_is_followed_up_to_it(balloon):
    bound = MEMORY * FRAMES_PER_MIB * 40 // 100
    balloon.set(max=bound)
    mark = balloon.control.mark()
    balloon.set(target=0xFFFFFFFF)
    assert bound - 512 <= balloon.await_op("size", mark)["target"] <= bound
    balloon.inflate(0)
    balloon.set(max=MEMORY * FRAMES_PER_MIB * 65 // 100)


def test_a_machine_that_was_reset_has_an_empty_balloon(vm, balloon):
    balloon.inflate(64)
    vm.reset()
    assert balloon.state()["size"] == 0
    balloon.set(target=0)
    balloon.load()
    balloon.inflate(32)
    balloon.inflate(0)
