# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Signs of life for anything that may take over a few seconds.

Lines go to stderr, plain on a terminal and in a CI log alike, so that two jobs that run side
by side can share it.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

FIRST_SIGN = 5
NEXT_SIGNS = 15


def say(line: str) -> None:
    """Print one line to stderr, whole."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """Announce `what`, then say every few seconds that it still runs, and when it ended."""
    done = threading.Event()
    start = time.monotonic()

    def seconds() -> int:
        return round(time.monotonic() - start)

    def tick() -> None:
        pause = FIRST_SIGN
        while not done.wait(pause):
            pause = NEXT_SIGNS
            say(f"  {what}: {seconds()} s …")

    say(f"  {what}")
    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    except BaseException:
        say(f"  {what}: FAILED after {seconds()} s")
        raise
    finally:
        done.set()
        ticker.join()
    say(f"  {what}: done in {seconds()} s")
