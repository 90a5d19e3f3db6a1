# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What the compatible programs say, where, and with which exit code: what other software relies on."""

from __future__ import annotations

import re

import pytest

from .guest import Done, Guest

TOOLBOX = "vmware-toolbox-cmd"


@pytest.fixture(params=["vmware-rpctool", "vmtoolsd --cmd"])
def ask(request: pytest.FixtureRequest, guest: Guest):
    return lambda text: guest.run(*request.param.split(), text)


def test_a_variable_that_is_set_is_read_back(ask, guest: Guest):
    assert ask("info-set guestinfo.greeting hello there") == Done(0, "\n", "")
    assert ask("info-get guestinfo.greeting") == Done(0, "hello there\n", "")
    assert guest.host.do("var-get", name="greeting")["value"] == "hello there"


def test_what_the_host_says_of_a_missing_variable_is_all_of_stderr(ask):
    assert ask("info-get guestinfo.missing") == Done(1, "", "No value found\n")


def test_an_unknown_command_is_refused_by_the_host_in_its_words(ask):
    assert ask("bogus") == Done(1, "", "Unknown command\n")


@pytest.mark.parametrize("value", [
    "two\nlines", " blanks  ", "tab\tand \"quotes\" 'both'", "na\u00efve \u65e5\u672c",
    "<?xml version=\"1.0\"?><Environment/>", "x" * 60000,
], ids=["lines", "blanks", "quotes", "utf-8", "xml", "60000 bytes"])  # fmt: skip
def test_values_pass_unchanged(ask, guest: Guest, value: str):
    guest.host.do("var-set", name="value", value=value)
    assert ask("info-get guestinfo.value").out.encode("latin-1").decode("utf-8") == value + "\n"


def test_a_value_ends_at_its_first_nul(ask, guest: Guest):
    guest.host.do("var-set", name="nul", value64="YmVmb3JlAGFmdGVy")
    assert ask("info-get guestinfo.nul") == Done(0, "before\n", "")


def test_info_get_of_vmguest_gives_every_byte_and_no_other(guest: Guest):
    guest.host.do("var-set", name="nul", value64="YmVmb3JlAGFmdGVy")
    assert guest.run("vmguest", "info", "get", "nul") == Done(0, "before\0after", "")
    assert guest.run("vmguest", "info", "get", "guestinfo.nul").out == "before\0after"


def test_info_set_of_vmguest_keeps_blanks(guest: Guest):
    assert guest.run("vmguest", "info", "set", "name", "  a  b ") == Done(0, "", "")
    assert guest.host.do("var-get", name="name")["value"] == "  a  b "
    done = guest.run("vmguest", "info", "set", "na me", "x")
    assert done.status == 64 and "'na me'" in done.err and not done.out


def test_info_of_vmguest_drops_no_word(guest: Guest):
    """A value that the shell has made several of would be set in part."""
    for words in (["set", "words", "ready", "since"], ["get", "words", "more"]):
        done = guest.run("vmguest", "info", *words)
        assert done.status == 64 and f"Unknown argument '{words[-1]}'" in done.err and not done.out
    assert guest.run("vmguest", "info", "get", "words").err == "No value found\n"


def on_terminal(guest: Guest, *words: str) -> str:
    script = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    return guest.run("python3", "-c", script, *words).out.replace("\r\n", "\n")


@pytest.mark.parametrize("words", [
    ["vmguest", "info", "get", "evil"], ["vmguest", "rpc", "info-get guestinfo.evil"],
    ["vmware-rpctool", "info-get guestinfo.evil"], ["vmtoolsd", "--cmd", "info-get guestinfo.evil"],
])  # fmt: skip
def test_no_value_of_the_host_s_commands_a_terminal(guest: Guest, words: list[str]):
    """Where it is read by a program it is as it is."""
    value = "a\tb\n\033]0;x\007\033[2J\u009b1m \u00e9\r"
    guest.host.do("var-set", name="evil", value=value)
    shown = on_terminal(guest, *words).encode("latin-1").decode()
    assert shown == "a\tb\n?]0;x??[2J??1m \u00e9?\n"
    assert guest.run(*words).out.encode("latin-1").decode().removesuffix("\n") == value


