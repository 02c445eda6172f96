# ./dev test: suites, each a function suite_NAME that calls `passed`/`failed` once per test.  Sourced by ./dev.
# A log per test under var/test/SUITE/.
# shellcheck shell=bash

SUITES=(static unit db e2e browser sanitize fuzz distcheck)
OUT=$ROOT/var/test

# ---- counting -----------------------------------------------------------------------------------------------------------
# var/test/results: verdict, how many, test, log; parted by tabs.
passed() { printf 'passed\t1\t%s\t-\n' "$1" >>"$OUT/results"; }
failed() { # NAME LOG [HOW MANY]
	printf 'failed\t%s\t%s\t%s\n' "${3:-1}" "$1" "$2" >>"$OUT/results"
	printf '  \033[31mfailed\033[0m %s   %s\n' "$1" "${2#"$ROOT"/}"
}
counted() { # NAME LOG PASSED FAILED
	[ "$3" -eq 0 ] || printf 'passed\t%s\t%s\t-\n' "$3" "$1" >>"$OUT/results"
	[ "$4" -eq 0 ] || failed "$1" "$2" "$4"
}
sum() { # VERDICT [SUITE]
	awk -F '\t' -v k="$1" -v s="${2:+$2:}" '$1 == k && index($3, s) == 1 { n += $2 } END { print n + 0 }' "$OUT/results"
}

# checked NAME COMMAND…: one test that is a command; its output is the log.
checked() {
	local name=$1 log
	shift
	log=$OUT/$SUITE/$(tr '/ ' '__' <<<"$name").log
	if "$@" >"$log" 2>&1 </dev/null; then passed "$SUITE:$name"; else failed "$SUITE:$name" "$log"; fi
}

# ---- running test programs ----------------------------------------------------------------------------------------------
# A cmocka program: its groups say how many passed and failed; one that dies counts as a failure more.
run_cmocka() { # BUILD PROGRAM [WHAT RUNS IT…]
	local log name code=0 good bad
	name=$(tr / _ <<<"$2")
	log=$OUT/$SUITE/$name.log
	(cd "$1" && srcdir=$ROOT timeout -k 5 300 "${@:3}" "./$2") >"$log" 2>&1 </dev/null || code=$?
	good=$(awk '/\[  PASSED  \] [0-9]+ test/ { n += $4 } END { print n + 0 }' "$log")
	bad=$(awk '/\[  FAILED  \] [0-9]+ test/ { n += $4 } END { print n + 0 }' "$log")
	if [ $code -ne 0 ] && [ "$bad" -eq 0 ]; then
		echo "$2 ended with status $code before it had told its results" >>"$log"
		bad=1
	elif [ $((good + bad)) -eq 0 ]; then
		echo "$2 has no tests" >>"$log"
		bad=1
	fi
	counted "$SUITE:$2" "$log" "$good" "$bad"
}

# A node test file.  A skipped test is not a passed one.
run_node() { # FILE SECONDS
	local log name code=0 good bad
	name=$(basename "$1" .test.mjs)
	log=$OUT/$SUITE/$name.log
	timeout -k 5 "$2" node --test --test-reporter=tap "$1" >"$log" 2>&1 </dev/null || code=$?
	good=$(awk '$1 == "#" && $2 == "pass" { n = $3 } END { print n + 0 }' "$log")
	bad=$(awk '$1 == "#" && $2 ~ /^(fail|cancelled|skipped|todo)$/ { n += $3 } END { print n + 0 }' "$log")
	if [ $code -ne 0 ] && [ "$bad" -eq 0 ]; then
		echo "$1 ended with status $code before it had told its results" >>"$log"
		bad=1
	fi
	counted "$SUITE:$name" "$log" "$good" "$bad"
}

programs() { find tests -name "*_$1.c" | sed 's|\.c$||' | sort; }
# The tree's own files, without what is built or fetched.
house_files() {
	find . \( -path ./var -o -path './build*' -o -path './foyer-*' -o -path ./node_modules -o -path ./.git -o -path './autom4te*' \) -prune -o \
		-type f "$@" -print | sed 's|^\./||' | grep -vxE 'configure~?' | sort
}

