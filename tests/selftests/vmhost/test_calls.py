# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Calls of the backdoor from real code in a guest: each way in, each command, every kind of memory.

What the host makes of messages, cookies and lengths once they have arrived is for its unit tests
(tests/emul/vmhost/test); here is what only a processor with page tables can show.
"""

import struct
import time

import pytest

from lab.vmhost import PRODUCT, UUID, serial

from .calls import CODE, DATA, PAGE, SIGILL, SIGSEGV, Regs, Struck, const, line, low, parse

MAGIC = 0x564D5868
UNKNOWN = 0xFFFFFFFF
CPT, SUCCESS, DORECV, HB = (const(f"STATUS_{name}") for name in ("CPT", "SUCCESS", "DORECV", "HB"))

WIDTHS = pytest.mark.parametrize("narrow", [False, True], ids=["64-bit", "32-bit"])


@pytest.fixture(scope="module")
def vmhost_options():
    return {"hypercall": "both", "memory": 768, "product": 4, "hwversion": 19, "build": 1234567}


# Detection


def test_linux_finds_a_vmware_hypervisor(vm):
    assert "Hypervisor detected: VMware" in vm.run("dmesg")
    assert vm.run("cat /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name "
                  "/sys/class/dmi/id/product_serial") == f"VMware, Inc.\n{PRODUCT}\n{serial(UUID)}\n"
    assert "hypervisor" in vm.run("grep -m 1 ^flags /proc/cpuinfo").split()


def cpuid(calls, leaf):
    (answer,) = calls.script(f"cpuid {leaf:#x}")
    return [int(word.split("=")[1], 0) for word in answer.split()]


def test_cpuid_names_the_host_and_its_hypercalls(calls):
    highest, *name = cpuid(calls, 0x40000000)
    assert struct.pack("<3I", *name) == b"VMwareVMware"
    assert highest >= 0x40000010
    assert cpuid(calls, 0x40000010)[2] & 3 == const("CPUID_VMMCALL") | const("CPUID_VMCALL")
    assert cpuid(calls, 1)[2] & 1 << 31


# Commands


def check_version(regs, asked=0):
    assert (regs.ax, regs.bx, regs.cx) == (const("VERSION"), MAGIC, 4)


def check_uuid(regs, asked):
    assert struct.pack("<4I", regs.ax, regs.bx, regs.cx, regs.dx) == UUID.bytes


def is_now(seconds, asked):
    """Between the question and now, in whole seconds."""
    return asked - 1 < seconds <= time.time()


def check_time(regs, asked):
    """The host's, and a bound for its error."""
    assert is_now(regs.si << 32 | regs.dx, asked)
    assert regs.ax == MAGIC and regs.bx < 1_000_000 and regs.cx > 0


COMMANDS = {
    "GETVERSION": check_version,
    "GETHWVERSION": lambda regs, asked: regs.ax == 19,
    "GETBUILDNUM": lambda regs, asked: regs.ax == 1234567,
    "GETMEMSIZE": lambda regs, asked: regs.ax == 768,
    "GETUUID": check_uuid,
    "GETMHZ": lambda regs, asked: 0 < regs.ax < 100_000,
    "GETTIMEFULL": check_time,
    "GETTIMEFULL_WITH_LAG": check_time,
    "GETTIME": lambda regs, asked: is_now(regs.ax, asked),
}


@WIDTHS
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_answered(calls, name, narrow):
    asked = time.time()
    assert COMMANDS[name](calls.command(name, narrow=narrow, bx=0xA9B2A797), asked) is not False


@WIDTHS
def test_a_write_to_the_port_is_a_call_as_well(calls, narrow):
    check_version(calls.call("out", narrow, **low(10)))


@WIDTHS
@pytest.mark.parametrize("number", [0, 29, 105, 0x1234, 0xFFFF])
def test_an_unknown_command_is_told_so_and_changes_nothing_else(calls, number, narrow):
    regs = {"bx": 0x1111, "si": 0x2222, "di": 0x3333, "bp": 0x4444}
    answer = calls.call(narrow=narrow, **low(number, **regs))
    assert answer.ax == UNKNOWN
    assert {name: getattr(answer, name) for name in regs} == regs


def test_answers_are_as_wide_as_32_bits_in_64_bit_code(calls):
    answer = calls.command("GETVERSION", bx=0xFFFF_FFFF_0000_0000)
    assert max(answer.ax, answer.bx, answer.cx, answer.dx) <= 0xFFFFFFFF


