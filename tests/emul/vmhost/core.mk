# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
#
# The emulated host without QEMU, for programs that have a guest of another kind: include
# this file, compile CORE_SOURCES with CORE_CFLAGS, link with CORE_LIBS.

CORE_FOLDER := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))
# These reach into QEMU or into a guest's page tables and CPUID.
CORE_NOT := plugin.c vcpu.c walk.c cpuid.c
CORE_SOURCES := $(filter-out $(CORE_NOT:%=$(CORE_FOLDER)/%),$(sort $(wildcard $(CORE_FOLDER)/*.c)))
CORE_CFLAGS := -std=gnu17 -D_GNU_SOURCE= -I$(CORE_FOLDER) -I$(abspath $(CORE_FOLDER)/../../../drivers/include) \
	       $(shell pkg-config --cflags jansson)
CORE_LIBS := $(shell pkg-config --libs jansson) -lm -pthread
