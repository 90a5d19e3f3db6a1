#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
#
# initramfs.sh RELEASE
#
# Have the distribution's own tool make the initramfs of a kernel anew, and look into it: if a disk
# of this machine is on PVSCSI, an initramfs without its driver would not boot. Called after our
# modules were installed or removed. What makes the tool take them is in packaging/.

set -eu

release=$1

say()
{
	echo "vmguest: $*" >&2
}

if [ -d /usr/share/initramfs-tools ] && command -v update-initramfs >/dev/null; then
	image=/boot/initrd.img-$release
	if [ -e "$image" ]; then
		update-initramfs -u -k "$release"
	else
		update-initramfs -c -k "$release"
	fi
	list="lsinitramfs $image"
elif command -v dracut >/dev/null; then
	dracut --force --kver "$release"
	list="lsinitrd --kver $release"
else
	say "neither initramfs-tools nor dracut is here: if this machine boots with an initramfs," \
		"make it anew and see that it has vmw_pvscsi"
	exit 0
fi

contents=$($list)
for module in vmw_pvscsi vmxnet3; do
	found=$(printf '%s\n' "$contents" | grep -o "lib/modules/.*/$module\.ko.*" | head -n 1) || true
	if [ -n "$found" ]; then
		say "the initramfs of $release has $found"
	elif [ "$module" = vmw_pvscsi ] && ls -d /sys/bus/pci/drivers/vmw_pvscsi/0000:* >/dev/null 2>&1; then
		say "the initramfs of $release has no vmw_pvscsi, which drives a disk of this machine:" \
			"do not restart before it has (see Documentation/packaging.md)"
		exit 1
	fi
done
