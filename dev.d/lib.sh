# Small tools of ./dev: talking, ports, processes with a pid file.  Sourced.
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }
step() { printf '\033[2m·\033[0m %s\n' "$*"; }
die() {
	printf '\n\033[31m%s\033[0m\n' "$1" >&2
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" >&2
	exit 1
}

# Unix socket paths must stay under 108 bytes: a checkout deep down keeps its sockets in /tmp, private to the user.
run_dir() {
	if [ ${#VAR} -le 80 ]; then
		echo "$VAR/run"
	else
		echo "/tmp/foyer-$(id -u)-$(printf '%s' "$VAR" | cksum | cut -d' ' -f1)"
	fi
}

# One ./dev at a time for a house.
with_lock() {
	mkdir -p "$VAR"
	exec 9>"$VAR/.lock"
	flock -w 1 9 || die "Another ./dev is at work on this house." "Wait until it is done, or look who holds $VAR/.lock"
	"$@"
}

# ---- ports ----------------------------------------------------------------------------------------------------------
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Who listens on a port, as well as this user can see it.
port_owner() {
	local hex inode pid fd
	printf -v hex '%04X' "$1"
	inode=$(awk -v p=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == p { print $10; exit }' \
		/proc/net/tcp /proc/net/tcp6 2>/dev/null)
	for fd in /proc/[0-9]*/fd/*; do
		[ "$(readlink "$fd" 2>/dev/null)" = "socket:[$inode]" ] || continue
		pid=${fd#/proc/} pid=${pid%%/*}
		echo "process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c1-80))"
		return
	done
	echo "a process this user cannot see"
}

# ---- processes: NAME is known by var/run/NAME.pid ------------------------------------------------------------------------
# The pid of a running service of this house; a pid file left over from a crash (the number may be somebody else's by
# now) is told by the working directory, which is inside VAR for all of ours.
service_pid() {
	local pid='' where try
	for try in {1..20}; do # nginx and MariaDB write the file themselves: it is empty for a moment
		pid=$(head -n1 "$(run_dir)/$1.pid" 2>/dev/null) || return 1
		[ -z "$pid" ] || break
		sleep 0.0"$try"
	done
	[ -n "$pid" ] && where=$(readlink "/proc/$pid/cwd" 2>/dev/null) || return 1
	[ "$(ps -o stat= -p "$pid" | cut -c1)" != Z ] || return 1
	case $where/ in "$VAR"/*) echo "$pid" ;; *) return 1 ;; esac
}

# service_start NAME COMMAND…: in the background, in its own session, log in var/log/NAME.log, pid in var/run/NAME.pid.
service_start() {
	local name=$1 log="$VAR/log/$1.log"
	shift
	if [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -gt 50000000 ]; then mv "$log" "$log.1"; fi
	(
		cd "$VAR" || exit
		ulimit -n "$(ulimit -Hn)" 2>/dev/null || :
		exec 9>&-
		exec setsid "$@" >>"$log" 2>&1 </dev/null &
		echo $! >"$(run_dir)/$name.pid"
	)
}

# service_stop NAME [SIGNAL] [SECONDS]: asks it to leave; what does not leave is killed and named.
service_stop() {
	local name=$1 signal=${2:-TERM} seconds=${3:-15} pid end
	if pid=$(service_pid "$name"); then
		kill -"$signal" "$pid" 2>/dev/null || :
		end=$((SECONDS + seconds))
		while [ "$(service_pid "$name" || :)" = "$pid" ]; do
			if [ $SECONDS -ge $end ]; then
				say "$name (process $pid) did not leave within $seconds s: killed"
				kill -KILL "$pid" 2>/dev/null || :
				end=$((SECONDS + 60))
			fi
			sleep 0.05
		done
	fi
	rm -f "$(run_dir)/$name.pid"
}

# service_wait NAME WHAT TEST…: until TEST succeeds; tells the end of the log if the service dies or 30 s pass.
service_wait() {
	local name=$1 what=$2 end=$((SECONDS + 30))
	shift 2
	until "$@" >/dev/null 2>&1; do
		if ! service_pid "$name" >/dev/null || [ $SECONDS -ge $end ]; then
			tail -n 15 "$VAR/log/$name.log" >&2
			disk_check 100
			die "$what did not start." "Its log: $VAR/log/$name.log"
		fi
		sleep 0.05
	done
}

# disk_check MIB: enough room where VAR is?
disk_check() {
	local free
	free=$(df -Pm "$VAR" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$1" ] || die "The disk is full: $free MiB left at $VAR, $1 MiB are needed." \
		"Make room there, or put the house elsewhere: FOYER_VAR=/path/with/room ./dev up"
}
