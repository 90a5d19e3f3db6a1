/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
#ifndef FAKE_BACKDOOR_H
#define FAKE_BACKDOOR_H

/* Who answers; NULL: nobody, as off VMware. */
extern struct vmhost *fake_host;

#endif