def test_no_refusal_of_the_host_s_commands_a_terminal(guest: Guest):
    guest.host.do("set", what="reply", name="evil", value="0 \033[2J")
    for words in (["vmguest", "rpc", "evil"], ["vmware-rpctool", "evil"], ["vmtoolsd", "--cmd", "evil"]):
        assert on_terminal(guest, *words) == "?[2J\n"
        assert guest.run(*words).err == "\033[2J\n"


def test_rpctool_takes_its_first_argument_alone(guest: Guest):
    guest.host.do("var-set", name="one", value="1")
    assert guest.run("vmware-rpctool", "info-get guestinfo.one", "extra") == Done(0, "1\n", "")


@pytest.mark.parametrize("words, status", [([], 1), (["-h"], 0), (["--help"], 0)])
def test_rpctool_explains_itself_on_stderr(guest: Guest, words: list[str], status: int):
    done = guest.run("vmware-rpctool", *words)
    assert (done.status, done.out) == (status, "") and "info-get guestinfo" in done.err


def test_vmtoolsd_takes_a_request_in_either_form_or_from_a_file(guest: Guest):
    guest.host.do("var-set", name="one", value="1")
    (guest.etc / "request").write_text("info-get guestinfo.one")
    for words in (["--cmd=info-get guestinfo.one"], ["--cmd", "info-get guestinfo.one"],
                  ["--cmdfile", "/etc/request"]):  # fmt: skip
        assert guest.run("vmtoolsd", *words) == Done(0, "1\n", "")
    done = guest.run("vmtoolsd", "--cmdfile", "/etc/absent")
    assert done.status == 1 and "/etc/absent" in done.err


def test_versions_are_numbers_that_parsers_know(guest: Guest):
    line = guest.run("vmtoolsd", "-v").out
    assert re.fullmatch(r"VMware Tools daemon, version \d+\.\d+\.\d+\.\d+\.\d+\n", line)
    assert guest.run(TOOLBOX, "-v").out == line.split()[-1] + "\n"
    guest.conf.write_text("[vmtools]\nuse-legacy-version=true\n")
    line = guest.run("vmtoolsd", "--version").out
    assert re.fullmatch(r"VMware Tools daemon, version \d+\.\d+\.\d+\.\d+ \(build-\d+\)\n", line)


def test_vmtoolsd_refuses_what_it_does_not_know(guest: Guest):
    assert guest.run("vmtoolsd", "--bogus") == Done(
        1, "", "Command line parsing failed: Unknown option --bogus\n")
    assert guest.run("vmtoolsd", "--cmd") == Done(
        1, "", "Command line parsing failed: Missing argument for --cmd\n")


def test_checkvm(guest: Guest, new_guest):
    assert guest.run("vmware-checkvm") == Done(0, "VMware software version 6 (good)\n", "")
    assert guest.run("vmware-checkvm", "-p") == Done(0, "ESX Server\n", "")
    assert guest.run("vmware-checkvm", "-h").status == 0
    assert guest.run("vmware-checkvm", "-x").status == 1
    player = new_guest(options={"product": "4"})
    assert player.run("vmware-checkvm", "--prod") == Done(0, "Workstation\n", "")


def test_time_synchronisation_is_the_host_s_option(guest: Guest):
    assert guest.run(TOOLBOX, "timesync", "enable") == Done(0, "Enabled\n", "")
    assert guest.run(TOOLBOX, "timesync", "status") == Done(0, "Enabled\n", "")
    assert guest.run(TOOLBOX, "-q", "timesync", "disable") == Done(0, "", "")
    assert guest.run(TOOLBOX, "timesync", "status") == Done(69, "Disabled\n", "")


