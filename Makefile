# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
#
# Entry point for people; «make» alone lists what there is. kbuild's entry point
# is Kbuild, kept apart so that neither has to guess who is calling.

# KDIR alone is enough: headers know their release. (Debian's, up to 6.1, have another
# string in include/config/kernel.release, which is what kbuild calls KERNELRELEASE.)
release-of = $(shell sed -n 's/^.define UTS_RELEASE "\(.*\)"/\1/p' \
	$(1)/include/generated/utsrelease.h 2>/dev/null)
ifndef KVER
KVER := $(if $(KDIR),$(call release-of,$(KDIR)),$(shell uname -r))
endif
KDIR ?= /lib/modules/$(KVER)/build
VERSION := $(shell cat VERSION)
# Debian's own: the modules that setup installs are for no other.
PYTHON ?= /usr/bin/python3

package := vmguest
modlib = $(DESTDIR)/lib/modules/$(KVER)
modsubdir := updates/$(package)
dkms-tree := $(DESTDIR)/usr/src/$(package)-$(VERSION)
# What dkms needs to build, and nothing else.
dkms-files := Kbuild Makefile VERSION dkms.conf COPYING LICENSES drivers

UNITDIR ?= /usr/lib/systemd/system
prefix ?= /usr
sbindir ?= $(prefix)/sbin
DEBS ?= packages
# Packages are built from what users get: no tests.
deb-files := $(dkms-files) Documentation README.md NEWS.md packaging scripts userspace

# A kernel built by clang wants its modules built by clang. LLVM=, CC=, W=, C= and
# the like that are given to us reach kbuild by themselves, as make passes them on.
llvm = $(if $(LLVM)$(filter command line,$(origin CC)),,$(if $(shell \
	grep -s '^CONFIG_CC_IS_CLANG=y' $(KDIR)/include/config/auto.conf),LLVM=1))
# All processors, unless the caller has said -j himself (dkms, for one, does not).
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
probed = $(CURDIR)/drivers/compat/.cache/$(KVER)
kbuild = $(MAKE) $(jobs) -C $(KDIR) M=$(CURDIR) VMGUEST_PROBED=$(probed) $(llvm)
lab = PYTHONPATH=tests $(PYTHON) -m lab
selected = $(if $(SUITE),--suite '$(SUITE)') $(if $(KERNEL),--kernel '$(KERNEL)') \
	   $(if $(TEST),--test '$(TEST)') $(if $(DRIVER),--driver '$(DRIVER)')

help: ## this list
	@echo "vmguest $(VERSION) - kernel modules for guests of VMware hypervisors"; echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## /  { printf "  make %-13s %s\n", $$1, $$2 } \
			  /^## / { print "\n" substr($$0, 4) }' $(firstword $(MAKEFILE_LIST))

## See it work
demo: setup ## boot the distribution's kernel with our modules and move data through them
	@$(lab) demo $(selected)

setup: ## name and install the Debian packages that the targets here need
	@scripts/setup.sh

## Modules (KVER=release, KDIR=headers; W=1, C=2, LLVM=1 as in the kernel)
modules: probe ## build the .ko files, beside their sources
	@$(kbuild) modules || { echo "vmguest: building for $(KVER) failed; the first error" \
		"above says where. If it is an interface that this kernel changed:" \
		"drivers/compat/probes/README.md" >&2; exit 1; }

probe:
	@test -d $(KDIR) || { echo "vmguest: no kernel headers in $(KDIR). Install" \
		"linux-headers-$(KVER) (Debian, Ubuntu) or kernel-devel-$(KVER) (Fedora," \
		"RHEL, SUSE), or name them: make KDIR=..." >&2; exit 1; }
	@test '$(KVER)' = '$(call release-of,$(KDIR))' || { echo "vmguest: $(KDIR) is for Linux" \
		"'$(call release-of,$(KDIR))', not '$(KVER)'" >&2; exit 1; }
	@echo "vmguest $(VERSION) for Linux $(KVER)" \
		"on $$(. /etc/os-release 2>/dev/null; echo "$${PRETTY_NAME:-an unknown system}")"
	@sed -n 's/^CONFIG_CC_VERSION_TEXT=/  kernel built by /p' \
		$(KDIR)/include/config/auto.conf
	@echo "  probe answers in $(probed)"
	+@MAKE='$(MAKE) $(jobs)' drivers/compat/probe.sh $(KDIR) $(probed) $(llvm)

