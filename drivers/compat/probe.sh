#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
#
# probe.sh KDIR OUT [make arguments] - ask the kernel headers in KDIR which
# interfaces they offer, and leave the answers in the folder OUT:
#
#   compat_config.h   one #define HAVE_NAME a probe that compiled
#   NAME.log          what the compiler said to each probe
#   key               what the answers depend on; unchanged: nothing is asked again
#
# The probes are probes/*.c (see the README there). This script knows no API: it
# asks, and complains when a question has no answer that we can work with.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
kdir=$1
out=$2
shift 2

die()
{
	echo "vmguest: $*" >&2
	exit 1
}

autoconf=$kdir/include/generated/autoconf.h
[ -r "$autoconf" ] || die "$kdir holds no configured kernel headers"
release=$(basename "$out")

# Whatever can change an answer: the questions, the kernel's configuration, the compiler.
key=$(
	{
		echo "$release $*"
		"${CC:-gcc}" --version 2>/dev/null || true
		cat "$here"/probes/*.c "$here/probes/Kbuild" "$0" "$autoconf"
	} | cksum
)
[ "$key" != "$(cat "$out/key" 2>/dev/null)" ] || exit 0

work=$out.$$
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
cp "$here"/probes/*.c "$here/probes/Kbuild" "$work"

# shellcheck disable=SC2086 # MAKE may carry -j
${MAKE:-make} -C "$kdir" M="$work" "$@" modules >"$work/make.log" 2>&1 || {
	cat "$work/make.log" >&2
	die "kbuild does not run in $kdir: headers incomplete, or their compiler missing"
}

# One line a probe: NAME ANSWER INTERFACE, the last empty but for probes in a group.
(
	cd "$work"
	awk 'FNR == 1 { name = FILENAME; sub(/\.[^.]*$/, "", name) }
	     FILENAME ~ /answer$/ { answer[name] = $0 }
	     sub(/^\/\/ one of: */, "") { group[name] = $0 }
	     END { for (n in answer) print n, answer[n], group[n] }' ./*.answer ./*.c |
		sed 's,^\./,,' | sort
) >"$work/answers"

grep -q '^control_yes 1' "$work/answers" || {
	cat "$work/control_yes.log" >&2
	die "the headers in $kdir cannot compile an empty module"
}
grep -q '^control_no 0' "$work/answers" ||
	die "the compiler accepts a call to an undeclared function: no probe can be trusted"

# A group is one interface in its known forms: none of them means that the kernel has
# a form we do not know, and guessing would end in an obscure error or worse.
unknown=$(awk 'NF > 2 { n = $1; a = $2; sub(/^[^ ]+ [^ ]+ +/, ""); tried[$0] = tried[$0] " " n; ok[$0] += a }
	       END { for (i in ok) if (!ok[i]) print "  " i " (tried" tried[i] ")" }' "$work/answers")
[ -z "$unknown" ] || {
	rm -rf "$out"
	mv "$work" "$out"
	die "Linux $release has no known interface for
$unknown
  The compiler's reasons: $out/NAME.log
  What to do: drivers/compat/probes/README.md, «A new kernel changed an interface»."
}

{
	echo "/* SPDX-License-Identifier: GPL-2.0-only */"
	echo "/* Written by probe.sh for Linux $release; do not edit. */"
	awk '$1 !~ /^control_/ {
		name = "HAVE_" toupper($1)
		print $2 ? "#define " name " 1" : "/* " name " is not there */"
	}' "$work/answers"
} >"$work/compat_config.h"

# An unchanged header keeps its time stamp, and with it every object built against it.
! cmp -s "$work/compat_config.h" "$out/compat_config.h" ||
	cp -p "$out/compat_config.h" "$work/compat_config.h"
echo "$key" >"$work/key"
rm -rf "$out"
mv "$work" "$out"