@WIDTHS
@pytest.mark.parametrize("regs", [{"ax": MAGIC + 1}, {"dx": 0x5657}, {"dx": 0x565A}])
def test_who_does_not_mean_us_gets_what_a_program_gets_at_any_port(calls, regs, narrow):
    assert calls.call(narrow=narrow, **{**low(10), **regs}) == Struck(SIGSEGV)


@pytest.mark.parametrize("form", ["in8", "in16", "insd", "outsd", "one-insb", "one-outsb"])
def test_other_instructions_at_our_ports_are_not_ours(calls, form):
    port = const("PORT_LB") if form.startswith("in") and form[2].isdigit() else const("PORT_HB")
    assert calls.call(form, **{**low(10), "dx": port}) == Struck(SIGSEGV)


# What is around a call


@WIDTHS
@pytest.mark.parametrize("flags", [0x002, 0x8D7, 0x045, 0x882, 0xC02])
def test_flags_are_as_before(calls, flags, narrow):
    assert calls.call(narrow=narrow, flags=flags, **low(10)).flags & 0xCD5 == flags & 0xCD5


def test_flags_that_are_still_to_be_computed_are_not_lost(calls):
    assert calls.script("flags 20000") == ["wrong=0"]


def test_a_debugger_can_step_through_a_call(calls):
    assert calls.script("trap in") == [f"stepped=1 bx={MAGIC:#x}"]


def test_code_may_be_at_two_addresses_at_once(calls):
    """As that of two processes is, or of one that forked."""
    answers = calls.script(f"share {CODE:#x} {CODE + 16 * PAGE:#x}", f"code {CODE + 100:#x}", line(**low(10)),
                           f"code {CODE + 16 * PAGE + 100:#x}", line(**low(10)),
                           f"unmap {CODE:#x} 1", line(**low(10)))  # fmt: skip
    assert [answer for answer in answers if answer.startswith("ax=0x6 ")] == [answers[2]] * 3


@WIDTHS
def test_an_instruction_may_cross_a_page(calls, narrow):
    """The prefix of rep outsb is the last byte of one, the rest is on the next."""
    channel = calls.open(narrow=narrow)
    sent = calls.last(f"map {CODE:#x} 2 rwx", f"code {CODE + PAGE - 1:#x}", f"map {DATA:#x} 1 rw",
                      f"fill {DATA:#x} 8 1", channel.out(DATA, 8))  # fmt: skip
    # Nothing was announced, so that it is refused: but by the host, and behind the instruction.
    assert isinstance(sent, Regs) and not sent.hb_status & SUCCESS
    channel.close()


def test_all_processors_call_at_once(calls):
    assert calls.script("spin 20000 4", timeout=120) == ["wrong=0"]


# Messages

REPLY = DATA + 64 * PAGE
SIZES = [25, 26, 27, 28, 4095, 4096, 4097, 65535, 65536]
GET = b"info-get guestinfo.v"


@pytest.fixture
def channel(calls, narrow):
    channel = calls.open(narrow=narrow)
    yield channel
    channel.close()


def written(size):
    """Lines that write a request as long as that, and what can be got back: how long, and where."""
    head = b"info-set guestinfo.v "
    rest = size - len(head)
    lines = [f"map {DATA:#x} 17 rw", f"map {REPLY:#x} 17 rw", f"fill {REPLY:#x} {17 * PAGE} 1",
             f"poke {DATA:#x} {head.hex()}", f"fill {DATA + len(head):#x} {rest} {size}"]  # fmt: skip
    return lines, rest, f"check {REPLY + 2:#x} {rest} {size}"


@WIDTHS
@pytest.mark.parametrize("size", SIZES)
def test_a_message_passes_in_pieces_and_so_does_its_answer(calls, channel, size):
    lines, rest, check = written(size)
    recv = f"recv {REPLY:#x} {17 * PAGE}"
    answers = calls.script(
        *lines, f"channel {channel.id} {channel.high} {channel.low}", f"send {DATA:#x} {size}", recv,
        f"poke {DATA:#x} {GET.hex()}", f"send {DATA:#x} {len(GET)}", recv, check,
    )[len(lines) + 1:]  # fmt: skip
    assert answers[0].startswith("status=") and int(answers[0][7:], 0) & SUCCESS
    assert answers[1] == "status=0x1 len=2"
    assert answers[-2:] == [f"status=0x1 len={rest + 2}", "done"]


