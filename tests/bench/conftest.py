# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Results of the benchmark's own tests read as those of all others."""

pytest_plugins = ["lab.ktap_pytest"]
