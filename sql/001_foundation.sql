-- Foyer's foundation.  Common SQL of MariaDB and MySQL.  Money is integer minor units, time is UTC DATETIME(6), text is
-- utf8mb4_unicode_520_ci.  Codes that are compared byte by byte are ascii_bin.  `shows` and `orders` are plural because
-- the singular is a reserved word.

-- ---- people ---------------------------------------------------------------------------------------------------------
-- A guest is a person without a password whose e-mail was verified by code; signing up later turns the same row into a
-- member, so that orders and per-person limits follow.
CREATE TABLE person (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(254) NULL UNIQUE,                 -- NULL once deleted
  email_verified_at DATETIME(6) NULL,
  password_hash VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NULL, -- NULL: guest
  name VARCHAR(60) NOT NULL DEFAULT '',
  phone VARCHAR(20) NOT NULL DEFAULT '',
  lang CHAR(2) NOT NULL DEFAULT 'ko',
  admin TINYINT NOT NULL DEFAULT 0,
  totp_sealed VARBINARY(128) NULL,                -- sealed key; the second factor is on when totp_on_at is set
  totp_on_at DATETIME(6) NULL,
  totp_last_step BIGINT NOT NULL DEFAULT 0,       -- a code is good once
  created_at DATETIME(6) NOT NULL,
  seen_at DATETIME(6) NULL,
  deleted_at DATETIME(6) NULL,
  KEY person_name (name)
);
-- For who has lost the authenticator app: each is good once, a new set replaces the old one; only hashes are stored.
CREATE TABLE recovery_code (
  person_id BIGINT NOT NULL,
  code_hash BINARY(32) NOT NULL,
  used_at DATETIME(6) NULL,
  PRIMARY KEY (person_id, code_hash),
  FOREIGN KEY (person_id) REFERENCES person (id)
);
CREATE TABLE consent (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  person_id BIGINT NOT NULL,
  kind ENUM('terms','privacy','marketing') NOT NULL,
  version VARCHAR(20) NOT NULL,
  granted TINYINT NOT NULL,
  at DATETIME(6) NOT NULL,
  KEY consent_person (person_id, kind, id),
  FOREIGN KEY (person_id) REFERENCES person (id)
);
-- Single-use links and codes sent by mail: only hashes are stored.
CREATE TABLE email_token (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  kind ENUM('verify','reset','change','guest') NOT NULL,
  email VARCHAR(254) NOT NULL,
  person_id BIGINT NULL,
  token_hash BINARY(32) NOT NULL UNIQUE,          -- of the link's token; for guest: of e-mail and code
  payload TEXT NULL,                              -- JSON: what the confirmed step needs (sign-up data without the clear password)
  tries INT NOT NULL DEFAULT 0,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  used_at DATETIME(6) NULL,
  KEY email_token_email (kind, email, id),
  KEY email_token_expiry (expires_at)
);
CREATE TABLE organizer (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  person_id BIGINT NOT NULL UNIQUE,
  name VARCHAR(100) NOT NULL,
  registration_no VARCHAR(20) NOT NULL DEFAULT '',
  phone VARCHAR(20) NOT NULL DEFAULT '',
  about TEXT NOT NULL,
  state ENUM('pending_approval','approved','rejected') NOT NULL DEFAULT 'pending_approval',
  reason VARCHAR(500) NOT NULL DEFAULT '',
  applied_at DATETIME(6) NOT NULL,
  decided_at DATETIME(6) NULL,
  decided_by BIGINT NULL,
  KEY organizer_state (state, applied_at),
  FOREIGN KEY (person_id) REFERENCES person (id)
);
CREATE TABLE staff_code (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  organizer_id BIGINT NOT NULL,
  label VARCHAR(60) NOT NULL,
  code_hash BINARY(32) NOT NULL UNIQUE,
  perms INT NOT NULL,                             -- enum perm of web/route.h
  show_id BIGINT NULL,                            -- NULL: all shows of the organizer
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  revoked_at DATETIME(6) NULL,
  used_at DATETIME(6) NULL,
  KEY staff_organizer (organizer_id, id),
  FOREIGN KEY (organizer_id) REFERENCES organizer (id)
);

