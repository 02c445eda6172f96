# Holds, refusals, orders, and their curves.  Sourced by tests/load/bench.
# shellcheck shell=bash

SEATS=12000 # so many from the front are what everybody wants

http_holds() { told "$1" load holds_load "$URL" "${@:2}"; } # NAME PERFORMANCE BUYERS MS ARGUMENTS…
loop_holds() { told "$1" load claims_load "${@:2}"; }

# Workers that have just started prepare their statements: some holds that count for nothing.
sale_warm() { http_holds held "$(performance_new)" 64 1500 --seats "$SEATS" >/dev/null; }

# Refusals: seats that a run before has taken.
sale_refusals() {
	local performance taken
	performance=$(performance_new)
	load claims_load "$performance" 16 1000 --seats 2000 >/dev/null 2>>"$FOYER_VAR/tools.log"
	taken=$(sql "SELECT COUNT(*) FROM claim WHERE performance_id = $performance AND seat_idx < 1 << 40")
	keep refusals "$(http_holds taken_per_s "$performance" 64 "$MS" --seats "$taken" --taken)"
	keep small_post "$(told holds_per_s load holds_load "http://localhost:$((FOYER_PORT + 5))" "$performance" 64 "$MS" --seats "$taken" --taken --path /)"
}

# Buyers from the seat map to the ticket, as browsers do it.
http_orders() { # BUYERS
	told orders_per_s load buyers_load "$URL" "$(performance_new)" --buyers "$1" --seats "$SEATS" --people 3000 --seconds "$ORDERS_S"
	cp "$FOYER_VAR/told" "$FOYER_VAR/orders.$1"
}
ORDERS_S=8

# Everybody wants the same hundred seats: each is sold once, and everybody else is told.  Who is refused because too many come
# at once comes again.
hot_spot() {
	echo "1,000 buyers at once for the same 100 seats:"
	load buyers_load "$URL" "$(performance_new)" --buyers 1000 --seats 100 --people 1000 --seconds 60 --outage >"$FOYER_VAR/hot" ||
		touch "$BAD"
	awk '/^(held|paid|taken|gave_up|refused|failed|busy) / { printf "  %s %s", $1, $2 } END { print "" }' "$FOYER_VAR/hot"
	[ "$(awk '$1 == "paid" { print $2 }' "$FOYER_VAR/hot")" = 100 ] || { echo "  not all of them were sold" && touch "$BAD"; }
}

# The best open ticket system publishes 500 orders a minute as its ceiling.
ceiling() {
	local orders
	orders=$(figure orders64)
	[ "$orders" = error ] || awk -v o="$orders" 'BEGIN { printf "%.0f orders a minute: %.0f times the 500 a minute of the best open ticket system\n", o * 60, o * 60 / 500 }'
}

part_sale() {
	local _ n
	stage_show
	peers_start "$(sql "SELECT slug FROM shows WHERE state = 'published' AND slug <> 'bench' ORDER BY id LIMIT 1")"
	sale_warm
	for _ in $(seq "$REPEAT"); do
		redis_empty
		keep commits "$(number load commits_load 64 "$MS")"
		for n in 64 256; do
			keep "holds$n" "$(http_holds holds_per_s "$(performance_new)" "$n" "$MS" --seats "$SEATS")"
			keep "loop$n" "$(loop_holds holds_per_s "$(performance_new)" "$n" "$MS" --seats "$SEATS")"
		done
		sale_refusals
		for n in 64 256; do
			keep "orders$n" "$(http_orders "$n")"
			keep "orders_loop$n" "$(told orders_per_s load orders_load "$(performance_new)" "$n" "$((MS * 2))" --seats "$SEATS" --people 8000)"
		done
	done
	peers_stop

	head_line "sale"
	for n in 64 256; do row "holds over HTTP, $n buyers, hot spot" "holds$n" /s "loop$n" "booking_hold() in a C loop" ≥ 0.7; done
	row "refusals (already taken) over HTTP, 64 buyers" refusals /s small_post "the same POST, bare FastCGI" ≥ 0.6
	for n in 64 256; do row "hold → paid ticket over HTTP, $n buyers" "orders$n" /s "orders_loop$n" "its functions in a C loop" ≥ 0.7; done
	for n in 64 256; do row "booking_hold() in a C loop, $n connections" "loop$n" /s commits "raw commits, 64 connections"; done
	for n in 64 256; do row "an order's functions in a C loop, $n connections" "orders_loop$n" /s commits "raw commits, 64 connections"; done
	row "raw one-row commits, 64 connections" commits /s
	ceiling
	echo
	hot_spot
	echo
	echo "An order's steps, 256 buyers:"
	grep -h 'p50' "$FOYER_VAR/orders.256" || :
}

# ---- curves -----------------------------------------------------------------------------------------------------------------
part_curves() {
	local _ n section
	stage_show
	section=$(standing_section)
	sale_warm
	for _ in $(seq "$REPEAT"); do
		redis_empty
		for n in 1 4 16 64 256; do
			keep "curve_commits$n" "$(number load commits_load "$n" "$MS")"
			keep "curve_seats$n" "$(http_holds holds_per_s "$(performance_new)" "$n" "$MS" --seats "$SEATS")"
			keep "curve_standing$n" "$(http_holds holds_per_s "$(performance_new)" "$n" "$MS" --section "$section")"
			keep "curve_loop_standing$n" "$(loop_holds holds_per_s "$(performance_new)" "$n" "$MS" --section "$section")"
			keep "curve_loop_seats$n" "$(loop_holds holds_per_s "$(performance_new)" "$n" "$MS" --seats "$SEATS")"
		done
	done
	head_line "curves"
	row "standing area in a C loop, 256 on one counter" curve_loop_standing256 /s curve_commits256 "raw commits, 256 connections" ≥ 0.7
	curves_table
}
curves_table() {
	local n name
	printf 'buyers\tseats\tstanding\tseats_loop\tstanding_loop\tcommits\n' >"$FOYER_VAR/curves.tsv"
	printf '\n%-8s %14s %14s %18s %18s %12s\n' "buyers" "seats, HTTP" "standing, HTTP" "seats, C loop" "standing, C loop" "raw commits"
	for n in 1 4 16 64 256; do
		local values=()
		for name in seats standing loop_seats loop_standing commits; do values+=("$(pretty "$(figure "curve_$name$n")")"); done
		printf '%-8s %13s/s %13s/s %17s/s %17s/s %11s/s\n' "$n" "${values[@]}"
		(IFS=$'\t' && echo "$n	${values[*]}") >>"$FOYER_VAR/curves.tsv"
	done
}
