# Ten thousand open streams.  Sourced by tests/load/bench.
# shellcheck shell=bash

STREAMS=${STREAMS:-10000}

part_live() {
	local performance _
	stage_show
	performance=$(performance_new)
	# What nginx and foyer live keep is taken from processes that have held no stream before.
	for _ in $(seq "$REPEAT"); do
		./dev stop nginx live && ./dev start live nginx
		# shellcheck disable=SC2046 # a list of processes
		told fanout_ms load streams_load "$URL" "perf:$performance" "$STREAMS" 5 "$(pid_of live)" $(workers_of nginx) >/dev/null
		keep fanout "$(told_before fanout_ms)"
		keep fanout_bare "$(told_before bare_ms)"
		keep stream_kb "$(told_before kb_each)"
		keep stream_opens "$(told_before opened_per_s)"
	done
	head_line "live: $STREAMS open streams ($(told_before bytes) bytes a change)"
	row "one change to all of them, until the last has it" fanout " ms" fanout_bare "bare writes of the same bytes" ≤ 2
	row "bare writes of the same bytes" fanout_bare " ms"
	aim "memory each, nginx and foyer live together" stream_kb " KB" ≤ 20
	row "streams opened, each by a worker's leave" stream_opens /s
}
