# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The kernel's own selftests of network drivers, run on our card.

They are those of the newest kernel and go with its netlink interfaces alone, and with the pace of a
kernel without checkers: they give packets a second or less. The card's peer is a second one, in a
network namespace of the guest. Each case is a result of its own; what a case skips, and which files
are not run at all, is listed here with the reason, so that nothing is skipped unseen.
"""

from fnmatch import fnmatch
from pathlib import Path

import pytest

from lab import ktap, layers, selftests, source
from lab.net import Bridge, Nic, Tap
from lab.vm import VM

pytestmark = [pytest.mark.ours_only, pytest.mark.needs_newest]

TOP = "tools/testing/selftests/drivers/net"
LOCAL4, REMOTE4, LOCAL6, REMOTE6 = "192.0.2.2", "192.0.2.3", "2001:db8::2", "2001:db8::3"

# What the cases about queueing disciplines load.
QUEUEING = ("sch_fq", "sch_ingress", "cls_flower", "cls_matchall", "act_skbedit")

# Cases by file; the reason if one is to skip.
CASES = {
    "stats.py": {
        "check_pause": "pause not supported by the device",
        "check_fec": "FEC not supported by the device",
        "check_fec_hist": "FEC not supported by the device",
        "pkt_byte_sum": "",
        "qstat_by_ifindex": "",
        "check_down": "",
        "procfs_hammer": "",
        "procfs_downup_hammer": "",
    },
    "queues.py": {
        "get_queues": "",
        "addremove_queues": "",
        "check_down": "",
        "check_xsk": "",
    },
    "ring_reconfig.py": {"channels": ""},
    "napi_id.py": {"test_napi_id": ""},
    "ping.py": {"test_default_v4": "", "test_default_v6": ""},
    "hw/irq.py": {
        "check_irqs_reported": "",
        "check_reconfig_queues": "",
        "check_down": "",
    },
    "hw/rss_api.py": {
        "test_rxfh_nl_set_fail": "",
        "test_rxfh_nl_set_indir": "",
        "test_rxfh_indir_ntf": "",
        "test_rxfh_nl_set_key": "",
        "test_rxfh_fields": "",
    },
    "hw/csum.py": {
        **{f"ipv{n}_{case}": "" for n in (4, 6) for case in (
            "rx_tcp", "rx_tcp_invalid", "rx_udp", "rx_udp_invalid", "tx_udp_csum_offload",
            "tx_udp_zero_checksum")},
    },
    "hw/tso.py": {"ipv4": "", "ipv6": ""},
}  # fmt: skip

# Cases and files that are not run.
LEFT_OUT = {
    "ring_reconfig.py ringparam": "iperf3 needs over 20 s to end on the least rings of an emulated machine",
    "ring_reconfig.py reconfig_tx_stall": "an emulated processor cannot build its backlog",
    "ping.py test_xdp_*": "the driver has no XDP yet",
    "hw/irq.py check_reconfig_xdp": "the driver has no XDP yet",
    "hw/rss_api.py *ctx*, *xfrm*": "the device has one table and no input transformation",
    "hw/rss_api.py test_rxfh_fields_*": "version 1 of the device cannot choose what it hashes",
    "hw/tso.py tunnels": "version 1 of the device has no tunnel offload",
    "xdp.py, hw/xdp_metadata.py, hw/xsk_reconfig.py": "the driver has no XDP yet",
    "gro.py, hw/gro_hw.py": "the device has neither receive filters by flow nor GRO_HW",
    "hds.py, hw/devmem.py, hw/iou-zcrx.py": "the device cannot split headers from data",
    "hw/nk_*.py, hw/userns_devmem.py": "needs queue leasing",
    "shaper.py": "the device has no shapers",
    "so_txtime.py": "tests queueing disciplines, not drivers",
    "netpoll_basic.py": "needs bpftrace",
    "napi_threaded.py": "needs an ethtool that shows channels as JSON, newer than Debian 13's",
    "psp.py, macsec.py, hw/ipsec_vxlan.py": "the device encrypts nothing",
    "hw/devlink_*.py": "the device has neither ports to split nor rates",
    "hw/nic_timestamp.py": "the device gives no timestamps",
    "hw/ntuple.py, hw/rss_ctx.py, hw/rss_flow_label.py": "QEMU's device does not spread what it receives",
    "hw/rss_input_xfrm.py, hw/toeplitz.py": "QEMU's device does not spread what it receives",
    "hw/rss_drv.py": "the size of the device's table is fixed",
    "hw/uso.py": "the device cuts TCP alone",
    "hw/pp_alloc_fail.py": "wants 4000 packets a second, beyond an emulated processor",
    "hw/devmem_lib.py": "no test",
}


@pytest.fixture(scope="module")
def guest_layers(kernel):
    """The usual ones, with python and more modules of the kernel."""
    return [layers.base(), layers.python(), layers.selftests(),
            layers.kernel(kernel, (*layers.NIC_MODULES, *QUEUEING)), layers.ours(kernel)]


@pytest.fixture(scope="module")
def vm_config():
    with Tap("tap0") as one, Tap("tap1") as two, Bridge("bridge0", (one, two)):
        yield {"nics": [Nic(one), Nic(two)], "mem": 1024}


@pytest.fixture(scope="module")
def vm_setup():
    def prepare(vm: VM) -> None:
        vm.run(
            # The remote end's commands are run by bash; any shell will do.
            "set -e; ln -sf sh /bin/bash; modprobe vmxnet3; ip netns add remote; ip link set eth1 netns remote\n"
            f"ip address add {LOCAL4}/24 dev eth0; ip address add {LOCAL6}/64 dev eth0 nodad\n"
            # Cases take the link down, and expect the card to keep its addresses.
            "echo 1 >/proc/sys/net/ipv6/conf/all/keep_addr_on_down\n"
            "ip link set eth0 up\n"
            f"for a in '{REMOTE4}/24' '{REMOTE6}/64 nodad'; do\n"
            "    ip -n remote address add $a dev eth1; done\n"
            "ip -n remote link set lo up; ip -n remote link set eth1 up\n"
        )

    return prepare


@pytest.fixture(scope="module")
def results():
    """Of the files that have run, by case."""
    return {}


@pytest.fixture
def found(request, results, file, case):
    """The result of a case. A file is run once: what fails in it needs no fresh guest for the
    cases after that."""
    if file not in results:
        results[file] = {}
        results[file] = run(request.getfixturevalue("vm"), file)
    every = results[file]
    assert case in every, f"{file} has no result for {case}, but: {list(every.values())}"
    return every[case]


def run(vm: VM, file: str) -> dict[str, ktap.Result]:
    """Runs the chosen cases of a file; their results by case."""
    path = Path(selftests.TREE) / TOP / file
    chosen = " ".join(f"-t {case}" for case in CASES[file])
    environment = (f"NETIF=eth0 LOCAL_V4={LOCAL4} LOCAL_V6={LOCAL6} REMOTE_V4={REMOTE4} "
                   f"REMOTE_V6={REMOTE6} REMOTE_TYPE=netns REMOTE_ARGS=remote")  # fmt: skip
    printed = vm.run(f"cd /{path.parent} && {environment} python3 ./{path.name} {chosen}",
                     timeout=150, check=False)  # fmt: skip
    found = {result.name.split(".", 1)[-1]: result for result in ktap.parse(printed)}
    assert set(found) & set(CASES[file]), printed
    return found


def test_the_cards_reach_each_other(vm):
    vm.run(f"ping -c 3 -w 20 {REMOTE4} && ping -c 3 -w 20 {REMOTE6}")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("file", "case"), [
    (file, case) for file, cases in CASES.items() for case in cases])  # fmt: skip
def test_upstream(found, file, case):
    text = "\n".join(found.details)
    assert found.status != ktap.FAIL, text
    expected = CASES[file][case]
    why = found.why if found.status == ktap.SKIP else ""
    assert why.startswith(expected) and bool(why) == bool(expected), f"{why}\n{text}"
    if expected:
        pytest.skip(expected)


def test_every_file_is_run_or_left_out_for_a_reason():
    """A newer kernel may bring more."""
    top = source.get() / TOP
    files = {str(path.relative_to(top)) for path in (*top.glob("*.py"), *top.glob("hw/*.py"))}
    patterns = [name.split()[0] for names in LEFT_OUT for name in names.split(", ")]
    left_out = {file for file in files if any(fnmatch(file, pattern) for pattern in patterns)}
    assert files == set(CASES) | left_out
    assert all(any(fnmatch(file, pattern) for file in files) for pattern in patterns)
