# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Which files a module needs, and whose name wins, on a small made-up kernel."""

import pytest

from lab import LabError, moddep

DEP = """\
kernel/net/llc/llc.ko:
kernel/net/802/stp.ko: kernel/net/llc/llc.ko
kernel/net/bridge/bridge.ko: kernel/net/802/stp.ko kernel/net/llc/llc.ko
kernel/drivers/net/nic.ko:
kernel/sound/snd-pcm.ko:
"""
BUILTIN = "kernel/drivers/virtio/virtio_pci.ko\n"


def index(*ours: moddep.Module) -> moddep.Index:
    result = moddep.Index(DEP, BUILTIN)
    result.add(ours)
    return result


def line(text: str, path: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"{path}:"))


def test_a_module_brings_all_that_it_needs():
    assert index().files(["bridge"]) == ["kernel/net/802/stp.ko", "kernel/net/bridge/bridge.ko",
                                         "kernel/net/llc/llc.ko"]


def test_a_built_in_module_needs_no_file():
    assert index().files(["virtio_pci", "nic"]) == ["kernel/drivers/net/nic.ko"]


def test_dashes_and_underscores_are_the_same():
    assert index().files(["snd_pcm"]) == index().files(["snd-pcm"]) == ["kernel/sound/snd-pcm.ko"]


def test_an_unknown_module_is_named():
    with pytest.raises(LabError, match="no_such"):
        index().files(["nic", "no_such"])


def test_the_index_reads_back_as_it_was():
    assert index().text() == DEP


def test_our_module_wins_over_the_kernel_s():
    text = index(moddep.Module("updates/nic.ko")).text()
    assert line(text, "updates/nic.ko") == "updates/nic.ko:"
    assert "kernel/drivers/net/nic.ko" not in text
    assert text.count("\n") == DEP.count("\n")


def test_what_must_be_loaded_first_comes_last():
    ours = moddep.Module("updates/nic.ko", depends=["llc", "bridge"])
    assert line(index(ours).text(), "updates/nic.ko").split()[1:] == [
        "kernel/net/bridge/bridge.ko", "kernel/net/802/stp.ko", "kernel/net/llc/llc.ko"]


def test_our_modules_may_need_each_other_in_any_order():
    text = index(moddep.Module("updates/sock.ko", depends=["vmci"]),
                 moddep.Module("updates/vmci.ko", depends=["virtio_pci", "llc"])).text()
    assert line(text, "updates/sock.ko") == (
        "updates/sock.ko: updates/vmci.ko kernel/net/llc/llc.ko")


def test_aliases_of_a_replaced_module_go():
    old = "# from depmod\nalias pci:v1d1* nic\nalias pci:v2d2* other\n"
    new = moddep.alias_text(old, [moddep.Module("updates/nic.ko", aliases=["pci:v1d3*"])])
    assert new == "# from depmod\nalias pci:v2d2* other\nalias pci:v1d3* nic\n"


def test_modinfo_is_read_for_several_modules():
    said = (b"filename:       /out/a-b.ko\0license=GPL\0alias=pci:v1*\0alias=x=y\0depends=x,y\0"
            b"name=a_b\0filename:       /out/c.ko\0depends=\0")
    assert moddep.parse_modinfo(said, "updates") == [
        moddep.Module("updates/a-b.ko", ["x", "y"], ["pci:v1*", "x=y"]),
        moddep.Module("updates/c.ko")]
