# Pages against files, bare answers and PHP.  Sourced by tests/load/bench.
# shellcheck shell=bash

# What a signed-in person's browser sends keeps the cache of nginx out.
PERSON='Cookie: foyer_flash=none'

# CPU of nginx and the workers per request, in µs.
cpu_of_page() { # URL HEADER
	local before after n
	before=$(($(service_cpu serve) + $(service_cpu nginx)))
	n=$(wrk -t1 -c 32 -d "${EACH}s" -H "$2" "$1" | awk '/requests in/ { print $1 }')
	after=$(($(service_cpu serve) + $(service_cpu nginx)))
	awk -v c=$((after - before)) -v n="${n:-0}" 'BEGIN { print n ? c / n : "error" }'
}

part_pages() {
	local slug big writer _
	slug=$(sql "SELECT slug FROM shows s WHERE state = 'published' AND view_open_at < UTC_TIMESTAMP() AND slug <> 'bench' AND EXISTS
		(SELECT 1 FROM performance p WHERE p.show_id = s.id AND p.state = 'on_sale') ORDER BY id LIMIT 1")
	big=$(sql "SELECT p.id FROM performance p JOIN hall h ON h.id = p.hall_id JOIN shows s ON s.id = p.show_id
		WHERE p.state = 'on_sale' AND s.slug <> 'bench' ORDER BY h.seats DESC, p.id LIMIT 1")
	peers_start "$slug"
	peers_check "$slug"
	# Who has just written gets nothing that a worker remembers: all statements are sent each time.
	writer="Cookie: $(load cookie_load "$(sql 'SELECT @@gtid_binlog_pos')")"
	for _ in $(seq "$REPEAT"); do
		keep file "$(rate "$URL/page.html" 32 'Host: file.peer')"
		keep bare "$(rate "$URL/" 32 'Host: bare.peer')"
		keep php "$(rate "$URL/?slug=$slug" 32 'Host: php.peer')"
		keep show_cached "$(rate "$URL/shows/$slug")"
		keep list_cached "$(rate "$URL/shows")"
		keep show "$(rate "$URL/shows/$slug" 32 "$PERSON")"
		keep show_anew "$(rate "$URL/shows/$slug" 32 "$writer")"
		keep list "$(rate "$URL/shows" 32 "$PERSON")"
		keep snapshot_cached "$(rate "$URL/performances/$big/seats.bin")"
		keep snapshot "$(rate "$URL/performances/$big/seats.bin" 32 "$PERSON")"
	done
	keep cpu_show_cached "$(cpu_of_page "$URL/shows/$slug" 'Accept: text/html')"
	keep cpu_show "$(cpu_of_page "$URL/shows/$slug" "$PERSON")"
	peers_stop

	head_line "pages ($(stat -c %s "$PEERS/page.html") bytes)"
	row "show page, uncached (facts ≤ 1 s, stock ≤ 0.1 s old)" show /s bare "bare FastCGI, same size" ≥ 0.6
	row "" show /s php "the same page in PHP" ≥ 3
	row "the same with its 3 statements sent each time" show_anew /s bare "bare FastCGI, same size" ≥ 0.6
	row "" show_anew /s php "the same page in PHP" ≥ 3
	row "show page, cached" show_cached /s file "static file, same size" ≥ 0.9
	row "catalogue page, uncached" list /s bare "bare FastCGI, show page's size"
	row "catalogue page, cached" list_cached /s file "static file, show page's size"
	row "seat map snapshot, 48,000 seats, uncached" snapshot /s bare "bare FastCGI, show page's size"
	row "seat map snapshot, 48,000 seats, cached" snapshot_cached /s file "static file, show page's size"
	row "static file (nginx)" file /s
	row "bare FastCGI answer" bare /s file "static file"
	row "the show page in plain PHP (php-fpm, opcache)" php /s
	row "CPU of nginx and workers a show page, cached" cpu_show_cached " µs"
	row "CPU of nginx and workers a show page, uncached" cpu_show " µs"
}