@pytest.mark.parametrize("what, figure, value, said", [
    ("balloon", "memBalloonedMB", 512, "512 MB"),
    ("swap", "memSwappedMB", 7, "7 MB"),
    ("memlimit", "memLimitMB", 4294967295, "4294967295 MB"),
    ("memres", "memReservationMB", 256, "256 MB"),
    ("cpures", "cpuReservationMhz", 0, "0 MHz"),
    ("cpulimit", "cpuLimitMhz", 1200, "1200 MHz"),
])  # fmt: skip
def test_figures_of_the_host(guest: Guest, what: str, figure: str, value: int, said: str):
    guest.host.do("set", what="figure", name=figure, value=value)
    assert guest.run(TOOLBOX, "stat", what) == Done(0, said + "\n", "")
    guest.host.do("set", what="figure", name=figure, value=None)
    done = guest.run(TOOLBOX, "stat", what)
    assert (done.status, done.out) == (75, "") and done.err.startswith("Failed to get ")


def test_figures_that_need_no_guestlib(guest: Guest):
    assert re.fullmatch(r"0x[0-9a-f]+\n", guest.run(TOOLBOX, "stat", "sessionid").out)
    assert re.fullmatch(r"\d+ MHz\n", guest.run(TOOLBOX, "stat", "speed").out)
    assert re.fullmatch(r"\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\n",
                        guest.run(TOOLBOX, "stat", "hosttime").out)


def test_the_host_s_time_is_the_host_s(guest: Guest):
    guest.host.do("set", what="time-offset", value=86400 * 365 * 30)
    year = int(guest.run(TOOLBOX, "stat", "hosttime").out.split()[2])
    guest.host.do("set", what="time-offset", value=0)
    assert int(guest.run(TOOLBOX, "stat", "hosttime").out.split()[2]) in (year - 30, year - 29)


@pytest.mark.parametrize("language", ["de_DE.UTF-8", "ja_JP.UTF-8", "C"])
def test_no_locale_changes_what_is_read_by_programs(guest: Guest, language: str):
    env = {"LC_ALL": language, "LANG": language}
    month = guest.run(TOOLBOX, "stat", "hosttime", env=env).out.split()[1]
    assert month in "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    assert guest.run("vmware-rpctool", "bogus", env=env).err == "Unknown command\n"


def test_devices_are_listed_and_connected(guest: Guest):
    names = [line.split(":")[0] for line in guest.run(TOOLBOX, "device", "list").out.splitlines()]
    assert names
    for word, status in (("disable", 69), ("enable", 0)):
        assert guest.run(TOOLBOX, "device", word, names[0]) == Done(0, f"{word.title()}d\n", "")
        assert guest.run(TOOLBOX, "device", "status", names[0]).status == status
    assert guest.run(TOOLBOX, "device", "status", "nothing").status == 72
    assert guest.run(TOOLBOX, "device", "enable", "nothing").status == 72


@pytest.mark.parametrize("operation, name", [
    ("power", "poweron"), ("shutdown", "poweroff"), ("suspend", "suspend"), ("resume", "resume"),
])  # fmt: skip
def test_scripts(guest: Guest, operation: str, name: str):
    default = f"/etc/vmware-tools/{name}-vm-default\n"
    assert guest.run(TOOLBOX, "script", operation, "default") == Done(0, default, "")
    assert guest.run(TOOLBOX, "script", operation, "current") == Done(0, default, "")
    assert guest.run(TOOLBOX, "script", operation, "disable") == Done(0, "", "")
    assert guest.run(TOOLBOX, "script", operation, "current") == Done(
        75, "", f"No script for operation {operation}.\n")
    assert guest.run(TOOLBOX, "script", operation, "set", "/bin/true") == Done(0, "", "")
    assert guest.run(TOOLBOX, "script", operation, "current") == Done(0, "/bin/true\n", "")
    assert guest.run(TOOLBOX, "script", operation, "set", "/absent").status == 72
    assert guest.run(TOOLBOX, "script", operation, "enable") == Done(0, "", "")
    assert guest.run(TOOLBOX, "script", operation, "current") == Done(0, default, "")


