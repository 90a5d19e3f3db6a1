# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A guest is customized by its host: vmguestd hands over what came, and cloud-init as Debian packages
it does the rest; or nobody does, and the host is told why.
"""

import pytest

from emul import deploypkg
from emul.vmhostctl import HostError
from lab import vmguestd
from lab.net import Nic

MARK = "H0STILE"
CONFIG = b"""[NETWORK]
NETWORKING = yes
BOOTPROTO = dhcp
HOSTNAME = customized
DOMAINNAME = example.org

[NIC-CONFIG]
NICS = NIC1

[NIC1]
MACADDR = 52:54:00:00:00:01
ONBOOT = yes
IPv4_MODE = BACKWARDS_COMPATIBLE
BOOTPROTO = static
IPADDR = 192.0.2.2
NETMASK = 255.255.255.0

[DATETIME]
TIMEZONE = Etc/UTC
UTC = yes

[MISC]
POST-GC-STATUS = yes
"""
FILES = {"cust.cfg": CONFIG, "nics.txt": b"", "../../../run/" + MARK: b"", "/run/" + MARK: b"",
         "scripts/customize.sh": f"#!/bin/sh\ntouch /run/{MARK}\n".encode()}  # fmt: skip
PACKAGE = deploypkg.package(FILES, command=f"/bin/touch /run/{MARK}".encode())

# Emulation takes its time.
PERMISSION = """disable_vmware_customization: false
datasource_list: [VMware, None]
datasource:
  VMware:
    vmware_cust_file_max_wait: 600
"""

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def vm_config(vmhost, tap):
    """The first NIC, which the host's configuration names by its address."""
    return {**vmguestd.config(vmhost, append=""), "nics": [Nic(tap, "virtio-net-pci")]}


@pytest.fixture(scope="module")
def vm_setup():
    return lambda vm: None


def refusal(service, control):
    mark = control.mark()
    try:
        control.customize(PACKAGE)
    except HostError as error:
        assert "Customization is disabled" in str(error)
    return service.await_event("deploypkg", mark, 60, state=5)


def test_a_host_that_nobody_has_permitted_it_is_refused(service, control):
    """As Debian's cloud-init comes, it is not for a host to customize."""
    assert refusal(service, control)["code"] == 7
    assert service.vm.run("ls /run/vmware-imc", check=False).rc
    service.vm.run("test -e /var/log/.vmware-deploy.ERRORED")


def test_an_administrator_may_switch_it_off(service, control):
    service.vm.put("/etc/vmware-tools/tools.conf", b"[deployPkg]\nenable-customization=false\n")
    mark = control.mark()
    service.vm.run("systemctl restart vmguestd")
    service.await_event("capability", mark, 60, name="statechange")
    assert refusal(service, control)["code"] == 7
    service.vm.put("/etc/vmware-tools/tools.conf", b"")


def test_cloud_init_customizes_the_guest(service, vm, control):
    """It waits for what the host sends while the guest starts."""
    vm.put("/etc/cloud/cloud.cfg.d/99-lab.cfg", PERMISSION.encode())
    vm.run("cloud-init clean")
    vm.qmp("set-action", reboot="reset")
    assert service.power("reboot") is True
    mark = control.mark()
    service.await_event("capability", mark, 240, name="statechange")
    control.customize(PACKAGE)
    service.await_event("deploypkg", mark, 60, state=4, code=0)
    vm.await_restart(timeout=240)
    vm.qmp("set-action", reboot="shutdown")
    status = vm.run("cloud-init status --wait --long", timeout=300, check=False)
    assert "DataSourceVMware" in status and "status: done" in status
    assert vm.run("hostname") == "customized\n"
    # It has told the host by itself, with our programs.
    service.await_event("deploypkg", mark, 60, state=5, code=0)
    assert control.get("gc.status") == b"Successful"
    service.vm.run("test -e /var/log/.vmware-deploy.Done")
    # What else came is nowhere.
    assert vm.run(f"find / -xdev -name '*{MARK}*'; find /run -name '*{MARK}*'") == ""
    assert refusal(service, control)["code"] == 5   # once a boot