-- ---- venues ---------------------------------------------------------------------------------------------------------
-- Seats are numbered 0… within a hall (idx): a snapshot is an array, a claim is (performance, idx).  The structure of a
-- hall that has performances is locked; an altered copy is a new hall.
CREATE TABLE venue (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  organizer_id BIGINT NOT NULL,
  name VARCHAR(100) NOT NULL,
  name_en VARCHAR(100) NOT NULL DEFAULT '',
  region VARCHAR(20) NOT NULL,                    -- code: seoul, gyeonggi, busan …
  address VARCHAR(200) NOT NULL DEFAULT '',
  address_en VARCHAR(200) NOT NULL DEFAULT '',
  created_at DATETIME(6) NOT NULL,
  KEY venue_organizer (organizer_id, name),
  FOREIGN KEY (organizer_id) REFERENCES organizer (id)
);
CREATE TABLE hall (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  venue_id BIGINT NOT NULL,
  name VARCHAR(100) NOT NULL,
  name_en VARCHAR(100) NOT NULL DEFAULT '',
  seats INT NOT NULL DEFAULT 0,                   -- number of seat rows; idx < seats
  standing INT NOT NULL DEFAULT 0,                -- capacity of its standing sections
  width INT NOT NULL DEFAULT 1000,                -- drawing space; stage on top
  height INT NOT NULL DEFAULT 1000,
  version INT NOT NULL DEFAULT 1,                 -- of the geometry; in the URL of the geometry file
  created_at DATETIME(6) NOT NULL,
  KEY hall_venue (venue_id, id),
  FOREIGN KEY (venue_id) REFERENCES venue (id)
);
CREATE TABLE section (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  hall_id BIGINT NOT NULL,
  ord INT NOT NULL,                               -- 0… within the hall
  name VARCHAR(60) NOT NULL,
  kind ENUM('seated','standing') NOT NULL DEFAULT 'seated',
  capacity INT NOT NULL,                          -- seats, or people standing
  x INT NOT NULL DEFAULT 0, y INT NOT NULL DEFAULT 0, w INT NOT NULL DEFAULT 0, h INT NOT NULL DEFAULT 0, -- bounding box
  UNIQUE KEY section_ord (hall_id, ord),
  FOREIGN KEY (hall_id) REFERENCES hall (id) ON DELETE CASCADE
);
CREATE TABLE seat (
  hall_id BIGINT NOT NULL,
  idx INT NOT NULL,
  section_id BIGINT NOT NULL,
  row_label VARCHAR(8) NOT NULL,
  label VARCHAR(8) NOT NULL,                      -- seat number within the row
  x INT NOT NULL,
  y INT NOT NULL,
  flags TINYINT NOT NULL DEFAULT 0,               -- 1 wheelchair, 2 companion, 4 restricted view
  PRIMARY KEY (hall_id, idx),
  UNIQUE KEY seat_label (section_id, row_label, label),
  FOREIGN KEY (section_id) REFERENCES section (id) ON DELETE CASCADE
);

-- ---- shows ----------------------------------------------------------------------------------------------------------
CREATE TABLE image (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  organizer_id BIGINT NOT NULL,
  name VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE, -- blob name stem: <name>.jpg, <name>-400.jpg, <name>-200.jpg
  width INT NOT NULL,
  height INT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  FOREIGN KEY (organizer_id) REFERENCES organizer (id)
);
CREATE TABLE refund_grid (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(60) NOT NULL,
  free_hours INT NOT NULL DEFAULT 24,             -- no fee within so many hours after booking while more than one day is left
  is_default TINYINT NULL UNIQUE                  -- 1 for the one default, otherwise NULL
);
-- Fee in permille of the price while at least min_days are left (the row with the greatest matching min_days counts);
-- min_days 0 is the day of the event until its start.
CREATE TABLE refund_rule (
  grid_id BIGINT NOT NULL,
  min_days INT NOT NULL,
  fee_permille INT NOT NULL,
  PRIMARY KEY (grid_id, min_days),
  CHECK (fee_permille BETWEEN 0 AND 1000),
  FOREIGN KEY (grid_id) REFERENCES refund_grid (id) ON DELETE CASCADE
);
INSERT INTO refund_grid (id, name, free_hours, is_default) VALUES (1, 'Standard', 24, 1);
INSERT INTO refund_rule (grid_id, min_days, fee_permille) VALUES (1, 10, 0), (1, 7, 100), (1, 3, 200), (1, 1, 300), (1, 0, 900);