# ---- the house of the tests: its own ports and data, the clock and query counts open to tests -----------------------------------
test_house() {
	house_down >/dev/null
	find "$VAR" -mindepth 1 -maxdepth 1 ! -name log ! -name .lock -exec rm -rf {} +
	mkdir -p "$VAR"
	find "$VAR/log" -name '*.log' ! -name 'build-*' -exec rm -f {} + 2>/dev/null || :
	# A rush of a thousand buyers shall not open a waiting room by itself.
	printf '%s\n' 'rate_per_minute = 1000000' 'queue_auto_at = 2000' 'log_level = debug' "${HOUSE_EXTRA:-}" >"$VAR/local.conf"
	house_start >"$OUT/$SUITE/house.log"
	export FOYER_URL=http://127.0.0.1:$PORT FOYER_VAR=$VAR FOYER_BIN=$VAR/bin/foyer FOYER_CONF=$VAR/foyer.conf
	export MAIL_URL=http://127.0.0.1:$PORT_MAIL FOYER_PORT=$PORT FOYER_BUILD=$BUILD FOYER_DEBUG=1
}

# ---- suites ---------------------------------------------------------------------------------------------------------------
suite_static() {
	local f
	build_house
	while read -r f; do checked "shellcheck $f" shellcheck -x "$f"; done < <(
		{ house_files && ls build-aux/list-sources build-aux/check-messages; } | while read -r f; do
			if head -c 64 "$f" | head -n1 | grep -qaE '^#!.*\b(ba)?sh\b' || [[ $f == *.sh ]]; then echo "$f"; fi
		done)
	while read -r f; do checked "node $f" node --check "$f"; done < <(house_files '(' -name '*.mjs' -o -name '*.js' ')')
	checked "python dev.d/mail.py" /usr/bin/python3 -c 'import ast; ast.parse(open("dev.d/mail.py").read())'
	checked "lint" build-aux/lint
	checked "messages" build-aux/check-messages
	checked "man pages" static_man
	checked "nginx example" static_nginx
	checked "alert rules" promtool check rules monitoring/foyer.rules.yml
	checked "alerts ring" promtool test rules monitoring/foyer.rules_test.yml
	checked "dashboard" static_dashboard
	checked "cppcheck" cppcheck --quiet --error-exitcode=1 --std=c11 --language=c -j 2 --inline-suppr \
		--enable=warning,portability,performance --suppressions-list=build-aux/cppcheck.suppress \
		-D__STDC_VERSION__=201112L -I src -I "$BUILD/gen" src
	static_tidy
}

