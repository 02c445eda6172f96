# Peers of the pages, in the house's own nginx: the same bytes as a file, as a bare FastCGI answer, and the show page written
# in plain PHP.  Sourced by tests/load/bench.
# shellcheck shell=bash

PEERS=$FOYER_VAR/peers

# The house's own settings of everything that a request passes before its location.
peers_server() { # NAME LOCATION, further lines from standard input
	echo "server {"
	awk '/^server \{/ { on = 1; next } on && /^\tlocation / { exit } on' "$FOYER_VAR/nginx/nginx.conf" | grep -vE '^\s*(server_name|fastcgi_cache[a-z_]*|fastcgi_no_cache) ' |
		sed 's/ backlog=[0-9]*;/;/'
	echo "	server_name $1;"
	cat
	echo "}"
}
peers_site() {
	peers_server bare.peer <<-CONF
		location / { limit_conn foyer_pages 2000; limit_conn foyer_address 300; fastcgi_pass unix:$PEERS/bare.sock; }
	CONF
	peers_server small.peer <<-CONF
		listen 127.0.0.1:$((FOYER_PORT + 5)); # for tools that cannot name a host
		location / { limit_conn foyer_pages 2000; limit_conn foyer_address 300; fastcgi_pass unix:$PEERS/small.sock; }
	CONF
	peers_server php.peer <<-CONF
		fastcgi_param SCRIPT_FILENAME $PEERS/show.php;
		location / { limit_conn foyer_pages 2000; limit_conn foyer_address 300; fastcgi_pass unix:$PEERS/php.sock; }
	CONF
	peers_server_files
}
peers_server_files() {
	peers_server file.peer <<-CONF
		location / { root $PEERS/files; access_log off; }
	CONF
}
peers_open() { # standard input: further sites of the house's nginx
	cat >"$FOYER_VAR/nginx/site-peers.conf"
	nginx -p "$FOYER_VAR/nginx" -c "$FOYER_VAR/nginx/nginx.conf" -t -q
	kill -HUP "$(pid_of nginx)"
	sleep 0.5
}

# A program that ends when this script does, however that is.
peer_run() { # NAME COMMAND…
	local name=$1
	shift
	setpriv --pdeathsig TERM "$@" >>"$FOYER_VAR/log/peer-$name.log" 2>&1 </dev/null 9>&- &
	PEER_PIDS+=($!)
}
peer_wait() { # SOCKET
	local _
	for _ in {1..100}; do [ -S "$1" ] && return; sleep 0.05; done
	echo "bench: $1 did not come up; see $FOYER_VAR/log/" >&2
	exit 1
}
peers_stop() {
	[ ${#PEER_PIDS[@]} -eq 0 ] || kill "${PEER_PIDS[@]}" 2>/dev/null || :
	PEER_PIDS=()
	rm -f "$FOYER_VAR/nginx/site-peers.conf"
}

# The frame around the page of the house, with what belongs to the show as variables.
php_frame() { # SLUG TITLE SYNOPSIS
	local slug=$1 title=$2 synopsis=$3
	awk -v slug="$slug" -v title="$title" -v synopsis="$synopsis" -v head="$PEERS/head" -v foot="$PEERS/foot" '
		function put(text, from, to,    at, done) {
			while (from != "" && (at = index(text, from))) {
				done = done substr(text, 1, at - 1) to
				text = substr(text, at + length(from))
			}
			return done text
		}
		{ gsub(/\\/, "\\\\"); s = put($0, title, "<?= $title ?>"); s = put(s, synopsis, "<?= $synopsis ?>")
		  s = put(s, "%2Fshows%2F" slug, "<?= $address ?>"); s = put(s, slug, "<?= $slug ?>") }
		/<\/main>/ { part = 2 }
		part != 1 { print s > (part == 2 ? foot : head) }
		/<main / { part = 1 }' "$PEERS/page.html"
}
php_write() { # SLUG
	local run=$FOYER_VAR/run
	php_frame "$1" "$(sql "SELECT title FROM shows WHERE slug = '$1'")" "$(sql "SELECT synopsis FROM shows WHERE slug = '$1'")"
	cat >"$PEERS/settings" <<-PHP
		const DB_SOCKET = '$run/replica.sock', DB_USER = 'foyer', DB_NAME = 'foyer';
		const DB_PASSWORD = '$(cat "$FOYER_VAR/database.secret")';
	PHP
	sed -e "/^@SETTINGS@/{r $PEERS/settings" -e 'd;}' -e "/^@HEAD@/{r $PEERS/head" -e 'd;}' -e "/^@FOOT@/{r $PEERS/foot" -e 'd;}' \
		tests/load/bench.d/show.php >"$PEERS/show.php"
	cat >"$PEERS/fpm.conf" <<-CONF
		[global]
		error_log = $FOYER_VAR/log/peer-php.log
		daemonize = no
		[www]
		$([ "$(id -u)" -ne 0 ] || printf 'user = root\ngroup = root')
		listen = $PEERS/php.sock
		listen.backlog = 4096
		pm = static
		pm.max_children = $(setting pool_web)
		php_admin_value[opcache.validate_timestamps] = 0
		php_admin_value[mysqli.max_persistent] = 1
	CONF
}
peers_start() { # SLUG
	local fpm root=()
	mkdir -p "$PEERS/files"
	fpm=$(find /usr/sbin -name 'php-fpm*' | sort | tail -n 1)
	[ "$(id -u)" -ne 0 ] || root=(-R)
	curl -fsS -H 'Cookie: foyer_flash=none' "$URL/shows/$1" >"$PEERS/page.html"
	cp "$PEERS/page.html" "$PEERS/files/page.html"
	printf 'ok\n' >"$PEERS/small"
	php_write "$1"
	rm -f "$PEERS"/*.sock
	peer_run bare "$BUILD/tests/load/bare_load" "$PEERS/bare.sock" "$(setting pool_web)" "$PEERS/page.html"
	peer_run small "$BUILD/tests/load/bare_load" "$PEERS/small.sock" "$(setting pool_web)" "$PEERS/small"
	peer_run php "$fpm" "${root[@]}" -F -y "$PEERS/fpm.conf"
	peer_wait "$PEERS/bare.sock"
	peer_wait "$PEERS/small.sock"
	peer_wait "$PEERS/php.sock"
	peers_site | peers_open
}

# The PHP page tells the same as the house's: the text of both, without tags and blanks, is equal.
text_of() { sed -n '/<main /,/<\/main>/p' "$1" | sed -e 's/<[^>]*>/ /g' | tr -s ' \t\n' '\n' | grep .; }
peers_check() { # SLUG
	curl -fsS -H 'Host: php.peer' "$URL/?slug=$1" >"$PEERS/php.html"
	text_of "$PEERS/page.html" >"$PEERS/page.txt"
	text_of "$PEERS/php.html" >"$PEERS/php.txt"
	diff "$PEERS/page.txt" "$PEERS/php.txt" >"$PEERS/php.diff" ||
		{ echo "  the PHP page does not tell the same as the house's: see $PEERS/php.diff" && touch "$BAD"; }
}
