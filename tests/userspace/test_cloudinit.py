# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""cloud-init's VMware data source, as Debian packages it, finds with our programs what it finds with
the original ones, and leaves the same with the host.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator

import pytest

from lab import openvmtools, roots

from . import guest as guests
from .guest import Guest

METADATA = "instance-id: lab-1\nlocal-hostname: named-by-the-host\nredact: [userdata]\n"
USERDATA = "#cloud-config\nruncmd: [true]\n"

SCRIPT = """
import json, os
from cloudinit import distros, helpers
from cloudinit.sources import DataSourceVMware as source
paths = helpers.Paths({"cloud_dir": "/tmp/cloud", "run_dir": "/tmp/run"})
distro = distros.fetch("debian")("debian", {}, paths)
found = source.DataSourceVMware({}, distro, paths)
good = found._get_data()
found.redact_keys()
print(json.dumps({
    "found": good, "access": found.data_access_method,
    "id": found.metadata and found.metadata.get("instance-id"),
    "hostname": found.metadata and found.metadata.get("local-hostname"),
    "userdata": str(found.userdata_raw), "vendordata": str(found.vendordata_raw)}))
"""


@pytest.fixture(params=openvmtools.SYSTEMS)
def root(request: pytest.FixtureRequest):
    return roots.get(openvmtools.SYSTEMS[request.param])


@pytest.fixture(params=["vmguest", "open-vm-tools"])
def guest(request: pytest.FixtureRequest, programs, root) -> Iterator[Guest]:
    if request.param == "vmguest":
        options = {"bin": guests.IN_ROOT, "programs": programs,
                   "places": guests.our_places(programs / "vmguest")}  # fmt: skip
    else:
        options = {"bin": "/usr/bin", "places": guests.original_places(root)}
    with Guest(root=root, **options) as guest:
        yield guest


def look(guest: Guest) -> dict:
    done = guest.run("python3", "-c", SCRIPT)
    assert done.status == 0, done.err
    return json.loads(done.out.splitlines()[-1])


def test_plain_metadata_and_compressed_userdata_are_found_and_redacted(guest: Guest):
    host = guest.host
    host.do("var-set", name="metadata", value=METADATA)
    host.do("var-set", name="userdata.encoding", value="gzip+base64")
    host.do("var-set", name="userdata",
            value=base64.b64encode(gzip.compress(USERDATA.encode())).decode())
    found = look(guest)
    assert found["found"] and found["access"] == "guestinfo"
    assert (found["id"], found["hostname"]) == ("lab-1", "named-by-the-host")
    assert "runcmd" in found["userdata"] and found["vendordata"] == "None"
    assert host.do("var-get", name="userdata")["value"] == "---"


def test_ds_identify_sees_it(guest: Guest):
    """The shell script that decides at boot whether cloud-init is started at all. It takes systemd's
    word on where it is.
    """
    guest.host.do("var-set", name="metadata", value=METADATA)
    done = guest.run("sh", "-c", """
        mkdir -p /tmp/first /run/systemd
        printf '#!/bin/sh\necho vmware\n' >/tmp/first/systemd-detect-virt
        chmod +x /tmp/first/systemd-detect-virt
        PATH=/tmp/first:$PATH PATH_RUN=/tmp/run DI_LOG=stderr DEBUG_LEVEL=1 \
            /usr/lib/cloud-init/ds-identify --force
        cat /tmp/run/cloud-init/cloud.cfg""")
    lists = [line for line in done.out.splitlines() if line.startswith("datasource_list:")]
    assert lists and "VMware" in lists[-1], done
