# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A device that writes what it must not: each lie is counted by name and never believed (§5).

A disk whose throttle lets nothing pass keeps a command waiting for as long as a test wants to; the
test then answers in the device's place. What comes of it the guest says: data, errno, sense data.
"""

import pytest

from lab import disks as lab_disks
from lab.disks import Disk

from .adapter import VERIFY, assert_works
from .device import (
    ADDED,
    CMP_CONS,
    CMP_PROD,
    MSG_PROD,
    REMOVED,
    REQ_CONS,
    REQ_PROD,
    Completion,
    Message,
)

pytestmark = [pytest.mark.ours_only, pytest.mark.slow]

SLOW = 1    # target of the disk that waits
GATE = "gate"


@pytest.fixture(scope="module")
def throttles():
    return [GATE]


@pytest.fixture(scope="module")
def disks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disks")
    waits = lab_disks.throttled(lab_disks.null(64), GATE)
    return [Disk(0, lab_disks.file(folder / "disk0", 64)), Disk(SLOW, waits)]


WRITE = "if=/dev/zero of={} bs=4k count=1 seek=3 oflag=direct"
READS = "if={} of=/dev/null bs=4k count=2 skip=3 iflag=direct"


class Held:
    """A command of one page that the device has taken and does not answer."""

    def __init__(self, host, device, adapter, what=WRITE):
        self.host, self.device, self.adapter = host, device, adapter
        self.close()
        self.before = host.counters()
        self.mark = host.vm.mark()
        taken = device.index(REQ_PROD)
        # With a name for the errno.
        self.job = host.vm.spawn(f"dd {what.format(host.disk(SLOW))} 2>&1")
        while device.index(REQ_CONS) == taken:
            pass
        self.request = device.last_request()

    def await_retry(self, setups):
        """Until the command waits anew, in rings that were set up after so many others."""
        device = self.device
        # Before that the indices are being cleared, and say anything.
        while device.setups() <= setups:
            pass
        while not device.index(REQ_PROD) == device.index(REQ_CONS) == device.index(CMP_PROD) + 1:
            pass
        self.request = device.last_request()

    def close(self):
        """From now on nothing passes; what is let through first uses up all there is."""
        self.adapter.throttle(self.host.vm, GATE, bps_total=1)
        self.host.vm.run(f"dd if={self.host.disk(SLOW)} of=/dev/null bs=4k count=1 iflag=direct")

    def open(self):
        self.adapter.throttle(self.host.vm, GATE)

    def answer(self, **fields):
        """In the device's place. A pause of the guest has the device answer before the driver can read
        it; that is written over. What the driver asks next then has a slot of its own.
        """
        vm, said = self.host.vm, self.device.index(CMP_PROD)
        vm.qmp("stop")
        while self.device.index(CMP_PROD) == said:
            pass
        self.device.recomplete(Completion(self.request.context, **fields))
        vm.qmp("cont")

    def end(self):
        """What became of it, in dd's words; whatever is tried again succeeds."""
        self.open()
        return self.host.vm.wait(self.job, check=False)

    def lies(self):
        """Those that were counted."""
        grown = self.host.counted(self.before)
        return {name: value for name, value in grown.items() if value and name.startswith("bad_")}

    def assert_caught(self, counter):
        """Counted once, under that name alone; one reset; and the command is carried out."""
        self.host.await_counter(counter, self.before[counter] + 1)
        self.host.await_counter("host_resets", self.before["host_resets"] + 1)
        self.open()
        assert not self.host.vm.wait(self.job).rc
        assert self.lies() == {counter: 1}
        assert self.host.counted(self.before)["host_resets"] == 1
        assert_works(self.host)


@pytest.fixture
def held(request, host, device, adapter):
    # More than five resets in a minute, and an adapter is given up. With messages it looks at all
    # targets after each, and what it asks them would be among what a test answers.
    now = host.counters()
    if now["host_resets"] >= 5 or now["msg_ring_pages"]:
        host.load("use_msg=0")
    held = Held(host, device, adapter, getattr(request, "param", WRITE))
    yield held
    held.open()


# Completions that are never believed


@pytest.mark.brief
def test_a_context_that_names_no_tag(held):
    held.device.complete(Completion(0))
    held.assert_caught("bad_context")


