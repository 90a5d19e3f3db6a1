#compdef vmguest vmware-toolbox-cmd
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
#
# Completion for vmguest and vmware-toolbox-cmd. It asks nothing of the host.

local -a families own

families=(
	'config:keys of tools.conf'
	'device:removable devices of the virtual machine'
	'disk:space of virtual disks'
	'info:what the host is told, and variables'
	'logging:how much a service says'
	'script:what is run at power operations'
	'stat:figures of the host'
	'timesync:whether the clock is to follow the host'
	'help:about a command'
)
own=(
	'status:what this guest has of VMware, and what is wrong'
	'top:status, again and again'
	'rpc:one request to the host'
)

# The first word may be an option that changes nothing of what follows.
[[ ${words[2]} == -q ]] && (( CURRENT > 2 )) && words=($words[1] $words[3,-1]) && (( CURRENT -= 1 ))

if (( CURRENT == 2 )); then
	if [[ ${words[1]:t} == vmguest ]]; then
		families+=($own)
		compadd -- --metrics --version
	fi
	compadd -- -q --help
	_describe command families
	return
fi

case ${words[2]}:$CURRENT in
(config:3) compadd get set remove ;;
(config:4) compadd vmguestd vmtools logging powerops deployPkg guestinfo guestosinfo vmbackup timeSync \
	hotplug resolutionKMS setenvironment ;;
(device:3) compadd list status enable disable ;;
(disk:3) compadd list shrink shrinkonly wipe ;;
(disk:4) _directories ;;
(info:3) compadd get set update ;;
(info:4) [[ ${words[3]} == update ]] && compadd network ;;
(logging:3) compadd level ;;
(logging:4) compadd get set ;;
(logging:5) compadd vmsvc ;;
(logging:6) compadd error critical warning info message debug ;;
(script:3) compadd power resume suspend shutdown ;;
(script:4) compadd current default enable disable set ;;
(script:5) _files ;;
(stat:3) compadd hosttime speed sessionid balloon swap memlimit memres cpures cpulimit raw ;;
(stat:4) [[ ${words[3]} == raw ]] && compadd text json xml yaml ;;
(timesync:3) compadd enable disable status ;;
(status:*) _arguments ':command:' '--json[as JSON]' '--root[where / is]:folder:_directories' ;;
(top:*) _arguments ':command:' '-d[seconds between]:seconds:' '-n[how often]:times:' \
	'--root[where / is]:folder:_directories' ;;
(--metrics:3) _files ;;
(--metrics:*) _arguments ':option:' ':file:' '--root[where / is]:folder:_directories' ;;
(help:3) compadd config device disk info logging script stat timesync status top rpc ;;
esac