@WIDTHS
@pytest.mark.parametrize("form", ["in", "vmcall", "vmmcall"])
@pytest.mark.parametrize("size", SIZES)
def test_a_message_passes_at_once_and_so_does_its_answer(calls, channel, size, form):
    lines, rest, check = written(size)
    into, out = ("insb", "outsb") if form == "in" else (form, form)
    answers = calls.script(
        *lines, channel.line("SENDSIZE", form, bx=size), channel.out(DATA, size, out),
        channel.line("RECVSIZE", form), channel.into(REPLY, 2, into), channel.line("RECVSTATUS", form, bx=1),
        f"poke {DATA:#x} {GET.hex()}", channel.line("SENDSIZE", form, bx=len(GET)),
        channel.out(DATA, len(GET), out), channel.line("RECVSIZE", form), channel.into(REPLY, rest + 2, into),
        channel.line("RECVSTATUS", form, bx=1), check,
    )[len(lines):]  # fmt: skip
    assert answers.pop() == "done"
    del answers[5]
    for first in 0, 5:
        announced, sent, told, taken, done = map(parse, answers[first:first + 5])
        assert announced.status == SUCCESS | HB
        assert sent.bx == taken.bx == SUCCESS << 16
        assert (told.status, told.dx >> 16) == (SUCCESS | DORECV | HB, 1)
        assert told.bx == (rest + 2 if first else 2)
        assert done.status == SUCCESS
        # As the processor's own instruction would.
        if form == "in":
            assert (sent.cx, sent.si & 0xFFFFFFFF) == (0, DATA + (len(GET) if first else size))
            assert (taken.cx, taken.di & 0xFFFFFFFF) == (0, REPLY + told.bx)


# Other hosts


def test_what_a_host_does_not_offer_is_not_there(vmhost, vm, calls, reboot):
    reboot(plugin=vmhost.plugin(cpuid="off", hypercall="none", hb="off"))
    assert "Hypervisor detected: VMware" not in vm.run("dmesg")
    assert cpuid(calls, 0x40000000)[1:] != list(struct.unpack("<3I", b"VMwareVMware"))
    for form in "vmcall", "vmmcall":
        assert calls.call(form, **low(10, form=form)) == Struck(SIGILL)
    channel = calls.open()
    *_, announced, sent = calls.script(f"map {DATA:#x} 1 rw", f"fill {DATA:#x} 8 1",
                                       channel.line("SENDSIZE", bx=8), channel.out(DATA, 8))  # fmt: skip
    assert parse(announced).status == SUCCESS
    assert parse(sent).hb_status == 0


def test_a_host_may_shut_out_programs(vmhost, vm, calls, reboot):
    """But not the kernel."""
    reboot(plugin=vmhost.plugin(privilege=0, hypercall="none"))
    assert calls.call(**low(10)) == Struck(SIGSEGV)
    with vmhost.control() as control:
        assert control.state("machine")["calls"]["45"]


# Memory that is not there, or not the caller's: where 4 KiB of a message cross its border.

MIDDLE = DATA + PAGE - 2048
FRESH = [f"map {DATA:#x} 2 rw", f"fill {DATA:#x} {2 * PAGE} 1"]
UNREADABLE = {
    "untouched": [f"map {DATA:#x} 2 rw", f"fill {DATA:#x} {PAGE} 1"],
    "unmapped": [*FRESH, f"unmap {DATA + PAGE:#x} 1"],
    "forbidden": [*FRESH, f"protect {DATA + PAGE:#x} 1 -"],
}
UNWRITABLE = {
    **UNREADABLE,
    "read-only": [*FRESH, f"protect {DATA + PAGE:#x} 1 r"],
    # All pages that were only read are one: the kernel's page of zeros.
    "zeros": [f"map {DATA:#x} 2 rw", f"fill {DATA:#x} {PAGE} 1", f"peek {DATA + PAGE:#x} 1"],
}
# The kernel's code and data, the end of the user's half, between the halves, around the end of all.
NOT_OURS = [0xFFFFFFFF81000000, 0xFFFF888000100000, 0x7FFFFFFFF000 - 2048, 0x0000900000000000, 2**64 - 2048]


def prepare_answer(calls, channel):
    """Has 4096 bytes wait on the channel."""
    lines, rest, _ = written(4094 + len(b"info-set guestinfo.v "))
    *_, told, taken, done = calls.script(
        *lines, channel.line("SENDSIZE", bx=rest + 21), channel.out(DATA, rest + 21),
        channel.line("RECVSIZE"), channel.line("RECVPAYLOAD", bx=1), channel.line("RECVSTATUS", bx=1),
    )  # fmt: skip
    assert parse(done).status == SUCCESS
    assert parse(calls.script(*FRESH, f"poke {DATA:#x} {GET.hex()}", channel.line("SENDSIZE", bx=len(GET)),
                              channel.out(DATA, len(GET)))[-1]).hb_status == SUCCESS  # fmt: skip
    return rest