def test_disks_are_not_shrunk(guest: Guest):
    done = guest.run(TOOLBOX, "disk", "shrinkonly")
    assert done.status in (69, 75) and done.err and not done.out


@pytest.mark.parametrize("words, status", [
    ([], 64), (["bogus"], 64), (["--bogus"], 1), (["upgrade", "status"], 64),
    (["stat"], 64), (["stat", "bogus"], 64), (["timesync", "bogus"], 64), (["device", "status"], 64),
    (["script", "bogus", "current"], 64), (["script", "power"], 64), (["script", "power", "set"], 64),
    (["config", "get"], 64), (["config", "set", "a", "b"], 64), (["logging", "level"], 64),
    (["logging", "level", "set", "vmsvc", "bogus"], 64), (["disk", "wipe"], 64),
    (["info", "update", "bogus"], 64), (["help", "bogus"], 64),
    (["globalconf", "status"], 69), (["gueststore", "getcontent", "/a", "/b"], 69),
])  # fmt: skip
def test_whoever_types_it_wrong_is_told(guest: Guest, words: list[str], status: int):
    done = guest.run(TOOLBOX, *words)
    assert done.status == status
    assert done.err.endswith("\n") and TOOLBOX in done.err
    assert words[:1] == ["help"] or not done.out


@pytest.mark.parametrize("words", [["-h"], ["help"], ["help", "stat"], ["help", "config"]])
def test_help_is_on_stdout(guest: Guest, words: list[str]):
    done = guest.run(TOOLBOX, *words)
    assert done.status == 0 and TOOLBOX in done.out and not done.err


def test_what_is_root_s_is_refused_to_others(new_guest):
    nobody = new_guest(superuser=False)
    for words in (["script", "power", "current"], ["disk", "list"], ["config", "set", "a", "b", "c"],
                  ["config", "remove", "a", "b"], ["logging", "level", "get", "vmsvc"],
                  ["info", "update", "network"], ["globalconf", "status"]):  # fmt: skip
        assert nobody.run(TOOLBOX, *words) == Done(
            77, "", f"{TOOLBOX}: You must be root to perform {words[0]} operations.\n")
    for words in (["stat", "speed"], ["timesync", "enable"], ["device", "list"]):
        assert nobody.run(TOOLBOX, *words).status == 0
    assert nobody.run("vmware-rpctool", "info-set guestinfo.of nobody") == Done(0, "\n", "")


def test_a_file_goes_to_the_host_s_log(guest: Guest):
    (guest.etc / "report").write_bytes(bytes(range(100)))
    assert guest.run("vmware-xferlogs", "-p", "/etc/report") == Done(0, "", "")
    lines = str(guest.host.do("state", part="log"))
    assert ">Logfile Begins : /etc/report: ver - 1" in lines and ">Logfile Ends " in lines
    assert ">AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4" in lines
    assert guest.run("vmware-xferlogs", "-p", "/etc/absent").status == 255


def test_what_cannot_be_written_is_an_error(guest: Guest):
    guest.host.do("var-set", name="one", value="1")
    done = guest.run("sh", "-c", "vmware-rpctool 'info-get guestinfo.one' >/dev/full")
    assert done.status == 74 and "cannot write" in done.err


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", ">&-", "2>&-", ""])
def test_a_service_that_cannot_be_started_is_an_error_whatever_is_closed(guest: Guest, closed: str):
    """vmguestd is not installed here."""
    done = guest.run("sh", "-c", f"vmtoolsd -b /etc/pid {closed}")
    assert done.status == 1 and not (guest.etc / "pid").exists()


def test_a_thousand_bytes_more_than_the_host_takes_are_not_sent(guest: Guest):
    (guest.etc / "long").write_text("log " + "x" * 66000)
    done = guest.run("vmtoolsd", "--cmdfile", "/etc/long")
    assert done.status == 1 and done.err and not done.out
