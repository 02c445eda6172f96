# Packages, npm and the build.  Sourced by ./dev.
# shellcheck shell=bash

# packages_need up|test…: installs what dev.d/packages lists for these and is missing.  Asks dpkg only.
packages_need() {
	local missing=() name who unless
	while read -r name who unless; do
		case " $* " in *" $who "*) ;; *) continue ;; esac
		[ -n "$unless" ] && command -v "$unless" >/dev/null && continue
		missing+=("$name")
	done < <(grep -v '^#' dev.d/packages)
	if ! command -v dpkg-query >/dev/null; then
		[ -n "${FOYER_SKIP_PACKAGES:-}" ] && return
		die "This is not Debian (there is no dpkg), so the packages cannot be checked." \
			"Install the equivalents of these, then run it again with FOYER_SKIP_PACKAGES=1:" "  ${missing[*]}"
	fi
	mapfile -t missing < <(comm -23 <(printf '%s\n' "${missing[@]}" | sort) \
		<(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${missing[@]}" 2>/dev/null |
			awk '$2 == "installed" { print $1 }' | sort))
	if [ ${#missing[@]} -gt 0 ]; then packages_install "${missing[@]}"; fi
	node_check
}

packages_install() {
	local sudo=() guard=/usr/sbin/policy-rc.d
	if [ "$(id -u)" -ne 0 ]; then
		# sudo asks for the password, if it must, before anything is hidden in a log.
		if ! { command -v sudo >/dev/null && sudo true; }; then
			die "$# packages are missing, and $(id -un) may not install them: there is no sudo, or it refuses." \
				"Let root do this once, then run ./dev again:" \
				"  apt-get update && apt-get install --no-install-recommends $*"
		fi
		sudo=(sudo)
	fi
	step "installing $# packages, which takes some minutes: $*"
	mkdir -p "$VAR/log"
	"${sudo[@]}" apt-get update -q >"$VAR/log/apt.log" 2>&1 || packages_unreachable "$@"
	# Debian starts a service as soon as it is installed; the house runs its own ones on its own ports.
	if [ ! -e $guard ]; then
		printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" install -m 755 /dev/stdin $guard
		# shellcheck disable=SC2064 # the values of now
		trap "${sudo[*]} rm -f $guard" EXIT
	fi
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" \
		>>"$VAR/log/apt.log" 2>&1 || packages_unreachable "$@"
	if [ -n "$(trap -p EXIT)" ]; then
		"${sudo[@]}" rm -f $guard
		trap - EXIT
	fi
}

packages_unreachable() {
	tail -n 6 "$VAR/log/apt.log" >&2
	disk_check 600
	if grep -qE 'Could not (resolve|connect)|Failed to fetch|Unable to connect|Temporary failure' "$VAR/log/apt.log"; then
		die "apt-get cannot reach the package servers: no network, or a proxy it is not told of." \
			"With a network, run ./dev again. Without: install these by other means, then run it again:" "  $*"
	fi
	if grep -qE 'enough free space|No space left' "$VAR/log/apt.log"; then
		die "The disk is full: $# packages and what they need take about 1.2 GiB in /usr and /var/cache/apt." \
			"Make room there, then run ./dev again."
	fi
	die "apt-get could not install the packages." "Its log: $VAR/log/apt.log    Missing: $*"
}

node_check() {
	local major
	major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || major=0
	[ "$major" -ge 18 ] || die "Node 18 or newer is needed to build the static files; found: $(node -v 2>/dev/null || echo none)" \
		"Debian 12 brings it: apt-get install nodejs npm (remove the older one from the PATH)."
	command -v npm >/dev/null || die "npm is missing beside node." "Debian 12 brings it: apt-get install npm"
}

# npm ci, when the lock has changed since.
npm_need() {
	local hash
	hash=$(sha256sum package.json package-lock.json | sha256sum | cut -d' ' -f1)
	[ "$(cat node_modules/.foyer-lock 2>/dev/null)" != "$hash" ] || return 0
	step "npm packages"
	mkdir -p "$VAR/log"
	npm ci --no-audit --no-fund >"$VAR/log/npm.log" 2>&1 || {
		tail -n 8 "$VAR/log/npm.log" >&2
		disk_check 300
		die "npm could not fetch its packages: no network, or a proxy it is not told of." \
			"Its log: $VAR/log/npm.log    Run ./dev again once npm ci works here."
	}
	echo "$hash" >node_modules/.foyer-lock
}

# The build system is made anew only when what it is made of has changed: its own files, or the list of sources.
autotools_need() {
	local hash
	hash=$({ cat configure.ac Makefile.am build-aux/list-sources && build-aux/list-sources; } | sha256sum | cut -d' ' -f1)
	[ -x configure ] && [ "$(cat autom4te.cache/.foyer 2>/dev/null)" = "$hash" ] && return
	step "build system"
	mkdir -p autom4te.cache
	autoreconf -i >"$VAR/log/autoreconf.log" 2>&1 ||
		{ tail -n 20 "$VAR/log/autoreconf.log" >&2 && die "autoreconf failed." "Its log: $VAR/log/autoreconf.log"; }
	echo "$hash" >autom4te.cache/.foyer
}

# build_in DIR TARGET CONFIGURE-ARGUMENTS…
build_in() {
	local dir=$1 target=$2 log
	log=$VAR/log/build-$(basename "$1").log
	shift 2
	mkdir -p "$dir" "$VAR/log"
	[ ! -f config.status ] || die "./configure was run in the tree itself; ./dev builds in ${dir#"$ROOT"/}/, and both at once cannot be." \
		"Run  make distclean  here, then ./dev again."
	autotools_need
	if [ ! -f "$dir/Makefile" ] || [ "$(cat "$dir/.foyer-configured" 2>/dev/null)" != "$*" ]; then
		step "configure ${dir#"$ROOT"/}/"
		(cd "$dir" && "$ROOT/configure" "$@") >"$log" 2>&1 ||
			{ tail -n 15 "$log" >&2 && die "configure failed." "Its log: $log"; }
		echo "$*" >"$dir/.foyer-configured"
	fi
	step "make $target in ${dir#"$ROOT"/}/"
	make -C "$dir" -j"${FOYER_JOBS:-$(nproc)}" "$target" TESTS= >"$log" 2>&1 || {
		grep -E 'error|Error|warning|undefined' "$log" | head -n 30 >&2
		disk_check 200
		die "The build failed." "Its log: $log"
	}
}

build_house() {
	npm_need
	build_in "$BUILD" all --enable-werror CFLAGS='-O2 -g'
}
