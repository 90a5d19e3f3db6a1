# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
# shellcheck shell=bash
#
# Completion for vmguest and vmware-toolbox-cmd. It asks nothing of the host.

_vmguest()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words=
	local both='config device disk globalconf gueststore info logging script stat timesync help'
	local -a typed=("${COMP_WORDS[@]:1:COMP_CWORD - 1}")

	[[ ${typed[0]} == -q ]] && typed=("${typed[@]:1}")
	case ${typed[0]}:${#typed[@]} in
	:0)
		words="$both --help"
		((COMP_CWORD == 1)) && words="$words -q"
		[[ ${COMP_WORDS[0]##*/} == vmguest ]] &&
			words="$words status top rpc --metrics --version"
		;;
	config:1) words='get set remove' ;;
	config:2)
		words='vmguestd vmtools logging powerops deployPkg guestinfo guestosinfo vmbackup timeSync'
		words="$words hotplug resolutionKMS setenvironment"
		;;
	device:1) words='list status enable disable' ;;
	disk:1) words='list shrink shrinkonly wipe' ;;
	globalconf:1) words='enable disable refresh status' ;;
	gueststore:1) words='getcontent' ;;
	info:1) words='get set update' ;;
	info:2) [[ ${typed[1]} == update ]] && words='network' ;;
	logging:1) words='level' ;;
	logging:2) words='get set' ;;
	logging:3) words='vmsvc' ;;
	logging:4) words='error critical warning info message debug' ;;
	script:1) words='power resume suspend shutdown' ;;
	script:2) words='current default enable disable set' ;;
	script:3 | gueststore:2 | --metrics:1) compopt -o default ;;
	stat:1)
		words='hosttime speed sessionid balloon swap memlimit memres cpures cpulimit raw'
		;;
	stat:2) [[ ${typed[1]} == raw ]] && words='text json xml yaml' ;;
	timesync:1) words='enable disable status' ;;
	help:1) words="$both status top rpc" ;;
	status:*) words='--json --root' ;;
	top:*) words='-d -n --root' ;;
	--metrics:2) words='--root' ;;
	esac
	if [[ $prev == --root ]]; then
		words=
		compopt -o dirnames
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _vmguest vmguest vmware-toolbox-cmd
