#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
#
# shellcheck disable=SC2086 # lists of packages are split on purpose
#
# Install the Debian packages that the tests and checks need: name what is missing, ask apt for
# it, as root or through sudo. Quick and silent when nothing is missing, since most targets of
# the Makefile begin here. The lists are the packages.txt files beside what needs them; kernels,
# QEMU and compilers for the guests are none of them, the lab fetches those into its cache.

set -eu

cd "$(dirname "$0")/.."

die()
{
	echo "vmguest: $*" >&2
	exit 1
}

wanted=$(sed -e 's/[[:space:]]*#.*//' -e '/^$/d' ./*/packages.txt tests/*/packages.txt |
	sort -u)

command -v dpkg-query >/dev/null ||
	die "this is not a Debian system; install by other means what provides:" $wanted

# A virtual package (pkg-config on Debian 13) counts as installed when something provides it.
installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Provides}\n' |
	sed -n 's/^.i //p' | tr -d ',' | tr ' ' '\n')
missing=$(printf '%s\n' "$wanted" | grep -vxF -e "$installed") || exit 0
missing=$(printf '%s' "$missing" | tr '\n' ' ')

echo "vmguest: installing the Debian packages $missing"
if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null; then
	as_root=sudo
else
	die "neither root nor sudo: have an administrator run  apt-get install $missing"
fi

# A source that cannot be reached must not stop us: the packages may come from another.
$as_root apt-get -q -o DPkg::Lock::Timeout=300 update || true
$as_root env DEBIAN_FRONTEND=noninteractive \
	apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends install $missing ||
	die "apt could not install them; after repairing that, run  make setup  again"