CREATE TABLE shows (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  organizer_id BIGINT NOT NULL,
  slug VARCHAR(120) NOT NULL UNIQUE,
  title VARCHAR(120) NOT NULL,
  title_en VARCHAR(120) NOT NULL DEFAULT '',
  genre ENUM('concert','musical','play','classic','dance','traditional','family','festival') NOT NULL,
  image_id BIGINT NULL,
  synopsis TEXT NOT NULL,
  synopsis_en TEXT NOT NULL,
  notice TEXT NOT NULL,
  notice_en TEXT NOT NULL,
  minutes INT NOT NULL DEFAULT 0,                 -- running time
  age_limit INT NOT NULL DEFAULT 0,
  ticket_limit INT NOT NULL DEFAULT 4,            -- per person and performance
  fee_per_ticket BIGINT NOT NULL DEFAULT 0,       -- booking fee
  commission_permille INT NULL,                   -- of the sales; agreed when the show was first published, NULL until then
  view_open_at DATETIME(6) NOT NULL,
  booking_open_at DATETIME(6) NOT NULL,
  close_minutes INT NOT NULL DEFAULT 60,          -- booking closes so many minutes before the start
  refund_grid_id BIGINT NULL,                     -- NULL: the default grid
  state ENUM('draft','published','withdrawn') NOT NULL DEFAULT 'draft',
  -- Kept by the show domain (show_facts_refresh) for lists: first and last performance that is not cancelled, venue of
  -- the next one, lowest price, and what its coming performances together offer.
  first_at DATETIME(6) NULL,
  last_at DATETIME(6) NULL,
  venue_id BIGINT NULL,
  price_from BIGINT NULL,
  sale ENUM('none','closed','sold_out','soon','open') NOT NULL DEFAULT 'none',
  created_at DATETIME(6) NOT NULL,
  search_text TEXT NOT NULL,                      -- titles, venue and performer names without spaces: what the search box looks in
  KEY shows_public (state, genre, first_at),
  KEY shows_opening (state, booking_open_at),
  KEY shows_organizer (organizer_id, id),
  CHECK (view_open_at <= booking_open_at),
  CHECK (ticket_limit BETWEEN 1 AND 20),
  CHECK (age_limit IN (0, 7, 12, 15, 19)),
  FOREIGN KEY (organizer_id) REFERENCES organizer (id),
  FOREIGN KEY (image_id) REFERENCES image (id)
);
CREATE TABLE performer (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  organizer_id BIGINT NOT NULL,
  name VARCHAR(80) NOT NULL,
  name_en VARCHAR(80) NOT NULL DEFAULT '',
  about TEXT NOT NULL,
  KEY performer_name (name),
  FOREIGN KEY (organizer_id) REFERENCES organizer (id)
);
CREATE TABLE show_cast (
  show_id BIGINT NOT NULL,
  performer_id BIGINT NOT NULL,
  role VARCHAR(80) NOT NULL DEFAULT '',
  role_en VARCHAR(80) NOT NULL DEFAULT '',
  ord INT NOT NULL DEFAULT 0,
  PRIMARY KEY (show_id, performer_id),
  FOREIGN KEY (show_id) REFERENCES shows (id),
  FOREIGN KEY (performer_id) REFERENCES performer (id)
);
CREATE TABLE price_grade (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  show_id BIGINT NOT NULL,
  ord INT NOT NULL,                               -- 0 is the dearest; the letter and colour of the map follow it
  code VARCHAR(10) NOT NULL,                      -- VIP, R, S, A, standing
  price BIGINT NOT NULL,
  UNIQUE KEY grade_ord (show_id, ord),
  UNIQUE KEY grade_code (show_id, code),
  CHECK (price >= 0),
  FOREIGN KEY (show_id) REFERENCES shows (id)
);
CREATE TABLE section_grade (
  show_id BIGINT NOT NULL,
  section_id BIGINT NOT NULL,
  grade_id BIGINT NOT NULL,
  PRIMARY KEY (show_id, section_id),
  FOREIGN KEY (show_id) REFERENCES shows (id),
  FOREIGN KEY (section_id) REFERENCES section (id),
  FOREIGN KEY (grade_id) REFERENCES price_grade (id)
);
CREATE TABLE performance (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  show_id BIGINT NOT NULL,
  hall_id BIGINT NOT NULL,
  starts_at DATETIME(6) NOT NULL,
  booking_closes_at DATETIME(6) NOT NULL,
  state ENUM('scheduled','on_sale','sold_out','closed','done','cancelled') NOT NULL DEFAULT 'scheduled', -- by time and stock
  cast_note VARCHAR(200) NOT NULL DEFAULT '',     -- cast of the day
  cancelled_at DATETIME(6) NULL,
  cancel_reason VARCHAR(300) NOT NULL DEFAULT '',
  created_at DATETIME(6) NOT NULL,
  KEY performance_show (show_id, starts_at),
  KEY performance_state (state, starts_at),
  KEY performance_hall (hall_id),
  FOREIGN KEY (show_id) REFERENCES shows (id),
  FOREIGN KEY (hall_id) REFERENCES hall (id)
);
-- What a performance offers per grade, and how much of it is taken: recounted from the claims by the consumer of the live
-- topic within a second of a change; shown on pages, never decided on.
CREATE TABLE performance_grade (
  performance_id BIGINT NOT NULL,
  grade_id BIGINT NOT NULL,
  capacity INT NOT NULL,
  taken INT NOT NULL DEFAULT 0,                   -- held and sold
  sold INT NOT NULL DEFAULT 0,
  PRIMARY KEY (performance_id, grade_id),
  FOREIGN KEY (performance_id) REFERENCES performance (id),
  FOREIGN KEY (grade_id) REFERENCES price_grade (id)
);
-- Tickets sold by hour, so that ranks need not look at every order: the last hours are counted anew each minute, the days
-- before once a day.
CREATE TABLE show_sold (
  show_id BIGINT NOT NULL,
  hour DATETIME NOT NULL,
  tickets INT NOT NULL,
  PRIMARY KEY (show_id, hour),
  KEY show_sold_hour (hour),
  FOREIGN KEY (show_id) REFERENCES shows (id)
);
CREATE TABLE show_rank (                          -- rewritten by a job
  show_id BIGINT NOT NULL PRIMARY KEY,
  booked_permille INT NOT NULL DEFAULT 0,
  sold_7d INT NOT NULL DEFAULT 0,
  views_7d INT NOT NULL DEFAULT 0,
  KEY show_rank_sold (sold_7d, views_7d),
  FOREIGN KEY (show_id) REFERENCES shows (id)
);