@pytest.mark.parametrize("context", [0x7FF, 1 << 32, 0xFFFF_FFFF_FFFF_FFFF])
def test_wild_contexts(held, context):
    held.device.complete(Completion(held.request.context & ~0x7FF | context))
    held.assert_caught("bad_context")


def test_a_tag_that_does_not_wait(held):
    tag = held.request.context & 0x7FF
    held.device.complete(Completion(tag % 1024 + 1 | 1 << 11))
    held.assert_caught("bad_not_issued")


def test_an_earlier_use_of_the_tag(held):
    held.device.complete(Completion(held.request.context - (1 << 11)))
    held.assert_caught("bad_not_issued")


def test_a_later_use_of_the_tag(held):
    held.device.complete(Completion(held.request.context + (1 << 11)))
    held.assert_caught("bad_not_issued")


@pytest.mark.brief
def test_a_command_is_not_completed_twice(held):
    twice = Completion(held.request.context)
    held.device.complete(twice, twice)
    # One more than waits: not even the first is looked at.
    held.assert_caught("bad_count")


@pytest.mark.parametrize("jump", [2, 1000, 4095, 4096, 1 << 31, -1, -1000])
def test_an_index_that_jumps(held, jump):
    held.device.set_index(CMP_PROD, held.device.index(CMP_PROD) + jump)
    held.device.interrupt()
    held.assert_caught("bad_count")


def test_indices_of_the_driver_are_its_own(held):
    for index in REQ_PROD, CMP_CONS:
        held.device.set_index(index, 0xDEAD_BEEF)
    held.answer()
    assert not held.end().rc
    assert not held.lies()
    assert_works(held.host)


def test_sizes_of_rings_are_the_drivers_own(held):
    for log2 in 8, 20, 136:
        held.device.set_index(log2, 31)
    held.answer()
    assert not held.end().rc
    assert not held.lies()
    assert_works(held.host)


@pytest.fixture
def fresh(host):
    """An adapter that was never reset."""
    host.load("use_msg=0")


@pytest.mark.brief
def test_an_adapter_that_goes_on_lying_is_given_up(fresh, held):
    host, device = held.host, held.device
    # Within a minute of the guest: commands in it would take most of that where it is slow.
    for lie in range(6):
        setups = device.setups()
        device.complete(Completion(0))
        if lie < 5:
            held.await_retry(setups)
    host.vm.wait_console("adapter given up", since=held.mark)
    assert held.lies() == {"bad_context": 6}
    assert host.counted(held.before)["host_resets"] == 5
    failed = host.vm.wait(held.job, check=False)
    assert failed.rc
    assert host.vm.run(f"cat {host.path('pvscsi')}/state") == "dead\n"
    assert not device.is_bus_master()
    refused = host.vm.run(f"dd if={host.disk(0)} of=/dev/null bs=4k count=1 iflag=direct",
                          timeout=10, check=False)  # fmt: skip
    assert refused.rc
    held.open()
    host.load()
    assert_works(host)


# What is believed, for what it is worth


@pytest.mark.brief
def test_more_data_than_was_asked_for_is_an_error(held):
    """Of the adapter, so that it is tried again."""
    held.answer(length=4097)
    held.host.await_counter("bad_len", held.before["bad_len"] + 1)
    assert "1+0 records out" in held.end()
    assert held.lies() == {"bad_len": 1}
    assert not held.host.counted(held.before)["host_resets"]
    assert_works(held.host)


@pytest.mark.parametrize("length, commands", [(4096, 1), (0, 1), (512, 2), (1, 2)])
def test_as_much_is_written_as_the_device_says(held, length, commands):
    """0 says nothing; after less the rest is asked for once more."""
    held.answer(length=length)
    held.host.await_counter("requests", held.before["requests"] + commands)
    assert "1+0 records out" in held.end()
    assert not held.lies()


@pytest.mark.parametrize("held", [READS], indirect=True, ids=["reads"])
@pytest.mark.parametrize("length, commands", [(4096, 2), (0, 2), (512, 3), (1, 3)])
def test_as_much_is_read_as_the_device_says(held, length, commands):
    """The same of the first of two."""
    held.answer(length=length)
    held.host.await_counter("requests", held.before["requests"] + 2)
    assert "2+0 records in" in held.end()
    assert held.host.counted(held.before)["requests"] == commands
    assert not held.lies()