@WIDTHS
@pytest.mark.parametrize("memory", UNREADABLE)
def test_what_cannot_be_read_is_asked_for_again_and_then_in_pieces(calls, channel, memory):
    *_, announced, sent, again = calls.script(*UNREADABLE[memory], channel.line("SENDSIZE", bx=4096),
                                              channel.out(MIDDLE, 4096), channel.line("SENDSIZE", bx=6))
    assert parse(announced).status == SUCCESS | HB
    assert parse(sent).hb_status == CPT
    assert parse(again).status == SUCCESS


@WIDTHS
@pytest.mark.parametrize("memory", UNWRITABLE)
def test_what_cannot_be_written_keeps_its_answer(calls, channel, memory):
    """Nothing of it is written, and it can be had in pieces."""
    rest = prepare_answer(calls, channel)
    lines = UNWRITABLE[memory]
    told, taken, *rest_of_it = calls.script(
        *lines, channel.line("RECVSIZE"), channel.into(MIDDLE, 4096), f"check {DATA:#x} {PAGE} 1",
        f"map {REPLY:#x} 2 rw", f"channel {channel.id} {channel.high} {channel.low}", f"recv {REPLY:#x} 8192",
        f"check {REPLY + 2:#x} {rest} {rest + 21}",
    )[len(lines):]  # fmt: skip
    assert parse(told).status == SUCCESS | DORECV | HB
    assert parse(taken).hb_status == CPT
    assert rest_of_it == ["done", "done", "done", "status=0x1 len=4096", "done"]


@WIDTHS
def test_a_message_may_land_beside_the_instruction_that_fetches_it(calls, channel):
    """What QEMU has translated of that page is void before the instruction is done."""
    unset = b"info-get guestinfo.unset"
    answer = b"0 No value found"
    *_, told, taken, there = calls.script(
        f"map {CODE:#x} 1 rwx", f"code {CODE + 256:#x}", f"poke {CODE + 512:#x} {unset.hex()}",
        channel.line("SENDSIZE", bx=len(unset)), channel.out(CODE + 512, len(unset)),
        channel.line("RECVSIZE"), channel.into(CODE + 512, len(answer)),
        f"peek {CODE + 512:#x} {len(answer)}")  # fmt: skip
    assert parse(told).bx == len(answer)
    assert parse(taken).hb_status == SUCCESS
    assert there == answer.hex()


def test_the_page_of_zeros_stays_one(calls, control):
    """Who could write there would write into every process."""
    channel = calls.open()
    prepare_answer(calls, channel)
    zeros = f"map {REPLY:#x} 1 rw", f"peek {REPLY:#x} 1"
    *_, taken, _, byte = calls.script(*zeros, channel.line("RECVSIZE"), channel.into(REPLY, 4096),
                                      f"map {DATA:#x} 1 rw", f"peek {DATA + 5:#x} 1")  # fmt: skip
    assert not parse(taken).hb_status & SUCCESS
    assert byte == "00"
    channel.close()


@pytest.mark.parametrize("address", NOT_OURS, ids=hex)
def test_a_program_reaches_nothing_beyond_its_own(calls, address):
    channel = calls.open()
    announced, sent = map(parse, calls.script(channel.line("SENDSIZE", bx=4096), channel.out(address, 4096)))
    assert announced.status == SUCCESS | HB
    assert not sent.hb_status & SUCCESS
    prepare_answer(calls, channel)
    told, taken = map(parse, calls.script(channel.line("RECVSIZE"), channel.into(address, 4096)))
    assert told.status & DORECV
    assert not taken.hb_status & SUCCESS
    channel.close()


def test_32_bit_code_does_not_reach_beyond_4_gib(calls):
    channel = calls.open(narrow=True)
    announced, sent = map(parse, calls.script(channel.line("SENDSIZE", bx=4096),
                                              channel.out(0xFFFFF800, 4096)))  # fmt: skip
    assert announced.status == SUCCESS | HB
    assert not sent.hb_status & SUCCESS
    channel.close()


def test_a_reset_machine_has_no_channels(vm, calls):
    channel = calls.open()
    vm.reset()
    assert channel.request("CLOSE").status == 0