-- ---- booking --------------------------------------------------------------------------------------------------------
-- An order begins as the hold of its seats (pending, without a contact) and carries the deadline.
CREATE TABLE orders (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  code CHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE, -- public; 50 random bits
  person_id BIGINT NOT NULL,
  performance_id BIGINT NOT NULL,
  idem_key CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,    -- of the hold form: a double click is one order
  state ENUM('pending','awaiting_deposit','paid','partly_cancelled','cancelled','expired') NOT NULL DEFAULT 'pending',
  expires_at DATETIME(6) NULL,                    -- of the hold or the deposit; NULL once paid
  extended TINYINT NOT NULL DEFAULT 0,
  tickets INT NOT NULL,
  subtotal BIGINT NOT NULL,
  fee BIGINT NOT NULL DEFAULT 0,
  discount BIGINT NOT NULL DEFAULT 0,
  total BIGINT NOT NULL,                          -- subtotal + fee − discount
  refunded BIGINT NOT NULL DEFAULT 0,             -- given back so far
  currency CHAR(3) NOT NULL DEFAULT 'KRW',
  contact_name VARCHAR(60) NOT NULL DEFAULT '',   -- '' until the checkout form is in
  contact_email VARCHAR(254) NOT NULL DEFAULT '',
  contact_phone VARCHAR(20) NOT NULL DEFAULT '',
  lang CHAR(2) NOT NULL DEFAULT 'ko',
  created_at DATETIME(6) NOT NULL,
  paid_at DATETIME(6) NULL,
  closed_at DATETIME(6) NULL,                     -- expired or cancelled
  closed_why VARCHAR(200) NOT NULL DEFAULT '',
  UNIQUE KEY orders_idem (person_id, idem_key),
  KEY orders_person (person_id, id),
  KEY orders_performance (performance_id, state, id),
  KEY orders_expiry (state, expires_at),
  KEY orders_email (contact_email, id),
  KEY orders_paid (paid_at),
  CHECK (total = subtotal + fee - discount AND total >= 0),
  FOREIGN KEY (person_id) REFERENCES person (id),
  FOREIGN KEY (performance_id) REFERENCES performance (id)
);
-- The truth about seats: one row per live claim.  The two unique keys are the guarantee that no seat is held or sold
-- twice and nobody exceeds the limit (slot 1…limit), whatever the code does.
-- seat_idx: a seat's idx; from 2^40 on: a place of a standing section, 2^40 · (1 + section ord) + 2^24 · stripe + serial.
CREATE TABLE claim (
  performance_id BIGINT NOT NULL,
  seat_idx BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  slot TINYINT NOT NULL,
  grade_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  state ENUM('held','sold') NOT NULL DEFAULT 'held',
  expires_at DATETIME(6) NULL,                    -- NULL once sold
  PRIMARY KEY (performance_id, seat_idx),
  UNIQUE KEY claim_slot (performance_id, person_id, slot),
  KEY claim_order (order_id),
  KEY claim_expiry (state, expires_at),
  CHECK (slot BETWEEN 1 AND 20)
);
-- Standing stock: the sum of the stripes is the stock; a buyer takes from a random stripe and tries the next when it is
-- empty, so that buyers don't queue for one row.
CREATE TABLE stock_stripe (
  performance_id BIGINT NOT NULL,
  section_id BIGINT NOT NULL,
  stripe TINYINT NOT NULL,
  capacity INT NOT NULL,
  taken INT NOT NULL DEFAULT 0,
  issued INT NOT NULL DEFAULT 0,                  -- serials handed out; never reused
  PRIMARY KEY (performance_id, section_id, stripe),
  CHECK (taken BETWEEN 0 AND capacity),
  FOREIGN KEY (performance_id) REFERENCES performance (id),
  FOREIGN KEY (section_id) REFERENCES section (id)
);
CREATE TABLE order_line (                         -- what was bought: kept for ever, also after the claim is gone
  order_id BIGINT NOT NULL,
  line INT NOT NULL,                              -- 1…tickets
  seat_idx BIGINT NOT NULL,
  section_id BIGINT NOT NULL,
  grade_id BIGINT NOT NULL,
  label VARCHAR(100) NOT NULL,                    -- "1층 A구역 3열 12번" as told to the buyer
  price BIGINT NOT NULL,
  fee BIGINT NOT NULL DEFAULT 0,
  cancelled_at DATETIME(6) NULL,
  PRIMARY KEY (order_id, line),
  FOREIGN KEY (order_id) REFERENCES orders (id)
);
CREATE TABLE ticket (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  code CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE, -- 80 random bits; the QR carries it signed
  order_id BIGINT NOT NULL,
  line INT NOT NULL,
  performance_id BIGINT NOT NULL,
  holder VARCHAR(60) NOT NULL DEFAULT '',
  state ENUM('issued','used','void') NOT NULL DEFAULT 'issued',
  issued_at DATETIME(6) NOT NULL,
  used_at DATETIME(6) NULL,
  used_by VARCHAR(60) NOT NULL DEFAULT '',        -- gate device or staff label
  void_at DATETIME(6) NULL,
  UNIQUE KEY ticket_line (order_id, line),
  KEY ticket_performance (performance_id, state, used_at),
  FOREIGN KEY (order_id) REFERENCES orders (id)
);
CREATE TABLE gate_scan (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  performance_id BIGINT NOT NULL,                 -- the gate's
  ticket_id BIGINT NULL,
  at DATETIME(6) NOT NULL,
  by_whom VARCHAR(60) NOT NULL,
  staff_id BIGINT NULL,                           -- one of both: who may take the entry back
  person_id BIGINT NULL,
  -- a ticket is inside as often as it entered more than it was undone: once, or not
  result ENUM('entered','already_used','void','wrong_performance','too_early','too_late','unknown','forged','cancelled','undone') NOT NULL,
  KEY gate_scan_performance (performance_id, id),
  KEY gate_scan_ticket (ticket_id)
);