@pytest.mark.parametrize("host_status, data", [
    (0x11, False), (0x15, True), (0x20, True), (0x26, True), (0x34, True), (0x99, True),
    (0xFFFF, True)])  # fmt: skip
def test_what_the_adapter_could_not_do_is_tried_again_or_an_error(held, host_status, data):
    held.answer(host_status=host_status)
    if host_status != 0x11:     # nobody is there, which is no error
        held.host.await_counter("host_errors", held.before["host_errors"] + 1)
    assert ("1+0 records out" in held.end()) is data
    assert not held.lies()
    assert_works(held.host)


@pytest.mark.parametrize("scsi_status", [0x22, 0x55, 0xFFFF])
def test_a_status_that_does_not_exist(held, scsi_status):
    held.answer(scsi_status=scsi_status)
    held.end()
    assert not held.lies()
    assert_works(held.host)


@pytest.mark.parametrize("sense_len", [0, 18, 96, 97, 0xFFFF_FFFF])
def test_sense_data_is_data_and_no_more_than_there_is_room_for(held, sense_len):
    """The buffer is empty, so that it says nothing; how long it claims to be matters to nobody."""
    held.answer(sense_len=sense_len, scsi_status=2)
    held.end()
    assert not held.lies()
    assert_works(held.host)


# Messages


@pytest.fixture(scope="module")
def rings():
    """Addresses of rings of messages, by the number of the SCSI host: another one after each load."""
    return {}


@pytest.fixture
def messages(host, device, adapter, rings):
    """The ring of messages; it is looked for with one disk that came and went."""
    if host.number not in rings:
        host.load()
        disk = Disk(9, lab_disks.null(16))
        there = [disk.target for disk in adapter.disks]
        adapter.plug(host.vm, disk)
        host.await_targets([*there, 9])
        adapter.unplug(host.vm, disk)
        host.await_targets(there)
        rings[host.number] = device.find_messages(Message(ADDED, 9), Message(REMOVED, 9))
    return Messages(host, device, rings[host.number])


class Messages:
    def __init__(self, host, device, ring):
        self.host, self.device, self.ring = host, device, ring
        self.before = host.counters()

    def say(self, *messages):
        self.device.say(self.ring, *messages)

    def assert_ignored(self, counter):
        self.host.await_counter(counter, self.before[counter] + 1)
        assert self.host.targets() == [0, SLOW]
        assert_works(self.host)


@pytest.mark.parametrize("message", [
    Message(2, 5), Message(0xFFFF_FFFF, 5), Message(ADDED, 16), Message(ADDED, 0xFFFF_FFFF),
    Message(REMOVED, 255), Message(ADDED, 5, bus=1), Message(ADDED, 5, lun=b"\0\1" + bytes(6)),
    Message(REMOVED, 0, lun=bytes(7) + b"\1")], ids=str)  # fmt: skip
def test_a_message_of_what_cannot_be(messages, message):
    messages.say(message)
    messages.assert_ignored("bad_message")


@pytest.mark.parametrize("jump", [33, 1 << 31, -1])
def test_more_messages_than_fit(messages, jump):
    messages.device.set_index(MSG_PROD, messages.device.index(MSG_PROD) + jump)
    messages.device.interrupt()
    messages.host.await_counter("bad_message_count", messages.before["bad_message_count"] + 1)
    messages.host.await_counter("rescans", messages.before["rescans"] + 1)
    messages.assert_ignored("bad_message_count")


def test_a_disk_that_is_announced_and_not_there(messages):
    messages.say(*(Message(ADDED, target) for target in range(2, 12)))
    messages.host.await_counter("messages_added", messages.before["messages_added"] + 10)
    assert messages.host.targets() == [0, SLOW]
    assert_works(messages.host)


def test_a_disk_that_is_removed_by_word_alone_can_be_found_again(messages):
    messages.say(Message(REMOVED, 0))
    messages.host.await_targets([SLOW])
    messages.say(Message(ADDED, 0))
    messages.host.await_targets([0, SLOW])
    assert_works(messages.host)


@pytest.mark.brief
def test_a_flood_of_messages_stops_nobody(messages):
    host = messages.host
    job = host.spawn_fio(0, bs="4k", iodepth=8, ioengine="libaio", rw="randwrite", size="4m", **VERIFY)
    for _ in range(50):
        messages.say(*(Message(ADDED, 5), Message(REMOVED, 5)) * 8)
    host.vm.wait(job)
    assert_works(host)