static_man() {
	local f bad=0
	for f in man/*.[158] "$BUILD"/*.[158]; do
		if [[ $(head -n 1 "$f") == .so\ * ]]; then # another name of a page that is there
			[ -f "man/$(basename "$(cut -c5- "$f")")" ] || { echo "$f: leads nowhere" && bad=1; }
			continue
		fi
		LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$f" 2>&1 >/dev/null | grep . && bad=1
	done
	return $bad
}
static_nginx() { # the shipped example passes nginx' own test, with a throw-away certificate
	local dir=$OUT/$SUITE/nginx
	rm -rf "$dir" && mkdir -p "$dir/cache"
	make -C "$BUILD" -s nginx/foyer.conf
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test \
		-keyout "$dir/key.pem" -out "$dir/cert.pem"
	{
		echo "pid $dir/pid; error_log stderr; events {} http { include /etc/nginx/mime.types;"
		sed -e "s|/etc/ssl/foyer/fullchain.pem|$dir/cert.pem|; s|/etc/ssl/foyer/key.pem|$dir/key.pem|" \
			-e "s|^\(fastcgi_cache_path\) [^ ]*|\1 $dir/cache|; s|access_log /[^ ]*|access_log $dir/access.log|" \
			"$BUILD/nginx/foyer.conf"
		echo '}'
	} >"$dir/nginx.conf"
	nginx -t -p "$dir" -c "$dir/nginx.conf" -e stderr
}
# Every expression of the dashboard, made a rule, is one that Prometheus can read.
static_dashboard() {
	# shellcheck disable=SC2016 # JavaScript's own
	node -e 'const { panels } = JSON.parse(require("fs").readFileSync("monitoring/foyer-dashboard.json", "utf8"));
		const rules = panels.flatMap((p) => p.targets ?? []).map((t, i) =>
			({ record: `e${i}`, expr: t.expr.replaceAll("$__rate_interval", "1m") }));
		console.log(JSON.stringify({ groups: [{ name: "dashboard", rules }] }));' >"$OUT/$SUITE/dashboard.yml"
	promtool check rules "$OUT/$SUITE/dashboard.yml"
}

# clang-tidy per file, in two processes; a file whose text and headers are as at its last clean run is not read again.
static_tidy() {
	local headers f key cache=$OUT/tidy-cache
	mkdir -p "$cache"
	headers=$({ cat .clang-tidy && find src "$BUILD/gen" -name '*.h' -print0 | sort -z | xargs -0 cat; } | sha256sum)
	find src -name '*.c' | sort | while read -r f; do
		key=$( (echo "$headers" && cat "$f") | sha256sum | cut -d' ' -f1)
		if [ -e "$cache/$key" ]; then passed "static:clang-tidy $f"; else echo "$f $key"; fi
	done >"$OUT/$SUITE/tidy.list"
	export OUT SUITE BUILD
	# shellcheck disable=SC2016 # for the inner shell
	xargs -r -P 2 -L 1 bash -c '
		log=$OUT/$SUITE/tidy_$(tr / _ <<<"$0").log
		if clang-tidy --quiet --warnings-as-errors="*" "$0" -- -std=gnu11 -D_GNU_SOURCE -Isrc -I"$BUILD/gen" -I"$BUILD" \
			$(pkg-config --cflags libmariadb hiredis libcurl libsodium libevent jansson gdlib cairo pangocairo) >"$log" 2>&1
		then : >"$OUT/tidy-cache/$1" && echo "ok $0"
		else grep -E ": (error|warning):" "$log" >>"$log.short"; cat "$log.short" >>"$log"; echo "bad $0 $log"; fi' \
		<"$OUT/$SUITE/tidy.list" >"$OUT/$SUITE/tidy.done" || :
	while read -r verdict f log; do
		if [ "$verdict" = ok ]; then passed "static:clang-tidy $f"; else failed "static:clang-tidy $f" "$log"; fi
	done <"$OUT/$SUITE/tidy.done"
}

suite_unit() {
	local p
	build_house
	build_in "$BUILD" check --enable-werror CFLAGS='-O2 -g'
	for p in $(programs test); do run_cmocka "$BUILD" "$p"; done
}

suite_db() {
	local p
	build_house
	build_in "$BUILD" check --enable-werror CFLAGS='-O2 -g'
	for p in $(programs dbtest); do run_cmocka "$BUILD" "$p" "$ROOT/tests/support/with-mariadb"; done
}

suite_e2e() {
	local f
	build_house
	test_house
	for f in tests/e2e/*.test.mjs; do run_node "$f" 900; done
	test_house_whole
}

suite_browser() {
	local f
	build_house
	test_house
	for f in tests/browser/*.test.mjs; do run_node "$f" 900; done
	test_house_whole
}

# After the tests the books must balance and no process may have crashed.
test_house_whole() {
	checked "foyer check" foyer check
	checked "no crash in the logs" bash -c "! grep -hE 'AddressSanitizer|runtime error:|assertion|Assertion|SIGSEGV|signal (4|6|7|8|11)\\b' '$VAR'/log/*.log"
}

suite_sanitize() {
	local p f BUILD=$ROOT/build-asan
	npm_need
	build_in "$BUILD" all --enable-werror --enable-asan --enable-ubsan CFLAGS='-O1 -g'
	build_in "$BUILD" check --enable-werror --enable-asan --enable-ubsan CFLAGS='-O1 -g'
	export ASAN_OPTIONS="detect_leaks=1:log_path=$OUT/$SUITE/report:detect_stack_use_after_return=1"
	export UBSAN_OPTIONS="print_stacktrace=1:log_path=$OUT/$SUITE/report" LSAN_OPTIONS="suppressions=$ROOT/build-aux/lsan.suppress:print_suppressions=0"
	for p in $(programs test); do run_cmocka "$BUILD" "$p"; done
	HOUSE_EXTRA="worker_memory_mb=0" test_house
	for p in $(programs dbtest); do run_cmocka "$BUILD" "$p" "$ROOT/tests/support/with-mariadb"; done
	for f in tests/e2e/*.test.mjs; do run_node "$f" 1200; done
	house_down >/dev/null
	for f in "$OUT/$SUITE"/report.*; do [ ! -e "$f" ] || failed "sanitize:report" "$f"; done
	[ -e "$f" ] || passed "sanitize:no reports"
	unset ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS
}

suite_fuzz() {
	local p name BUILD=$ROOT/build-fuzz running=0
	npm_need
	build_in "$BUILD" all --enable-fuzz CC=clang CFLAGS='-O1 -g'
	for p in $(programs fuzz); do
		name=$(basename "$p")
		mkdir -p "$OUT/corpus/$name" "tests/fuzz/corpus/$name"
		checked "$name" bash -c "cd '$OUT/$SUITE' && '$BUILD/$p' -max_total_time=${FUZZ_SECONDS:-60} -timeout=10 \
			-rss_limit_mb=2048 -print_final_stats=1 '$OUT/corpus/$name' '$ROOT/tests/fuzz/corpus/$name'" &
		running=$((running + 1))
		[ $((running % 2)) -ne 0 ] || wait
	done
	wait
	rmdir tests/fuzz/corpus/* 2>/dev/null || :
}

suite_distcheck() {
	build_house
	checked "make distcheck" make -C "$BUILD" distcheck
}

# The end of a log; of a TAP log what is said about the tests that failed.
what_failed() {
	if grep -q '^not ok' "$1"; then
		awk '/^not ok/ { on = 1 } on { print } /^  \.\.\./ { on = 0 }' "$1" | head -n 60
	else
		grep -vE '^(ok |\[ +(OK|RUN) +\])' "$1" | tail -n 40
	fi
}

# ---- the command ------------------------------------------------------------------------------------------------------------
test_main() {
	local suites=("$@") s began code log
	for s in "$@"; do declare -F "suite_$s" >/dev/null || die "There is no suite '$s'." "Suites: ${SUITES[*]}"; done
	[ $# -gt 0 ] || suites=("${SUITES[@]}")
	mkdir -p "$VAR" "$OUT"
	packages_need up test
	: >"$OUT/results"
	trap 'house_down >/dev/null 2>&1' EXIT
	for s in "${suites[@]}"; do
		began=$SECONDS
		say "── $s"
		rm -rf "${OUT:?}/$s" && mkdir -p "$OUT/$s"
		set +e # inside || the subshell's own -e would not count
		(
			set -e
			SUITE=$s
			"suite_$s"
		)
		code=$?
		set -e
		[ $code -eq 0 ] || failed "$s:the suite did not come to its end" "$OUT/$s"
		say "   $(sum passed "$s") passed, $(sum failed "$s") failed, $((SECONDS - began)) s"
		house_down >/dev/null 2>&1
	done
	awk -F '\t' '$1 == "failed" && n++ < 12 { print $4 }' "$OUT/results" | while read -r log; do
		[ ! -f "$log" ] || { printf '\n──── %s\n' "${log#"$ROOT"/}" && what_failed "$log"; }
	done
	printf '\n%s passed, %s failed\n' "$(sum passed)" "$(sum failed)"
	[ "$(sum failed)" -eq 0 ] && [ "$(sum passed)" -gt 0 ]
}