-- ---- payment --------------------------------------------------------------------------------------------------------
CREATE TABLE pay_attempt (                        -- stored before the provider is called
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  order_id BIGINT NOT NULL,
  provider VARCHAR(16) NOT NULL,
  provider_order VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE, -- the orderId we tell the provider: code-attempt
  payment_key VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NULL UNIQUE,
  idem_key CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  method VARCHAR(20) NOT NULL DEFAULT '',
  amount BIGINT NOT NULL,
  refunded BIGINT NOT NULL DEFAULT 0,
  currency CHAR(3) NOT NULL DEFAULT 'KRW',
  -- created: window opened · confirming: confirm sent or about to be · unknown: asked, no clear answer · waiting_deposit ·
  -- done: captured · failed: definitely nothing captured · returned: captured, but given back in full (late, seats gone)
  state ENUM('created','confirming','unknown','waiting_deposit','done','failed','returned') NOT NULL DEFAULT 'created',
  secret VARCHAR(50) NOT NULL DEFAULT '',         -- provider's, compared with the deposit webhook
  fail_code VARCHAR(60) NOT NULL DEFAULT '',
  fail_text VARCHAR(300) NOT NULL DEFAULT '',
  account_bank VARCHAR(40) NOT NULL DEFAULT '',   -- virtual account
  account_number VARCHAR(40) NOT NULL DEFAULT '',
  account_due_at DATETIME(6) NULL,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  next_check_at DATETIME(6) NULL,                 -- the sweeper asks the provider then; NULL: nothing left to ask
  checks INT NOT NULL DEFAULT 0,
  KEY attempt_order (order_id, id),
  KEY attempt_sweep (next_check_at),
  CHECK (refunded BETWEEN 0 AND amount),
  FOREIGN KEY (order_id) REFERENCES orders (id)
);
CREATE TABLE pay_refund (                         -- stored before the provider is called
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  order_id BIGINT NOT NULL,
  attempt_id BIGINT NOT NULL,
  amount BIGINT NOT NULL,                         -- given back to the buyer
  kept BIGINT NOT NULL DEFAULT 0,                 -- cancellation fee kept
  reason VARCHAR(200) NOT NULL,
  idem_key CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state ENUM('pending','done','failed') NOT NULL DEFAULT 'pending',
  account VARCHAR(600) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '', -- sealed refund account of a deposited
                                                  -- virtual account: bank, number, holder; hex
  provider_key VARCHAR(64) NOT NULL DEFAULT '',
  fail_text VARCHAR(300) NOT NULL DEFAULT '',
  tries INT NOT NULL DEFAULT 0,
  created_at DATETIME(6) NOT NULL,
  done_at DATETIME(6) NULL,
  KEY refund_order (order_id),
  KEY refund_state (state, id),
  FOREIGN KEY (order_id) REFERENCES orders (id),
  FOREIGN KEY (attempt_id) REFERENCES pay_attempt (id)
);
CREATE TABLE refund_line (
  refund_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  line INT NOT NULL,
  amount BIGINT NOT NULL,
  kept BIGINT NOT NULL,
  PRIMARY KEY (refund_id, line),
  UNIQUE KEY refund_line_once (order_id, line),   -- a ticket is given back once
  FOREIGN KEY (refund_id) REFERENCES pay_refund (id)
);
CREATE TABLE pay_webhook (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  provider VARCHAR(16) NOT NULL,
  event_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body TEXT NOT NULL,
  received_at DATETIME(6) NOT NULL,
  processed_at DATETIME(6) NULL,
  outcome VARCHAR(100) NOT NULL DEFAULT '',
  UNIQUE KEY webhook_once (provider, event_id),
  KEY webhook_open (processed_at, id)
);
-- Double entry: the entries of a transaction sum to 0.  Accounts are names: provider:sandbox (what the provider owes us),
-- organizer:12 (what we owe), fee:booking, fee:cancellation, suspense:late …  Debit positive, credit negative.
CREATE TABLE ledger_tx (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  kind VARCHAR(30) NOT NULL,                      -- capture, refund, late_capture, late_refund
  ref VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- attempt:12, refund:7
  order_id BIGINT NULL,
  at DATETIME(6) NOT NULL,
  UNIQUE KEY ledger_once (kind, ref),
  KEY ledger_order (order_id)
);
CREATE TABLE ledger_entry (
  tx_id BIGINT NOT NULL,
  line TINYINT NOT NULL,
  account VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount BIGINT NOT NULL,
  currency CHAR(3) NOT NULL DEFAULT 'KRW',
  PRIMARY KEY (tx_id, line),
  KEY ledger_account (account, tx_id, amount),
  FOREIGN KEY (tx_id) REFERENCES ledger_tx (id)
);
-- The built-in sandbox provider's own books; nothing but src/sandbox reads them (and the reconciliation of `foyer check`).
CREATE TABLE sandbox_payment (
  payment_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  order_ref VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  order_name VARCHAR(120) NOT NULL DEFAULT '',
  method VARCHAR(20) NOT NULL,
  status VARCHAR(24) NOT NULL,                    -- the contract's: READY, IN_PROGRESS, WAITING_FOR_DEPOSIT, DONE, CANCELED …
  scenario VARCHAR(20) NOT NULL DEFAULT '',       -- chosen by the test card
  amount BIGINT NOT NULL,
  balance BIGINT NOT NULL,
  secret VARCHAR(50) NOT NULL,
  account_number VARCHAR(40) NOT NULL DEFAULT '',
  due_at DATETIME(6) NULL,
  requested_at DATETIME(6) NOT NULL,
  approved_at DATETIME(6) NULL,
  KEY sandbox_order (order_ref),
  KEY sandbox_account (account_number)
);
CREATE TABLE sandbox_cancel (
  payment_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  n INT NOT NULL,
  amount BIGINT NOT NULL,
  reason VARCHAR(200) NOT NULL,
  transaction_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  at DATETIME(6) NOT NULL,
  PRIMARY KEY (payment_key, n),
  FOREIGN KEY (payment_key) REFERENCES sandbox_payment (payment_key)
);
CREATE TABLE sandbox_idempotency (
  idem_key VARCHAR(300) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  path VARCHAR(250) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status INT NOT NULL,                            -- 0 while the first request runs
  body MEDIUMTEXT NOT NULL,
  at DATETIME(6) NOT NULL,
  PRIMARY KEY (idem_key, path)
);

