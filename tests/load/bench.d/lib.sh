# The bench's tools: its house, figures by rounds, the table.  Sourced by tests/load/bench.
# shellcheck shell=bash

# ---- the house ------------------------------------------------------------------------------------------------------------
house_open() {
	mkdir -p "$FOYER_VAR/nginx"
	# Buyers come from one address, and no waiting room opens before them by itself.
	printf '%s\n' 'rate_per_minute = 100000000' 'queue_auto_at = 0' 'log_level = warn' "${BENCH_CONF:-}" >"$FOYER_VAR/local.conf"
	# What an earlier bench left may be of another schema: it is worth nothing.
	./dev up >"$FOYER_VAR/up.log" 2>&1 || { ./dev reset -y >/dev/null && ./dev up >"$FOYER_VAR/up.log" 2>&1; } ||
		{ cat "$FOYER_VAR/up.log" && exit 1; }
}
sql() { ./dev sql -N -B -e "$1"; }
setting() { "$FOYER_VAR/bin/foyer" config -c "$CONF" 2>/dev/null | awk -v n="$1" '$1 == n && $2 == "=" { print $3 }'; }
pid_of() { head -n1 "$FOYER_VAR/run/$1.pid"; }

# A show of the bench's own, in the largest hall of the demo, that nobody finds in lists; each measurement gets a fresh
# performance of it: 48,000 free seats, and standing areas with room for everybody.
stage_show() {
	sql "INSERT IGNORE INTO shows (organizer_id, slug, title, genre, synopsis, synopsis_en, notice, notice_en, ticket_limit, fee_per_ticket,
			view_open_at, booking_open_at, state, created_at, search_text)
		SELECT organizer_id, 'bench', 'Bench', genre, '', '', '', '', ticket_limit, fee_per_ticket, view_open_at, booking_open_at, state,
			created_at, 'bench' FROM shows WHERE id = (SELECT p.show_id FROM performance p JOIN hall h ON h.id = p.hall_id
			WHERE p.state = 'on_sale' ORDER BY h.seats DESC, p.id LIMIT 1);
		SET @new = (SELECT id FROM shows WHERE slug = 'bench');
		SET @hall = (SELECT id FROM hall ORDER BY seats DESC LIMIT 1);
		SET @old = (SELECT MIN(show_id) FROM performance WHERE hall_id = @hall);
		INSERT IGNORE INTO price_grade (show_id, ord, code, price) SELECT @new, ord, code, price FROM price_grade WHERE show_id = @old;
		INSERT IGNORE INTO section_grade (show_id, section_id, grade_id) SELECT @new, x.section_id, n.id FROM section_grade x
			JOIN price_grade o ON o.id = x.grade_id JOIN price_grade n ON n.show_id = @new AND n.ord = o.ord WHERE x.show_id = @old"
}
# Prints the new performance's number.
performance_new() {
	sql "SET @hall = (SELECT id FROM hall ORDER BY seats DESC LIMIT 1), @show = (SELECT id FROM shows WHERE slug = 'bench');
		INSERT INTO performance (show_id, hall_id, starts_at, booking_closes_at, state, created_at)
			SELECT @show, @hall, starts_at, booking_closes_at, 'on_sale', created_at FROM performance
			WHERE hall_id = @hall AND state = 'on_sale' ORDER BY id LIMIT 1;
		SET @new = LAST_INSERT_ID();
		INSERT INTO performance_grade (performance_id, grade_id, capacity) SELECT @new, g.grade_id, SUM(c.capacity) FROM section c
			JOIN section_grade g ON g.section_id = c.id AND g.show_id = @show WHERE c.hall_id = @hall GROUP BY g.grade_id;
		INSERT INTO stock_stripe (performance_id, section_id, stripe, capacity) SELECT @new, c.id, n.seq, 10000 FROM section c
			JOIN seq_0_to_15 n WHERE c.hall_id = @hall AND c.kind = 'standing';
		SELECT @new"
}
# What earlier measurements left in Redis: thousands of sessions.
redis_empty() { redis-cli -s "$FOYER_VAR/run/redis.sock" flushdb >/dev/null; }
standing_section() { sql "SELECT MIN(id) FROM section WHERE kind = 'standing' AND hall_id = (SELECT id FROM hall ORDER BY seats DESC LIMIT 1)"; }