clean: ## remove what was built
	@find drivers Module.symvers modules.order .*.cmd .module-common.o \( \
		-name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' -o \
		-name '.*.cmd' -o -name '.*.d' -o -name 'modules.order' -o \
		-name 'Module.symvers' \) -delete 2>/dev/null || true
	@rm -rf drivers/compat/.cache

install: modules install-boot ## install below /lib/modules/KVER/updates (DESTDIR=), remake the initramfs
	@$(kbuild) MODLIB=$(modlib) INSTALL_MOD_DIR=$(modsubdir) DEPMOD=true modules_install
	@$(depmod)
	@$(initramfs)

uninstall: uninstall-boot ## undo install; the kernel's own modules are then used again
	rm -rf $(modlib)/$(modsubdir)
	@$(depmod)
	@$(initramfs)

# In a staging folder there is nothing to update: the package's script does it.
depmod = $(if $(DESTDIR),:,depmod $(KVER))
initramfs = $(if $(DESTDIR),:,scripts/initramfs.sh $(KVER))

# Into the folders of tools that may be installed later.
install-boot:
	install -D packaging/initramfs-tools/vmguest \
		$(DESTDIR)/usr/share/initramfs-tools/hooks/vmguest
	install -D -m 644 packaging/dracut/50-vmguest.conf \
		$(DESTDIR)/usr/lib/dracut/dracut.conf.d/50-vmguest.conf

uninstall-boot:
	rm -f $(DESTDIR)/usr/share/initramfs-tools/hooks/vmguest \
		$(DESTDIR)/usr/lib/dracut/dracut.conf.d/50-vmguest.conf

dkms-install: install-boot ## register with dkms, build and install for KVER (DESTDIR=: only copy)
	rm -rf $(dkms-tree)
	install -d $(dkms-tree)
	tar -c --exclude=.cache --exclude='*.o' --exclude='*.ko' --exclude='*.mod*' --exclude=modules.order \
		--exclude='.*.cmd' $(dkms-files) | tar -x -C $(dkms-tree)
	$(if $(DESTDIR),,dkms install -m $(package) -v $(VERSION) -k $(KVER))
	@$(initramfs)

dkms-remove: uninstall-boot ## undo dkms-install, for all kernels
	$(if $(DESTDIR),,dkms remove -m $(package) -v $(VERSION) --all)
	rm -rf $(dkms-tree)
	@$(initramfs)

## Programs: vmguest, and vmguestd if it can be built (prefix=/usr, DESTDIR=)
tools: ## build them, below userspace/.build
	@$(MAKE) --no-print-directory -C userspace

install-tools: ## install them, with the names of open-vm-tools' programs as links
	@$(MAKE) --no-print-directory -C userspace install

uninstall-tools: ## undo that
	@$(MAKE) --no-print-directory -C userspace uninstall

tools-clean: ## remove what was built of them
	@$(MAKE) --no-print-directory -C userspace clean

# What other software's configuration starts, and is ordered after. Links of `systemctl enable` would be
# removed by open-vm-tools, if that is purged later.
unit-aliases := open-vm-tools.service vmtoolsd.service
units := $(notdir $(wildcard packaging/systemd/*))

install-service: ## what starts vmguestd: units, its user, udev's rules, cloud-init's mark
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)/etc/vmware-tools/backupScripts.d
	install -m 644 packaging/systemd/* $(DESTDIR)$(UNITDIR)
	sed -i 's,=/usr/sbin/,=$(sbindir)/,' $(units:%=$(DESTDIR)$(UNITDIR)/%)
	for name in $(unit-aliases); do ln -sf vmguestd.service $(DESTDIR)$(UNITDIR)/$$name; done
	install -D -m 644 packaging/sysusers/vmguest.conf $(DESTDIR)/usr/lib/sysusers.d/vmguest.conf
	install -D -m 644 packaging/udev/60-vmguest.rules $(DESTDIR)/usr/lib/udev/rules.d/60-vmguest.rules
	install -D -m 644 packaging/cloud-init/libdeployPkgPlugin.so \
		$(DESTDIR)/usr/lib/open-vm-tools/plugins/vmsvc/libdeployPkgPlugin.so

uninstall-service: ## undo that
	rm -f $(addprefix $(DESTDIR)$(UNITDIR)/,$(units) $(unit-aliases)) \
		$(DESTDIR)/usr/lib/sysusers.d/vmguest.conf $(DESTDIR)/usr/lib/udev/rules.d/60-vmguest.rules \
		$(DESTDIR)/usr/lib/open-vm-tools/plugins/vmsvc/libdeployPkgPlugin.so
	for folder in $(DESTDIR)/etc/vmware-tools/backupScripts.d $(DESTDIR)/etc/vmware-tools; do \
		[ ! -d $$folder ] || rmdir --ignore-fail-on-non-empty $$folder; \
	done

deb: ## build Debian packages, into DEBS (packages/)
	rm -rf $(DEBS)
	mkdir -p $(DEBS)/vmguest-$(VERSION)
	tar -c --exclude=.build --exclude=.cache $(deb-files) | tar -x -C $(DEBS)/vmguest-$(VERSION)
	cp -r packaging/debian $(DEBS)/vmguest-$(VERSION)/debian
	cd $(DEBS)/vmguest-$(VERSION)/debian && \
		sed '/^#/d; s/@VERSION@/$(VERSION)/' changelog.in >changelog && rm changelog.in
	cd $(DEBS)/vmguest-$(VERSION) && dpkg-buildpackage -us -uc -b
	rm -rf $(DEBS)/vmguest-$(VERSION)

## Tests (SUITE=folder[/file], KERNEL=5.10|6.1|6.12|7.2|7.3|debug, TEST=name, DRIVER=intree)
check: setup ## what CI runs: this distribution's kernel and the debug kernel; smoke elsewhere
	@$(lab) check $(selected)

check-all: setup ## every suite on every kernel
	@$(lab) check --all $(selected)

unit: setup ## unit tests of the pure logic, on this machine, with sanitizers
	@$(MAKE) -s -C tests/unit check

matrix: setup ## build on every kernel; kernel x {probes, build, load, suite, unload}
	@PYTHONPATH=tests $(PYTHON) -m lab.matrix $(if $(KERNEL),--kernel '$(KERNEL)')

lint: setup ## all static checks (CHECK=name for one of them)
	@scripts/lint.py $(CHECK)

compat-test: probe ## compile every compatibility helper for one kernel
	@$(kbuild) VMGUEST_COMPAT_TEST=1 modules

vm: setup ## a shell in a guest with everything loaded
	@$(lab) vm $(selected)

vmhost: setup ## the same with open-vm-tools, in a guest of the emulated VMware host
	@$(lab) vmhost $(if $(KERNEL),--kernel $(KERNEL))

bench-net: setup ## ours against in-tree vmxnet3, virtio-net, e1000e (BENCH=--help)
	@PYTHONPATH=tests $(PYTHON) -m bench.net $(if $(KERNEL),--kernel $(KERNEL)) $(BENCH)

bench-scsi: setup ## ours against in-tree vmw_pvscsi, virtio-scsi, virtio-blk, nvme (BENCH=--help)
	@PYTHONPATH=tests $(PYTHON) -m bench.scsi $(if $(KERNEL),--kernel $(KERNEL)) $(BENCH)

bench-daemon: setup ## vmguestd beside open-vm-tools' daemon (BENCH=--help)
	@PYTHONPATH=tests $(PYTHON) -m bench.daemon $(if $(KERNEL),--kernel $(KERNEL)) $(BENCH)

.PHONY: help demo setup modules probe clean install uninstall install-boot uninstall-boot \
	dkms-install dkms-remove tools install-tools uninstall-tools tools-clean install-service \
	uninstall-service deb check check-all unit matrix lint compat-test vm vmhost bench-net bench-scsi \
	bench-daemon
.DEFAULT_GOAL := help
