-- Sealed messages, both ways. Bodies stand apart, so that changing a state never rewrites a body.
CREATE TABLE mailbox (
  seq       INTEGER PRIMARY KEY,        -- order of deposit; rows are never removed
  side      INTEGER NOT NULL,           -- 0 to a partner, 1 from a partner
  peer      TEXT    NOT NULL,           -- the partner
  own       TEXT    NOT NULL,           -- the agency
  id        BLOB    NOT NULL,
  class     TEXT    NOT NULL,
  digest    BLOB    NOT NULL,
  size      INTEGER NOT NULL,
  expires   INTEGER NOT NULL,           -- times are microseconds since 1970 UTC
  deposited INTEGER NOT NULL,
  state     INTEGER NOT NULL,           -- 0 waiting, 1 leased, 2 settled, 3 failed, 4 quarantined
  due       INTEGER NOT NULL,           -- not claimed before; end of the lease while leased
  attempt   INTEGER NOT NULL DEFAULT 0,
  code      TEXT,                       -- why it failed or is quarantined
  conversation BLOB,
  reply_to  BLOB,
  read_at   INTEGER                     -- when the agency took it
) STRICT;
CREATE UNIQUE INDEX mailbox_id ON mailbox (side, id, peer);
CREATE INDEX mailbox_due ON mailbox (side, peer, due) WHERE state < 2;
-- What waits for a partner, by when it expires: a look once a second must not read the whole mailbox.
CREATE INDEX mailbox_expires ON mailbox (expires) WHERE side = 0 AND state < 2;
CREATE INDEX mailbox_unread ON mailbox (own, seq) WHERE side = 1 AND state = 2 AND read_at IS NULL;

CREATE TABLE body (
  seq   INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;

-- Signed proof of each stage. Issued ones wait here until the partner has them.
CREATE TABLE receipt (
  seq     INTEGER PRIMARY KEY,          -- order of keeping; rows are never removed
  side    INTEGER NOT NULL,             -- 0 about a message that we sent, 1 about one that we got
  peer    TEXT    NOT NULL,
  message BLOB    NOT NULL,
  stage   INTEGER NOT NULL,
  code    TEXT,                         -- the refusal's code; NULL when the stage was reached
  at      INTEGER NOT NULL,
  signed  BLOB    NOT NULL,
  due     INTEGER                       -- when to send it; NULL when the partner has it
) STRICT;
CREATE UNIQUE INDEX receipt_stage ON receipt (side, message, peer, stage);
CREATE INDEX receipt_due ON receipt (peer, due) WHERE due IS NOT NULL;

-- Drafts that a second person must release, sealed to the agency itself.
CREATE TABLE held (
  seq     INTEGER PRIMARY KEY AUTOINCREMENT,
  id      BLOB    NOT NULL UNIQUE,
  own     TEXT    NOT NULL,
  author  TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  parked  BLOB    NOT NULL,
  decided INTEGER                       -- when it was released or rejected; NULL while it waits
) STRICT;

-- What no partner may send us, kept for inspection and never opened.
CREATE TABLE quarantine (
  seq   INTEGER PRIMARY KEY AUTOINCREMENT,
  peer  TEXT    NOT NULL,               -- who presented it
  at    INTEGER NOT NULL,
  code  TEXT    NOT NULL,
  digest BLOB   NOT NULL,
  bytes BLOB    NOT NULL
) STRICT;
CREATE INDEX quarantine_peer ON quarantine (peer, seq);

-- Every decision and access, chained: hash = SHA-256(previous hash, entry).
CREATE TABLE audit (
  seq   INTEGER PRIMARY KEY,
  entry BLOB NOT NULL,
  hash  BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