# ---- figures: one file a figure, one line a round; a figure that could not be had is the word "error" ---------------------------
keep() { # NAME VALUE
	if ! [[ ${2:-} =~ ^[0-9.]+$ && ${2:-} =~ [1-9] ]]; then set -- "$1" error; fi
	[ "$2" != error ] || { touch "$BAD" && echo "  no figure for $1 in a round" >&2; }
	echo "$2" >>"$ROUNDS/$1"
}
median() { sort -g | awk '/error/ { bad = 1 } { v[NR] = $1 } END { print bad || !NR ? "error" : v[int((NR + 1) / 2)] }'; }
figure() { if [ -e "$ROUNDS/$1" ]; then median <"$ROUNDS/$1"; else echo error; fi; } # NAME
ratio_of() { # A B [DIVISOR]: the median of the rounds' ratios
	paste "$ROUNDS/$1" "$ROUNDS/$2" 2>/dev/null | awk -v d="${3:-1}" '$1 == "error" || $2 == "error" || !($2 > 0) { print "error"; next }
		{ printf "%.3f\n", $1 / ($2 / d) }' | median
}
line() { printf '%-60s %12s %8s  %-34s %s\n' "$@"; } # WHAT FIGURE RATIO AGAINST VERDICT
head_line() { printf '\n\033[1m%s\033[0m\n' "$1"; line what figure ratio against aim; }
verdict() { # VALUE ">=" AIM
	if [ "$1" = error ]; then echo "$2 $3  ERROR"; else
		awk -v v="$1" -v o="$2" -v a="$3" 'BEGIN { print o, a, " ", ((o == "≥" ? v >= a : v <= a) ? "met" : "MISSED") }'; fi
}
# row WHAT NAME UNIT [AGAINST TEXT [≥|≤ AIM [DIVISOR]]]: a figure of the rounds, its ratio to another, its aim.
row() {
	local figure ratio='' told=''
	figure=$(figure "$2")
	[ -z "${4:-}" ] || ratio=$(ratio_of "$2" "$4" "${8:-1}")
	[ -z "${6:-}" ] || told=$(verdict "$ratio" "$6" "$7")
	line "$1" "$(pretty "$figure")$3" "$([ -z "$ratio" ] || [ "$ratio" = error ] && echo "$ratio" || printf '%.2f' "$ratio")" "${5:-}" "$told"
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$figure" "$3" "$ratio" "${5:-}" "$told" >>"$TABLE"
}
# aim WHAT NAME UNIT ≥|≤ AIM: a figure that has an aim of its own.
aim() {
	local figure told
	figure=$(figure "$2") told=$(verdict "$(figure "$2")" "$4" "$5")
	line "$1" "$(pretty "$figure")$3" "" "" "$told"
	printf '%s\t%s\t%s\t\t\t%s\n' "$1" "$figure" "$3" "$told" >>"$TABLE"
}
pretty() { if [ "$1" = error ]; then echo error; else awk -v v="$1" 'BEGIN { printf v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : "%.2f", v }'; fi; }

# ---- measuring --------------------------------------------------------------------------------------------------------------
# Requests per second; an answer that is not 2xx, or none, is an error.
rate() { # URL [CONNECTIONS [HEADER]]
	wrk -t1 -c "${2:-32}" -d "${EACH}s" -H "${3:-Accept: text/html}" "$1" |
		awk '/Requests\/sec/ { r = $2 } /Non-2xx|Socket errors/ { bad = 1 } END { print bad || !r ? "error" : r }'
}
# A tool that prints lines `name value`: the one asked for, or error when the tool ended with one.
told() { # NAME COMMAND…
	local name=$1
	shift
	"$@" >"$FOYER_VAR/told" 2>>"$FOYER_VAR/tools.log" || echo failed >"$FOYER_VAR/told"
	told_before "$name"
}
told_before() { awk -v n="$1" '$1 == n { v = $2 } END { print v == "" ? "error" : v }' "$FOYER_VAR/told"; } # the same run's other figures
# A tool that prints a number alone.
number() { "$@" 2>>"$FOYER_VAR/tools.log" || echo error; }
load() { local tool=$1 && shift && "$BUILD/tests/load/$tool" "$CONF" "$@"; }

# CPU time of processes, in µs.
cpu_us() { # PID…
	local total=0 pid
	for pid in "$@"; do
		total=$((total + $(awk '{ print $14 + $15 }' "/proc/$pid/stat" 2>/dev/null || echo 0)))
	done
	echo $((total * 1000000 / $(getconf CLK_TCK)))
}
# CPU time of a service's workers, of those that have ended too: after some thousand requests one is replaced by another.
service_cpu() { # SERVICE
	local ended
	ended=$(awk '{ print $16 + $17 }' "/proc/$(pid_of "$1")/stat" 2>/dev/null || echo 0)
	# shellcheck disable=SC2046 # a list
	echo $(($(cpu_us $(workers_of "$1")) + ended * 1000000 / $(getconf CLK_TCK)))
}
workers_of() { pgrep -P "$(pid_of "$1")" | tr '\n' ' '; } # SERVICE
