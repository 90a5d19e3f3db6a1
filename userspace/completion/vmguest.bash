# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
# shellcheck shell=bash
#
# Completion for vmguest and vmware-toolbox-cmd. It asks nothing of the host.

_vmguest()
{
	local cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words=
	local both='config device disk globalconf gueststore info logging script stat timesync help'

	if ((COMP_CWORD == 1)); then
		words="$both -q --help"
		[[ ${COMP_WORDS[0]##*/} == vmguest ]] &&
			words="$words status top rpc --metrics --version"
	elif ((COMP_CWORD == 2)); then
		case $command in
		config) words='get set remove' ;;
		device) words='list status enable disable' ;;
		disk) words='list shrink shrinkonly wipe' ;;
		globalconf) words='enable disable refresh status' ;;
		gueststore) words='getcontent' ;;
		info) words='get set update' ;;
		logging) words='level' ;;
		script) words='power resume suspend shutdown' ;;
		stat)
			words='hosttime speed sessionid balloon swap memlimit memres cpures'
			words="$words cpulimit raw"
			;;
		timesync) words='enable disable status' ;;
		status) words='--json --root' ;;
		top) words='-d -n --root' ;;
		help) words="$both status top rpc" ;;
		esac
	else
		case $command:${COMP_WORDS[2]}:$COMP_CWORD in
		info:update:3) words='network' ;;
		logging:level:3) words='get set' ;;
		logging:level:4) words='vmsvc' ;;
		logging:level:5) words='error critical warning info message debug' ;;
		script:*:3) words='current default enable disable set' ;;
		script:*:4 | gueststore:*:4) compopt -o default ;;
		stat:raw:3) words='text json xml yaml' ;;
		config:*:3) words='vmtools logging powerops guestinfo vmbackup timeSync deployPkg' ;;
		esac
		[[ ${COMP_WORDS[COMP_CWORD - 1]} == --root ]] && compopt -o dirnames
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _vmguest vmguest vmware-toolbox-cmd
