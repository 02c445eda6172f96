# The waiting room with a million people.  Sourced by tests/load/bench.
# shellcheck shell=bash

WAITING=${WAITING:-1000000}
FEW=10000 # with fewer there is soon nobody left to admit, and a tick has less to do

queue_run() { told "$1" load queue_load "${@:2}"; } # NAME COMMAND…

part_queue() {
	local _ n performance
	stage_show
	./dev stop clock # the tool ticks
	for _ in $(seq "$REPEAT"); do
		redis_empty
		keep redis_raw "$(queue_run raw_per_s raw 64 "$MS")"
		performance=$(performance_new)
		keep join_members "$(queue_run joins_per_s join "$performance" $((WAITING / 10)) member)"
		keep member_bytes "$(told_before bytes_each)"
		queue_run ended end "$performance" >/dev/null
		keep tallies "$(queue_run tallies_per_s tally "$performance" "$WAITING")"
		keep tally_bytes "$(told_before bytes_each)"
		redis_empty
		for n in "$FEW" $((WAITING / 10)) "$WAITING"; do
			performance=$(performance_new)
			keep "joins$n" "$(queue_run joins_per_s join "$performance" "$n" device)"
			[ "$n" != "$WAITING" ] || queue_looks "$performance"
			keep "tick$n" "$(queue_run tick_us tick "$performance" 50)"
			keep "bytes$n" "$(told_before bytes_each)"
			keep place_us "$(told_before place_us)"
			queue_run ended end "$performance" >/dev/null
		done
	done
	./dev start clock
	peers_stop

	head_line "waiting room: $WAITING people, through its own code, without HTTP"
	row "joins, 64 at once" "joins$WAITING" /s redis_raw "one INCR in a script, same client" ≥ 0.5
	row "joins of members, 64 at once" join_members /s redis_raw "one INCR in a script, same client" ≥ 0.5
	row "what their joins count towards, 64 at once" tallies /s redis_raw "one INCR in a script, same client"
	aim "Redis' memory of these counts each, for ten to twenty minutes" tally_bytes " B" ≤ 50
	aim "Redis' memory each" "bytes$WAITING" " B" ≤ 2
	aim "Redis' memory each, members (one number on all devices)" member_bytes " B" ≤ 2
	row "a tick, $WAITING waiting" "tick$WAITING" " µs" "tick$FEW" "with $FEW waiting" ≤ 1.3
	row "a tick, $((WAITING / 10)) waiting" "tick$((WAITING / 10))" " µs" "tick$FEW" "with $FEW waiting" ≤ 1.3
	row "a tick, $FEW waiting" "tick$FEW" " µs"
	row "a look (GET /queue/…/head)" looks /s look_file "static file, same size" ≥ 0.9
	row "place of a number after the draw" place_us " µs"
	row "one INCR in a script, 64 connections" redis_raw /s
}
# What everybody who waits asks for, while the room is full.
queue_looks() { # PERFORMANCE
	mkdir -p "$PEERS/files"
	curl -fsS "$URL/queue/p$1/head" >"$PEERS/files/head.json" 2>>"$FOYER_VAR/tools.log" || { keep looks error && keep look_file error && return; }
	[ -e "$FOYER_VAR/nginx/site-peers.conf" ] || peers_server_files | peers_open
	keep looks "$(rate "$URL/queue/p$1/head")"
	keep look_file "$(rate "$URL/head.json" 32 'Host: file.peer')"
}
