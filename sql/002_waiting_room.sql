-- The waiting room of a sale, and the passes of those who were let in.  src/queue/queue.h tells the rules.
CREATE TABLE waiting_room (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  sale_kind CHAR(1) NOT NULL,                     -- p: performance
  sale_id BIGINT NOT NULL,
  live_sale VARCHAR(24) NULL UNIQUE,              -- "p12" until it has ended: one room of a sale at a time
  state ENUM('planned','gathering','open','paused','ended') NOT NULL,
  by_itself TINYINT NOT NULL DEFAULT 0,           -- opened by the load, not by the organizer
  members_only TINYINT NOT NULL DEFAULT 0,
  reload_to_back TINYINT NOT NULL DEFAULT 0,
  gathers_at DATETIME(6) NOT NULL,                -- from here on places are given out
  opens_at DATETIME(6) NOT NULL,                  -- the draw, then admission
  ends_at DATETIME(6) NULL,                       -- NULL: when demand has passed, or by hand
  gathered_at DATETIME(6) NULL,                   -- the same as they happened
  opened_at DATETIME(6) NULL,
  ended_at DATETIME(6) NULL,
  ended_why ENUM('by hand','time','no more demand','sale over') NULL,
  target INT NOT NULL,                            -- buyers inside at the same time
  rate INT NOT NULL,                              -- most admissions a minute
  message VARCHAR(300) NOT NULL DEFAULT '',       -- of the organizer to those who wait
  message_en VARCHAR(300) NOT NULL DEFAULT '',
  seed BINARY(32) NOT NULL,                       -- of the draw; its SHA-256 is public at once, the seed after the draw
  drawn BIGINT NULL,                              -- how many took part; NULL: not yet drawn
  issued BIGINT NOT NULL DEFAULT 0,               -- saved each second: the last number given out …
  licence BIGINT NOT NULL DEFAULT 0,              -- … and the last that may be, until it is saved again: Redis never goes beyond
  holes VARCHAR(200) NOT NULL DEFAULT '',         -- "501-10500,…": numbers that nobody may have, since Redis had forgotten
  head BIGINT NOT NULL DEFAULT 0,                 -- the last place admitted
  settled BIGINT NOT NULL DEFAULT 0,              -- the head a grace time ago: who is behind it and not inside is late
  owed INT NOT NULL DEFAULT 0,                    -- admitted since, and not inside yet
  entered BIGINT NOT NULL DEFAULT 0,              -- passes granted so far, …
  may_enter BIGINT NOT NULL DEFAULT 0,            -- … and how many may be until the next tick; late ones leave room for the owed
  active INT NOT NULL DEFAULT 0,                  -- living passes at the last tick, …
  per_minute INT NOT NULL DEFAULT 0,              -- … admitted within the minute before, …
  pace INT NOT NULL DEFAULT 0,                    -- … the way of the head in that minute, …
  seats_left BIGINT NOT NULL DEFAULT 0,           -- … and what the sale had left
  sold_out TINYINT NOT NULL DEFAULT 0,
  admitted BIGINT NOT NULL DEFAULT 0,             -- places admitted, …
  skipped BIGINT NOT NULL DEFAULT 0,              -- … and passed over, because nobody was there
  saved_at DATETIME(6) NULL,
  quiet_since DATETIME(6) NULL,                   -- nobody has waited since
  created_at DATETIME(6) NOT NULL,
  KEY waiting_room_sale (sale_kind, sale_id),
  KEY waiting_room_state (state, gathers_at)
);
CREATE TABLE queue_pass (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  room_id BIGINT NOT NULL,
  place BIGINT NOT NULL,
  holder VARCHAR(40) NOT NULL,                    -- m12: person 12; d…: hash of a browser's device cookie
  living VARCHAR(40) NULL,                        -- the holder, until the pass has ended: one living pass each
  person_id BIGINT NULL,                          -- who has bought with it; from then on nobody else may
  granted_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  ended_at DATETIME(6) NULL,
  ended_why ENUM('bought','left','expired','closed') NULL,
  UNIQUE KEY queue_pass_once (room_id, place, holder), -- nobody is admitted twice with one place
  UNIQUE KEY queue_pass_living (room_id, living),
  KEY queue_pass_person (room_id, person_id, ended_at),
  KEY queue_pass_live (room_id, ended_at, expires_at),
  FOREIGN KEY (room_id) REFERENCES waiting_room (id)
);
-- How the head moved: one row for each tick that admitted or skipped somebody, deleted a day after the end of the room.
CREATE TABLE waiting_room_step (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  room_id BIGINT NOT NULL,
  at DATETIME(6) NOT NULL,
  head BIGINT NOT NULL,                           -- as they were afterwards
  admitted BIGINT NOT NULL,
  skipped BIGINT NOT NULL,
  KEY waiting_room_step_at (room_id, at),
  FOREIGN KEY (room_id) REFERENCES waiting_room (id)
);
-- What the organizer should look at: reasons, not judgements.
CREATE TABLE suspicion (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  sale_kind CHAR(1) NOT NULL,
  sale_id BIGINT NOT NULL,
  who VARCHAR(40) NOT NULL,                       -- as queue_pass.holder
  person_id BIGINT NULL,
  reason ENUM('trap','too quick','many places','many accounts','forged','foreign pass','many tries') NOT NULL,
  detail VARCHAR(200) NOT NULL DEFAULT '',
  times INT NOT NULL DEFAULT 1,
  first_at DATETIME(6) NOT NULL,
  last_at DATETIME(6) NOT NULL,
  UNIQUE KEY suspicion_once (sale_kind, sale_id, who, reason),
  KEY suspicion_sale (sale_kind, sale_id, last_at),
  KEY suspicion_person (person_id)
);
-- The room that stands before the sale of a performance; NULL: the doors are open.
ALTER TABLE performance ADD COLUMN room_id BIGINT NULL;
