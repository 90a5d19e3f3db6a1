# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Software that asks where it runs, and what the tools are, as Debian packages it or by its very
commands: it finds what it found with open-vm-tools.
"""

import json
import re

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.mark.thorough
def test_facter(service):
    facts = json.loads(service.vm.run("facter --json virtual is_virtual", timeout=120))
    assert facts == {"virtual": "vmware", "is_virtual": True}


@pytest.mark.thorough
def test_ansible(service):
    said = service.vm.run("HOME=/run ansible localhost -c local -m setup -a 'filter=ansible_virtualization*'",
                          timeout=200)  # fmt: skip
    facts = json.loads(said.partition("=>")[2])["ansible_facts"]
    assert (facts["ansible_virtualization_type"], facts["ansible_virtualization_role"]) == ("VMware", "guest")


@pytest.mark.parametrize("program", ["virt-what", "systemd-detect-virt"])
def test_scripts_and_salt(service, program):
    """Of the lab's firmware one also finds that QEMU made it."""
    assert service.vm.run(program).splitlines()[0] == "vmware"


def test_playbooks_that_validate_a_system(service):
    """Whether the tools are there, in what version, and whether they run."""
    vm = service.vm
    assert vm.run("which vmware-toolbox-cmd vmtoolsd") == "/usr/bin/vmware-toolbox-cmd\n/usr/bin/vmtoolsd\n"
    version = re.search(r"\d+\.\d+\.\d+", vm.run("vmtoolsd -v"))[0]
    assert re.search(r"\d+\.\d+\.\d+", vm.run("vmware-toolbox-cmd -v"))[0] == version
    assert version == service.state()["versionText"]
    assert vm.run("systemctl is-active open-vm-tools vmtoolsd") == "active\nactive\n"
    assert vm.run("systemctl is-enabled vmguestd") == "enabled\n"


def test_package_managers(service):
    """Another package that depends on open-vm-tools can be installed."""
    assert "open-vm-tools" in service.vm.run("dpkg-query -W -f '${Provides}' vmguest")
    assert service.vm.run("dpkg-query -W -f '${db:Status-Status}' open-vm-tools", check=False) != "installed"
