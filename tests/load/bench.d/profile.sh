# Where the processor's time goes: µs of each part of the house for one page, one refusal, one hold, one order.  What an aim
# misses is read here: the largest column is what holds it back.  Sourced by tests/load/bench.
# shellcheck shell=bash

PROFILE_PARTS=(nginx workers outbox redis primary replica)

# CPU time so far of each part, in µs.
profile_now() {
	local part
	for part in "${PROFILE_PARTS[@]}"; do
		case $part in
		nginx) service_cpu nginx ;;
		workers) service_cpu serve ;;
		outbox) echo $(($(service_cpu work) + $(service_cpu clock) + $(cpu_us "$(pid_of live)"))) ;;
		*) cpu_us "$(pid_of "$part")" ;;
		esac
	done | tr '\n' ' '
}

# profile WHAT COUNTED COMMAND…: COUNTED names the line of the command's figures that says how often it was done.
profile() {
	local what=$1 counted=$2 before after client n
	shift 2
	before=$(profile_now)
	client=$({ TIMEFORMAT='%U %S' && time "$@" >"$FOYER_VAR/told" 2>>"$FOYER_VAR/tools.log"; } 2>&1 | awk '{ print ($1 + $2) * 1e6 }')
	after=$(profile_now)
	n=$(told_before "$counted")
	keep "profile $what" "$n"
	echo "$before $after $client $n" | awk -v what="$what" '
		$NF !~ /^[1-9]/ { printf "%-44s %10s\n", what, "error"; exit }
		{ k = (NF - 2) / 2; printf "%-44s %10d %8.0f", what, $NF, $(NF - 1) / $NF; sum = $(NF - 1)
		  for (i = 1; i <= k; i++) { us = $(i + k) - $i; sum += us; printf " %8.0f", us / $NF }
		  printf " %8.0f\n", sum / $NF }' | tee -a "$FOYER_VAR/profile"
}
pages_counted() { wrk -t1 -c 32 -d "${EACH}s" -H "$2" "$1" | awk '/requests in/ { print "requests", $1 }'; } # URL HEADER
# A refusal costs more when the seat was not refused just before: as in a crowd, and each seat for the first time.
profile_refusals() {
	local performance taken
	performance=$(performance_new)
	load claims_load "$performance" 16 1000 --seats 2000 >/dev/null 2>>"$FOYER_VAR/tools.log"
	taken=$(sql "SELECT COUNT(*) FROM claim WHERE performance_id = $performance AND seat_idx < 1 << 40")
	profile "a seat that is taken" taken load holds_load "$URL" "$performance" 64 "$MS" --seats "$taken" --taken
}

part_profile() {
	local slug writer section
	: >"$FOYER_VAR/profile"
	stage_show
	sale_warm
	slug=$(sql "SELECT slug FROM shows s WHERE state = 'published' AND view_open_at < UTC_TIMESTAMP() AND slug <> 'bench' AND EXISTS
		(SELECT 1 FROM performance p WHERE p.show_id = s.id AND p.state = 'on_sale') ORDER BY id LIMIT 1")
	section=$(standing_section)
	peers_start "$slug"
	writer="Cookie: $(load cookie_load "$(sql 'SELECT @@gtid_binlog_pos')")"
	printf '\n\033[1mprofile\033[0m: µs of processor time each\n%-44s %10s %8s' what times client
	printf ' %8s' "${PROFILE_PARTS[@]}" together
	echo
	profile "static file" requests pages_counted "$URL/page.html" 'Host: file.peer'
	profile "show page, cached" requests pages_counted "$URL/shows/$slug" 'Accept: text/html'
	profile "bare FastCGI answer" requests pages_counted "$URL/" 'Host: bare.peer'
	profile "show page, uncached" requests pages_counted "$URL/shows/$slug" "$PERSON"
	profile "show page, its statements each time" requests pages_counted "$URL/shows/$slug" "$writer"
	profile "a small POST, bare FastCGI" held load holds_load "http://localhost:$((FOYER_PORT + 5))" "$(performance_new)" 64 "$MS" --seats 2000 --path /
	profile_refusals
	profile "a raw one-row commit, 64 connections" commits commits_counted
	profile "hold in a C loop, 64 connections" held load claims_load "$(performance_new)" 64 "$MS" --seats "$SEATS" --people 4000
	profile "hold over HTTP, 64 buyers" held load holds_load "$URL" "$(performance_new)" 64 "$MS" --seats "$SEATS"
	profile "standing hold in a C loop, 64 connections" held load claims_load "$(performance_new)" 64 "$MS" --section "$section" --people 4000
	profile "an order's functions in a C loop, 64" paid load orders_load "$(performance_new)" 64 "$((MS * 2))" --seats "$SEATS" --people 3000
	profile "an order over HTTP, 64 buyers" paid load buyers_load "$URL" "$(performance_new)" --buyers 64 --seats "$SEATS" --people 3000 --seconds "$ORDERS_S"
	peers_stop
}
commits_counted() { load commits_load 64 "$MS" | awk -v ms="$MS" '{ print "commits", int($1 * ms / 1000) }'; }