-- ---- running the house ----------------------------------------------------------------------------------------------
CREATE TABLE outbox (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  topic VARCHAR(32) NOT NULL,
  about VARCHAR(100) NOT NULL,                    -- order code, channel …
  once_key VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
  payload MEDIUMTEXT NOT NULL,
  request_id VARCHAR(64) NOT NULL DEFAULT '',
  -- handing_over: given to the outside, answer not yet recorded; left so by a crash it becomes unsure and is listed
  state ENUM('pending','taken','handing_over','done','failed','unsure') NOT NULL DEFAULT 'pending',
  tries INT NOT NULL DEFAULT 0,
  due_at DATETIME(6) NOT NULL,
  taken_until DATETIME(6) NULL,                   -- lease
  created_at DATETIME(6) NOT NULL,
  done_at DATETIME(6) NULL,
  last_error VARCHAR(500) NOT NULL DEFAULT '',
  UNIQUE KEY outbox_once (topic, once_key),
  KEY outbox_due (topic, state, due_at),
  KEY outbox_about (about),
  KEY outbox_state (state, done_at)
);
CREATE TABLE audit_log (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at DATETIME(6) NOT NULL,
  person_id BIGINT NULL,
  actor VARCHAR(80) NOT NULL,                     -- role and name as they were
  action VARCHAR(60) NOT NULL,
  object VARCHAR(80) NOT NULL,
  detail TEXT NULL,
  ip VARCHAR(45) NOT NULL DEFAULT '',
  request_id VARCHAR(64) NOT NULL DEFAULT '',
  KEY audit_object (object, id),
  KEY audit_person (person_id, id),
  KEY audit_action (action, id)
);
CREATE TABLE job_run (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  job VARCHAR(40) NOT NULL,
  host VARCHAR(80) NOT NULL,
  fence BIGINT NOT NULL,
  started_at DATETIME(6) NOT NULL,
  finished_at DATETIME(6) NULL,
  ok TINYINT NULL,
  note VARCHAR(500) NOT NULL DEFAULT '',
  KEY job_run_job (job, ok, started_at)
);
CREATE TABLE leader (
  name VARCHAR(40) NOT NULL PRIMARY KEY,
  fence BIGINT NOT NULL,
  host VARCHAR(80) NOT NULL,
  since DATETIME(6) NOT NULL
);
CREATE TABLE setting (                            -- what the platform admin may change while running
  name VARCHAR(40) NOT NULL PRIMARY KEY,
  value VARCHAR(500) NOT NULL,
  changed_at DATETIME(6) NOT NULL
);
