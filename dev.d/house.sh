# The running house: configuration, services, up, down, status, logs.  Sourced by ./dev.
# shellcheck shell=bash

# In the order they start; they stop in reverse.
SERVICES=(primary replica redis mail live serve work clock nginx)
# shellcheck disable=SC2153 # set by ./dev
URL=http://localhost:$PORT

foyer() { FOYER_CONF="$VAR/foyer.conf" "$VAR/bin/foyer" "$@"; }
sql() { mariadb --no-defaults -S "$(run_dir)/$1.sock" -u root -N -B -e "$2"; }

# ---- files ------------------------------------------------------------------------------------------------------------
house_dirs() {
	local run
	run=$(run_dir)
	mkdir -p "$VAR"/{bin,log,data/blobs,data/geo,mail,nginx/cache,redis} "$run"
	chmod 700 "$run"
	[ "$run" = "$VAR/run" ] || ln -sfn "$run" "$VAR/run"
	disk_need
}

# A new house wants more than one that only goes on.
disk_need() {
	if [ -d "$VAR/primary" ]; then disk_check 300; else disk_check 1500; fi
}

# A value made once and kept.
secret() {
	[ -s "$VAR/$1.secret" ] || (umask 077 && head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$VAR/$1.secret")
	cat "$VAR/$1.secret"
}

# write_file PATH: standard input becomes the file; fails when it was the same already.
write_file() {
	(umask 077 && cat >"$1.new")
	if cmp -s "$1.new" "$1"; then rm "$1.new" && return 1; fi
	mv "$1.new" "$1"
}

write_foyer_conf() {
	local run
	run=$(run_dir)
	{
		cat <<-CONF
		# Made by ./dev up, anew each time; lines of your own belong into local.conf beside it.
		base_url = $URL
		run_dir = $run
		data_dir = $VAR/data
		share_dir = $BUILD/share
		secret = $(secret house)
		debug = ${FOYER_DEBUG:-0}
		db_socket = $run/primary.sock
		db_password = $(secret database)
		replica_socket = $run/replica.sock
		redis_socket = $run/redis.sock
		smtp_server = 127.0.0.1:$PORT_SMTP
		smtp_tls = none
		sandbox_base_url = http://127.0.0.1:$PORT/sandbox
		CONF
		cat "$VAR/local.conf" 2>/dev/null || :
	} | write_file "$VAR/foyer.conf" || :
}

# The site is nginx/foyer.conf.in, the same file that is shipped as an example; around it the little nginx itself needs.
# Fails when nothing has changed.
write_nginx_conf() {
	local run brotli='#' user='' modules=/usr/lib/nginx/modules files
	run=$(run_dir)
	files=$(ulimit -Hn)
	[ "$files" != unlimited ] || files=65536
	[ ! -f $modules/ngx_http_brotli_filter_module.so ] || [ ! -f $modules/ngx_http_brotli_static_module.so ] || brotli=''
	[ "$(id -u)" -ne 0 ] || user='user root;'
	{
		cat <<-CONF
		# Made by ./dev up from dev.d/house.sh and nginx/foyer.conf.in.
		daemon off;
		$user
		pid $run/nginx.pid;
		worker_processes auto;
		worker_rlimit_nofile $files;
		worker_shutdown_timeout 30s;
		error_log $VAR/log/nginx.log warn;
		${brotli}load_module $modules/ngx_http_brotli_filter_module.so;
		${brotli}load_module $modules/ngx_http_brotli_static_module.so;
		events { worker_connections $((files - 200 < 32768 ? files - 200 : 32768)); multi_accept on; } # a stream takes two
		http {
		include /etc/nginx/mime.types;
		default_type application/octet-stream;
		client_body_temp_path $VAR/nginx/body;
		proxy_temp_path $VAR/nginx/proxy;
		fastcgi_temp_path $VAR/nginx/fastcgi;
		uwsgi_temp_path $VAR/nginx/uwsgi;
		scgi_temp_path $VAR/nginx/scgi;
		CONF
		sed -e "s|@LISTEN@|listen 127.0.0.1:$PORT backlog=4096;|" -e "s|@SERVER_NAME@|_|" \
			-e "s|@RUN_DIR@|$run|g" -e "s|@DATA_DIR@|$VAR/data|g" -e "s|@SHARE_DIR@|$BUILD/share|g" \
			-e "s|@SITE_DIR@|$BUILD/share/nginx|g" -e "s|@CACHE_DIR@|$VAR/nginx/cache|g" -e "s|@LOG_DIR@|$VAR/log|g" \
			-e "s|@BROTLI@|$brotli|g" nginx/foyer.conf.in
		echo "include $VAR/nginx/site-*.conf;" # further sites on the same server, such as the bench's peers
		echo '}'
	} | write_file "$VAR/nginx/nginx.conf"
}

# ---- the database pair ----------------------------------------------------------------------------------------------------
write_database_conf() { # NAME PORT SERVER-ID, further lines from standard input
	local run user=''
	run=$(run_dir)
	[ "$(id -u)" -ne 0 ] || user='user = root'
	mkdir -p "$VAR/$1.tmp" # its own: a server that starts removes other servers' temporary tables from /tmp
	{
		cat <<-CONF
		[mariadbd]
		$user
		datadir = $VAR/$1
		tmpdir = $VAR/$1.tmp
		socket = $run/$1.sock
		pid-file = $run/$1.pid
		port = $2
		bind-address = 127.0.0.1
		server-id = $3
		skip-name-resolve
		log-bin = binlog
		log-slave-updates
		binlog-row-image = minimal
		binlog-annotate-row-events = 0
		binlog-expire-logs-seconds = 172800
		max-binlog-size = 64M
		gtid-strict-mode = 1
		character-set-server = utf8mb4
		collation-server = utf8mb4_unicode_520_ci
		transaction-isolation = READ-COMMITTED
		default-time-zone = +00:00
		max-connections = 400
		thread-cache-size = 64
		table-open-cache = 1000
		innodb-buffer-pool-size = 256M
		innodb-log-file-size = 128M
		innodb-lock-wait-timeout = 10
		max-allowed-packet = 64M
		performance-schema = 0
		CONF
		cat
	} | write_file "$VAR/$1.cnf" || :
}

database_start() {
	local name
	write_database_conf primary "$PORT_PRIMARY" 1 <<-CONF
	innodb-flush-log-at-trx-commit = 1
	sync-binlog = 1
	CONF
	write_database_conf replica "$PORT_REPLICA" 2 <<-CONF
	innodb-flush-log-at-trx-commit = 2
	sync-binlog = 0
	read-only = 1
	slave-parallel-threads = 4
	slave-parallel-mode = optimistic
	CONF
	if [ ! -d "$VAR/primary/mysql" ]; then
		rm -rf "$VAR/primary.new"
		TMPDIR=$VAR/primary.tmp mariadb-install-db --no-defaults --datadir="$VAR/primary.new" --user="$(id -un)" --skip-test-db --force \
			--auth-root-authentication-method=normal >"$VAR/log/install-db.log" 2>&1 || {
			tail -n 10 "$VAR/log/install-db.log" >&2
			disk_check 300
			die "The database directory could not be made." "Its log: $VAR/log/install-db.log"
		}
		rm -rf "$VAR/replica"
		cp -a "$VAR/primary.new" "$VAR/replica"
		mv "$VAR/primary.new" "$VAR/primary"
	fi
	for name in primary replica; do
		service_pid $name >/dev/null ||
			service_start $name mariadbd --defaults-file="$VAR/$name.cnf" --loose-skip-log-error
	done
	service_wait primary "The primary database" sql primary 'SELECT 1'
	service_wait replica "The replica database" sql replica 'SELECT 1'
	database_users
	[ "$(sql replica 'SHOW SLAVE STATUS' | cut -f 4)" = "$PORT_PRIMARY" ] || sql replica "
		STOP SLAVE;
		CHANGE MASTER TO master_host = '127.0.0.1', master_port = $PORT_PRIMARY, master_user = 'replica',
			master_password = '$(secret database)', master_connect_retry = 1, master_use_gtid = slave_pos;
		START SLAVE;"
}

# The accounts; the pair's root without a password is reachable through the private socket only.
database_users() {
	local password
	[ -z "$(sql primary "SHOW DATABASES LIKE 'foyer'")" ] || return 0
	password=$(secret database)
	sql primary "
		DELETE FROM mysql.global_priv WHERE user = '' OR (user = 'root' AND host <> 'localhost');
		FLUSH PRIVILEGES;
		CREATE USER foyer@localhost IDENTIFIED BY '$password';
		CREATE USER replica@'127.0.0.1' IDENTIFIED BY '$password';
		GRANT REPLICATION SLAVE ON *.* TO replica@'127.0.0.1';
		GRANT ALL ON \`foyer%\`.* TO foyer@localhost;
		GRANT BINLOG MONITOR, SLAVE MONITOR ON *.* TO foyer@localhost;
		CREATE DATABASE foyer;"
}

# ---- the other services -------------------------------------------------------------------------------------------------
redis_start() {
	local run
	service_pid redis >/dev/null && return
	run=$(run_dir)
	write_file "$VAR/redis.conf" <<-CONF || :
	port 0
	unixsocket $run/redis.sock
	unixsocketperm 700
	dir $VAR/redis
	appendonly yes
	appendfsync everysec
	save ""
	maxmemory 256mb
	maxmemory-policy noeviction
	maxclients 2000
	CONF
	service_start redis redis-server "$VAR/redis.conf"
	service_wait redis Redis redis-cli -s "$run/redis.sock" ping
}

mail_start() {
	service_pid mail >/dev/null && return
	service_start mail /usr/bin/python3 -u "$ROOT/dev.d/mail.py" "$VAR/mail" "$PORT_SMTP" "$PORT_MAIL"
	service_wait mail "The mail server" port_taken "$PORT_MAIL"
}

# The running processes keep the file they were started from; the name points to the new one at once.
binary_install() {
	cp "$BUILD/foyer" "$VAR/bin/foyer.new"
	mv "$VAR/bin/foyer.new" "$VAR/bin/foyer"
}

foyer_start() { # NAME: in place of the running one, if there is one
	service_pid "$1" >/dev/null && service_stop "$1" TERM 20
	service_start "$1" env FOYER_CONF="$VAR/foyer.conf" "$VAR/bin/foyer" "$1"
}

serve_start() {
	local pid
	if pid=$(service_pid serve); then
		step "workers roll over to the new build"
		kill -HUP "$pid"
	else
		foyer_start serve
	fi
	service_wait serve "foyer serve" test -S "$(run_dir)/web.sock"
}

nginx_start() {
	local pid changed=1
	write_nginx_conf || changed=''
	nginx -p "$VAR/nginx" -c "$VAR/nginx/nginx.conf" -t -q 2>"$VAR/log/nginx-test.log" ||
		{ cat "$VAR/log/nginx-test.log" >&2 && die "nginx refuses its configuration."; }
	if pid=$(service_pid nginx); then
		# A reload closes kept connections, perhaps just as a request comes in: only when there is a reason.
		[ -z "$changed" ] || kill -HUP "$pid"
	else
		service_start nginx nginx -p "$VAR/nginx" -c "$VAR/nginx/nginx.conf"
	fi
	service_wait nginx nginx port_taken "$PORT"
}

house_need() { [ -x "$VAR/bin/foyer" ] || die "There is no house here yet." "./dev up makes one."; }
house_open_need() {
	house_need
	service_pid primary >/dev/null || die "The house is closed." "./dev up opens it."
}
answers() { curl -fsS -o /dev/null --max-time 5 "http://127.0.0.1:$PORT/healthz"; }

# ---- commands -----------------------------------------------------------------------------------------------------------
house_moves() { [ "$(cat "$VAR/port" 2>/dev/null || echo "$PORT")" != "$PORT" ]; }

ports_need() {
	local pair port name
	for pair in nginx:$PORT mail:$PORT_SMTP mail:$PORT_MAIL primary:$PORT_PRIMARY replica:$PORT_REPLICA; do
		name=${pair%:*} port=${pair#*:}
		house_moves || ! service_pid "$name" >/dev/null || continue
		port_taken "$port" || continue
		die "Port $port is taken by $(port_owner "$port"); the house needs it for $name." \
			"Stop that, or use other ports: FOYER_PORT=$((PORT + 100)) ./dev up   (five in a row are used)"
	done
}

# To other ports it goes as a whole.
house_move() {
	if house_moves; then
		step "the house leaves port $(cat "$VAR/port")"
		house_down >/dev/null
	fi
	echo "$PORT" >"$VAR/port"
}

failed_with() { # LOG WHAT
	tail -n 5 "$VAR/log/$1.log" >&2
	disk_check 100
	die "$2" "The log: $VAR/log/$1.log"
}

house_start() {
	house_dirs
	ports_need
	house_move
	write_foyer_conf
	binary_install
	step "MariaDB primary and replica, Redis, mail"
	database_start
	redis_start
	mail_start
	# Half a demo, of an ./dev up that was interrupted, is none.
	[ ! -f "$VAR/demo.txt" ] || [ -f "$VAR/demo.done" ] || sql primary 'DROP DATABASE foyer; CREATE DATABASE foyer'
	foyer migrate >>"$VAR/log/migrate.log" 2>&1 || failed_with migrate "The migrations failed."
	if [ ! -f "$VAR/demo.done" ]; then
		step "demo data"
		# Made-up data may be lost: no waiting for the disk meanwhile.
		sql primary 'SET GLOBAL innodb_flush_log_at_trx_commit = 2, GLOBAL sync_binlog = 0'
		foyer demo >"$VAR/demo.txt" 2>"$VAR/log/demo.log" || failed_with demo "The demo data could not be loaded."
		sql primary 'SET GLOBAL innodb_flush_log_at_trx_commit = 1, GLOBAL sync_binlog = 1'
		touch "$VAR/demo.done"
	fi
	step "foyer live, serve, work, clock; nginx"
	foyer_start live
	serve_start
	foyer_start work
	foyer_start clock
	nginx_start
	service_wait nginx "The site" answers
}

house_up() {
	mkdir -p "$VAR"
	ports_need # before minutes go into building
	disk_need
	packages_need up
	with_lock build_house
	house_start
	cat <<-TEXT

	  Foyer is open:  $URL        mails: http://localhost:$PORT_MAIL

	$(sed "s/^/  /; s,foyer demo --code,./dev code,; s,http://localhost:[0-9]*,$URL,g" "$VAR/demo.txt")

	  Three things to try
	  1. Choose a concert, take seats on the map, pay with the test card 4242 4242 4242 4242, and open the ticket in the mail.
	  2. Open the same map in a second window: what one window holds, the other sees within a second.
	  3. Sign in as the organizer and watch the sale at $URL/desk

	  ./dev status · ./dev logs · ./dev down
	TEXT
}

house_down() {
	local i
	for ((i = ${#SERVICES[@]} - 1; i >= 0; i--)); do
		case ${SERVICES[i]} in
		nginx) service_stop nginx QUIT 5 ;;
		primary | replica) service_stop "${SERVICES[i]}" TERM 60 ;;
		*) service_stop "${SERVICES[i]}" TERM 20 ;;
		esac
	done
	say "The house is closed; its data stays in ${VAR#"$ROOT"/}/."
}

# house_service start|stop NAME…: single ones of a house that has been up.
house_service() {
	local what=$1 name
	house_need
	shift
	for name in "$@"; do
		case $what-$name in
		stop-*) service_stop "$name" ;;
		start-primary | start-replica) database_start ;;
		start-redis | start-mail | start-nginx | start-serve) "${name}_start" ;;
		start-live | start-work | start-clock) service_pid "$name" >/dev/null || foyer_start "$name" ;;
		*) die "There is no service '$name'." "Services: ${SERVICES[*]}" ;;
		esac
	done
}

house_status() {
	local name pid bad=0 lag
	for name in "${SERVICES[@]}"; do
		if pid=$(service_pid "$name"); then
			printf '  %-8s pid %-8s since %s  %5s MB\n' "$name" "$pid" "$(ps -o lstart= -p "$pid")" \
				"$(($(ps -o rss= -p "$pid") / 1024))"
		else
			printf '  %-8s \033[31mnot running\033[0m\n' "$name"
			bad=1
		fi
	done
	lag=$(mariadb --no-defaults -S "$(run_dir)/replica.sock" -u root -e 'SHOW SLAVE STATUS\G' 2>/dev/null |
		awk '/Slave_SQL_Running:/ { sql = $2 } /Slave_IO_Running:/ { io = $2 } /Seconds_Behind_Master:/ { s = $2 }
			END { if (io) printf "io %s, sql %s, %s s behind", io, sql, s }')
	say "  replica: ${lag:-away}"
	if answers 2>/dev/null; then say "  site: $URL answers    mails: http://localhost:$PORT_MAIL"; else
		say "  site: $URL does not answer" && bad=1
	fi
	return $bad
}

house_logs() {
	local name files=()
	house_need
	[ $# -gt 0 ] || set -- access "${SERVICES[@]}"
	for name in "$@"; do
		[ ! -f "$VAR/log/$name.log" ] || files+=("$VAR/log/$name.log")
	done
	[ ${#files[@]} -gt 0 ] || die "There is no log of $*." "In $VAR/log: $(cd "$VAR/log" 2>/dev/null && echo *.log)"
	exec tail -n 40 -F "${files[@]}"
}

house_reset() {
	local answer
	if [ "${1:-}" != -y ]; then
		read -r -p "Throw away all data of this house in $VAR? [y/N] " answer || answer=n
		[ "$answer" = y ] || die "Nothing was changed."
	fi
	with_lock house_down
	find "$VAR" -mindepth 1 -maxdepth 1 ! -name test ! -name local.conf ! -name port ! -name .lock -exec rm -rf {} +
	say "Empty. ./dev up begins anew."
}
