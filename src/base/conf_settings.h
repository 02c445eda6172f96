/* Every setting of foyer.conf: type, name, default, meaning.  One list makes the struct, the parser, `foyer config`
 * and foyer.conf(5).  Types: STR, INT (int64), BOOL, SECRET (a STR never printed).  Secrets may be given as
 * name_file = /path, whose first line is the value. */
#define CONF_SETTINGS(STR, INT, BOOL, SECRET)                                                                          \
	STR(base_url, "http://localhost:8080", "Address people use, without a trailing slash; links in mails start with it.") \
	STR(timezone, "Asia/Seoul", "Zone in which times are shown and entered.")                                      \
	STR(site_name, "Foyer", "Name of the house, in titles and mails.")                                             \
	STR(run_dir, "/run/foyer", "Sockets, pid files and the scoreboard.")                                           \
	STR(data_dir, "/var/lib/foyer", "Uploaded images and generated files, when they are kept on disk.")           \
	STR(share_dir, PKGDATADIR, "Installed static files, message catalogues and migrations.")                       \
	STR(user, "", "Unprivileged user the workers become when started as root; empty: stay.")                       \
	SECRET(secret, "", "At least 32 random characters; keys for cookies, tickets and links are derived from it.")   \
	BOOL(debug, 0, "Development: query counts in response headers, test clock, verbose log. Never in production.")   \
	STR(log_level, "info", "debug, info, warn or error.")                                                          \
	STR(db_host, "", "Primary database host; empty: use db_socket.")                                               \
	INT(db_port, 3306, "Primary database port.")                                                                   \
	STR(db_socket, "/run/mysqld/mysqld.sock", "Primary database unix socket.")                                     \
	STR(db_name, "foyer", "Database name, the same on primary and replica.")                                       \
	STR(db_user, "foyer", "Database user.")                                                                        \
	SECRET(db_password, "", "Database password.")                                                                  \
	BOOL(db_tls, 0, "Require TLS with a verified certificate to the database.")                                    \
	STR(db_tls_ca, "", "CA file for db_tls.")                                                                      \
	STR(replica_host, "", "Replica host; empty with an empty replica_socket: no replica.")                         \
	INT(replica_port, 3306, "Replica port.")                                                                       \
	STR(replica_socket, "", "Replica unix socket.")                                                                \
	INT(replica_max_lag_ms, 2000, "A replica further behind than this is left out.")                               \
	STR(redis_socket, "/run/redis/redis.sock", "Redis unix socket; empty: use redis_host.")                        \
	STR(redis_host, "127.0.0.1", "Redis host.")                                                                    \
	INT(redis_port, 6379, "Redis port.")                                                                           \
	SECRET(redis_password, "", "Redis password.")                                                                  \
	STR(smtp_server, "127.0.0.1:25", "Mail server, host:port.")                                                    \
	STR(smtp_user, "", "User for SMTP AUTH; empty: none.")                                                         \
	SECRET(smtp_password, "", "Password for SMTP AUTH.")                                                           \
	STR(smtp_tls, "try", "none, try (STARTTLS if offered) or require.")                                            \
	STR(mail_from, "Foyer <tickets@foyer.example>", "Sender of mails.")                                            \
	INT(pool_web, 24, "Workers for pages.")                                                                        \
	INT(pool_pay, 16, "Workers for requests that call the payment provider.")                                 \
	INT(pool_sale, 24, "Workers for seat maps, holds and checkouts: a saturated sale leaves the other pages alone.")   \
	INT(pool_queue, 8, "Workers of the waiting rooms.")                                                            \
	INT(pool_till, 8, "Workers for the choice of payment: they wait for no provider.")                             \
	INT(pool_sandbox, 4, "Workers of the built-in payment sandbox; 0 switches the sandbox off.")                   \
	INT(pool_backlog, 4096, "Listen backlog of a pool's socket.")                                                  \
	INT(worker_requests, 20000, "A worker is replaced after this many requests, an outbox consumer after so many batches.") \
	INT(worker_memory_mb, 256, "How much a worker's own memory may grow.")                                       \
	INT(request_deadline_ms, 10000, "A worker busy with one request for longer is killed; routes may set less or more.") \
	INT(work_processes, 4, "Outbox consumer processes.")                                                           \
	STR(live_socket, "", "Socket of `foyer live`; empty: run_dir/live.sock.")                                      \
	INT(live_connections, 20000, "Most event streams `foyer live` holds.")                                         \
	STR(pay_provider, "sandbox", "sandbox, or toss.")                                                              \
	STR(toss_base_url, "https://api.tosspayments.com", "Toss Payments API.")                                       \
	STR(toss_client_key, "", "Toss client key.")                                                                   \
	SECRET(toss_secret_key, "", "Toss secret key.")                                                                \
	STR(sandbox_base_url, "http://127.0.0.1:8080/sandbox", "Where the sandbox provider's API answers.")            \
	INT(pay_timeout_ms, 20000, "Total time for one call to the payment provider.")                                 \
	STR(blob_store, "disk", "disk, or s3.")                                                                        \
	STR(s3_endpoint, "", "S3-compatible endpoint.")                                                                \
	STR(s3_region, "us-east-1", "S3 region.")                                                                      \
	STR(s3_bucket, "", "S3 bucket.")                                                                               \
	STR(s3_access_key, "", "S3 access key id.")                                                                    \
	SECRET(s3_secret_key, "", "S3 secret access key.")                                                             \
	INT(hold_seconds, 480, "How long chosen seats are held.")                                                      \
	INT(hold_extend_seconds, 240, "What one extension adds; a hold is extended at most once.")                     \
	INT(queue_pass_seconds, 600, "How long a pass of the waiting room lives; choosing seats and paying extend it.") \
	INT(queue_grace_seconds, 45, "Within so long an admitted person enters; afterwards the place counts as late.") \
	INT(session_days, 14, "A session not used for so long ends.")                                                  \
	INT(signin_tries, 10, "Wrong passwords for an account in 15 minutes before a pause, from one address or from a browser that was signed in to it; five times as many from one address for all accounts, ten times from all addresses that are new to the account.")             \
	INT(rate_per_minute, 600, "Requests per minute and address that may reach a form handler.")                    \
	INT(sale_looks_per_minute, 90, "Seat maps one person or browser may open per minute; an address, which people share, twenty times as many.") \
	INT(sale_holds_per_minute, 30, "Holds one person or browser may ask for per minute; an address twenty times as many.") \
	INT(queue_free_joins, 8, "Places in a waiting room that an address draws in ten minutes at the base price; each doubling beyond costs a browser twice the work, forty times as many are refused.") \
	INT(queue_auto_at, 200, "A waiting room opens by itself when so many people look at a seat map within ten seconds; 0: never.") \
	INT(upload_mb, 10, "Largest uploaded image.")                                                                  \
	STR(metrics_allow, "127.0.0.1,::1", "Addresses that may read /metrics.")
