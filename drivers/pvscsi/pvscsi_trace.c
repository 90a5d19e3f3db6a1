// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The one place where the tracepoints of pvscsi_trace.h are instantiated.
 */
#define CREATE_TRACE_POINTS
#include "pvscsi_trace.h"
