# What a page and a hold cost while the database grows, in a house of its own that begins small.  Sourced by tests/load/bench.
# shellcheck shell=bash

GROWTH_TICKETS=${GROWTH_TICKETS:-4000000} # four to an order

# CPU time of everything that works for a request.
growth_cpu() {
	echo $(($(service_cpu serve) + $(service_cpu nginx) + $(service_cpu work) +
		$(cpu_us "$(pid_of primary)" "$(pid_of replica)" "$(pid_of redis)")))
}
# Rounds of both figures under the names page_SUFFIX, hold_SUFFIX; without the clock, whose jobs are no part of either.
growth_measure() { # SUFFIX
	local _ before n slug
	slug=$(sql "SELECT slug FROM shows WHERE state = 'published' AND slug <> 'bench' AND view_open_at < UTC_TIMESTAMP() ORDER BY id LIMIT 1")
	./dev stop clock
	rate "$URL/shows/$slug" 8 "$PERSON" >/dev/null
	http_holds held "$(performance_new)" 16 1500 --seats "$SEATS" >/dev/null
	for _ in $(seq "$REPEAT"); do
		before=$(growth_cpu)
		n=$(wrk -t1 -c 8 -d "${EACH}s" --latency -H "$PERSON" "$URL/shows/$slug" | tee "$FOYER_VAR/wrk" | awk '/requests in/ { print $1 } /Non-2xx/ { print "bad" }')
		keep "page_cpu_$1" "$(awk -v c=$(($(growth_cpu) - before)) -v n="$n" 'BEGIN { print (n > 0 ? c / n : "error") }')"
		keep "page_ms_$1" "$(awk '$1 == "50%" { v = $2 + 0; print $2 ~ /us/ ? v / 1000 : v }' "$FOYER_VAR/wrk")"
		before=$(growth_cpu)
		n=$(http_holds held "$(performance_new)" 16 "$MS" --seats "$SEATS")
		keep "hold_cpu_$1" "$(awk -v c=$(($(growth_cpu) - before)) -v n="$n" 'BEGIN { print (n > 0 ? c / n : "error") }')"
		keep "hold_ms_$1" "$(told_before p50_ms)"
	done
	./dev start clock
}

# The demo's orders go; some hundred are made anew.
growth_empty() {
	local table
	sql "SET FOREIGN_KEY_CHECKS = 0; $(for table in pay_webhook orders order_line claim ticket gate_scan pay_attempt pay_refund refund_line ledger_tx \
		ledger_entry outbox sandbox_payment sandbox_cancel sandbox_idempotency; do echo "TRUNCATE $table;"; done)
		UPDATE stock_stripe SET taken = 0, issued = 0; UPDATE performance_grade SET taken = 0, sold = 0"
	load orders_load "$(performance_new)" 4 1000 --seats 1000 --people 200 >/dev/null 2>>"$FOYER_VAR/tools.log" || touch "$BAD"
}

part_growth() {
	local few many what
	./dev down >/dev/null
	export FOYER_VAR=$ROOT/var/bench-growth
	CONF=$FOYER_VAR/foyer.conf
	[ ! -d "$FOYER_VAR" ] || ./dev reset -y >/dev/null
	house_open
	stage_show
	growth_empty
	few=$(sql "SELECT COUNT(*) FROM orders")
	growth_measure few
	redis_empty
	# Made-up data may be lost: no waiting for the disk meanwhile.
	sql "SET GLOBAL innodb_flush_log_at_trx_commit = 2, GLOBAL sync_binlog = 0"
	"$FOYER_VAR/bin/foyer" demo -c "$CONF" --bulk "$GROWTH_TICKETS" >>"$FOYER_VAR/bulk.log" 2>&1 || { tail -n 3 "$FOYER_VAR/bulk.log" && touch "$BAD"; }
	sql "SET GLOBAL innodb_flush_log_at_trx_commit = 1, GLOBAL sync_binlog = 1"
	many=$(sql "SELECT COUNT(*) FROM orders")
	growth_replicated
	growth_measure many

	head_line "growth: with $few and with $many orders in the database"
	for what in "page_cpu: µs:CPU of all processes a show page" "page_ms: ms:show page, median, 8 at once" \
		"hold_cpu: µs:CPU of all processes a hold over HTTP" "hold_ms: ms:hold over HTTP, median, 16 at once"; do
		row "${what##*:}" "${what%%:*}_many" "$(cut -d: -f2 <<<"$what")" "${what%%:*}_few" "with few orders" ≤ 1.2
	done
}
# The replica has what the primary has.
growth_replicated() {
	local _
	for _ in {1..600}; do
		[ "$(sql "SELECT @@gtid_binlog_pos")" != "$(mariadb --no-defaults -S "$FOYER_VAR/run/replica.sock" -u root -N -B -e 'SELECT @@gtid_slave_pos')" ] || return 0
		sleep 1
	done
	echo "  the replica did not catch up within ten minutes" && touch "$BAD"
}
