# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The agent's and the monitor's protocols, byte by byte, and the wait they share."""

import base64
import json
import threading
import time

import pytest

from lab.agent import Agent
from lab.line import News
from lab.qmp import Qmp, QmpError


def reply(job, rc, text):
    return b"%d %d %s\n" % (job.id, rc, base64.b64encode(text.encode()))


def test_replies_find_their_jobs_in_any_order_and_any_pieces():
    agent = Agent()
    first, request = agent.request("echo 1")
    second, _ = agent.request("echo 2")
    assert request == b"1 ZWNobyAx\n"
    stream = b"\xff\xffready\r\n" + reply(second, 3, "zwei\n") + reply(first, 0, "")
    for i in range(len(stream)):
        agent.take(stream[i : i + 1])
    assert agent.starts == 1
    assert (second.output, second.output.rc) == ("zwei\n", 3)
    assert (first.output, first.output.rc) == ("", 0)
    assert not agent.strays


def test_a_line_that_is_no_reply_is_kept_apart():
    agent = Agent()
    agent.request("true")
    agent.take(b"malformed\n99 0 \n1 x \n1 0 %%%\n")
    assert len(agent.strays) == 4


def test_monitor_requests_and_replies_are_paired():
    qmp = Qmp()
    first, data = qmp.request("device_del", {"id": "nic0"})
    assert json.loads(data) == {"execute": "device_del", "id": first, "arguments": {"id": "nic0"}}
    second, data = qmp.request("human-monitor-command", {"command_line": "info pci"})
    assert json.loads(data)["arguments"] == {"command-line": "info pci"}
    qmp.take(b'{"QMP": {}}\r\n{"return": {"x": 1}, "id": 2}\r\n{"error": {"class": "Generic')
    assert qmp.greeted
    assert qmp.answer(second) == {"x": 1}
    assert first not in qmp.replies
    qmp.take(b'Error", "desc": "no such device"}, "id": 1}\r\n')
    with pytest.raises(QmpError, match="no such device"):
        qmp.answer(first)


def test_monitor_events_are_kept_in_order():
    qmp = Qmp()
    qmp.take(b'{"event": "STOP", "data": {}}\n{"event": "RESUME"}\n')
    assert [event["event"] for event in qmp.events] == ["STOP", "RESUME"]


def test_waiting_ends_at_the_news_and_at_the_deadline():
    news = News()
    seen = []

    def tell():
        with news:
            seen.append("it")

    threading.Timer(0.05, tell).start()
    start = time.monotonic()
    assert news.wait(lambda: seen and seen[0], 30) == "it"
    assert news.wait(lambda: None, 0.01) is None
    assert time.monotonic() - start < 10
