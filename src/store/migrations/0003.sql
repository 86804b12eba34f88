-- The terms of every message that was sent or opened, as codes and never a value: for whatever follows the message.
-- A row outlives the body, as proof of what was agreed about it.
CREATE TABLE terms (
  side          INTEGER NOT NULL,       -- 0 to a partner, 1 from a partner
  message       BLOB    NOT NULL,
  peer          TEXT    NOT NULL,
  own           TEXT    NOT NULL,
  conversation  BLOB    NOT NULL,
  follows       BLOB,                   -- the message that it names
  kind          TEXT    NOT NULL,
  purpose       TEXT    NOT NULL,
  legal_basis   TEXT    NOT NULL,
  handling      TEXT    NOT NULL,       -- codes, each followed by a space
  delete_by     INTEGER NOT NULL,
  records       INTEGER NOT NULL,       -- whether it holds records
  new_purpose   TEXT,                   -- what a `purpose_change` asks for
  new_recipient TEXT,                   -- what an `onward_permission` asks for
  erased        INTEGER,                -- when the body of a received message was removed here; NULL while it is kept
  PRIMARY KEY (side, message, peer)
) STRICT, WITHOUT ROWID;
CREATE INDEX terms_conversation ON terms (conversation);
CREATE INDEX terms_delete_by ON terms (delete_by) WHERE side = 1 AND erased IS NULL;

-- What was disclosed to whom, until the partner has certified that it is gone.
CREATE TABLE disclosure (
  seq           INTEGER PRIMARY KEY,    -- order of disclosing; rows are never removed
  own           TEXT    NOT NULL,
  peer          TEXT    NOT NULL,
  message       BLOB    NOT NULL,
  disclosed     INTEGER NOT NULL,
  delete_by     INTEGER NOT NULL,
  consent_until INTEGER,                -- earliest end of a consent that it rests on
  sealed        BLOB    NOT NULL,       -- cases and persons in it, sealed to the agency itself; empty once it is erased
  state         INTEGER NOT NULL,       -- 0 live, 1 erase sent, 2 overdue, 3 erased
  why           TEXT,                   -- reason of the erasure
  since         INTEGER,                -- when the erasure became due
  erase         BLOB,                   -- the erase message; one for each disclosure
  certificate   BLOB,
  code          TEXT,                   -- what stands in the way, or what the certificate says
  escalations   INTEGER NOT NULL DEFAULT 0,
  due           INTEGER                 -- when to look at it next; NULL never
) STRICT;
CREATE UNIQUE INDEX disclosure_message ON disclosure (message, peer);
CREATE INDEX disclosure_erase ON disclosure (erase, peer) WHERE erase IS NOT NULL;
CREATE INDEX disclosure_due ON disclosure (due) WHERE due IS NOT NULL;
CREATE INDEX disclosure_erasing ON disclosure (seq) WHERE state = 1;
CREATE INDEX disclosure_open ON disclosure (own, seq) WHERE state < 3;

-- Received messages whose content a disclosure passed on: if such a source must be erased, so must what was made of it.
CREATE TABLE passed_on (
  own      TEXT NOT NULL,
  provider TEXT NOT NULL,
  source   BLOB NOT NULL,
  message  BLOB NOT NULL,
  PRIMARY KEY (own, provider, source, message)
) STRICT, WITHOUT ROWID;

-- What an agency must delete in its own system, and certify.
CREATE TABLE duty (
  seq         INTEGER PRIMARY KEY,      -- rows are never removed
  own         TEXT    NOT NULL,
  peer        TEXT    NOT NULL,
  message     BLOB    NOT NULL,         -- the partner's message
  held        INTEGER NOT NULL,         -- whether such a message was here
  why         TEXT    NOT NULL,
  since       INTEGER NOT NULL,
  erase       BLOB,                     -- the partner's erase message; NULL when its time of deletion has passed
  certificate BLOB                      -- the answer; NULL until it is given
) STRICT;
CREATE UNIQUE INDEX duty_message ON duty (message, peer, own);
CREATE INDEX duty_erase ON duty (erase) WHERE erase IS NOT NULL;
CREATE INDEX duty_open ON duty (own, seq) WHERE certificate IS NULL;

-- What a provider has permitted about a message of its own.
CREATE TABLE permission (
  seq           INTEGER PRIMARY KEY,    -- rows are never removed
  provider      TEXT    NOT NULL,
  grantee       TEXT    NOT NULL,
  item          BLOB    NOT NULL,       -- the provider's message
  request       BLOB    NOT NULL,
  accept        BLOB    NOT NULL,
  conversation  BLOB    NOT NULL,
  use           TEXT    NOT NULL,       -- the kind of the request
  new_purpose   TEXT,
  new_recipient TEXT,
  granted       INTEGER NOT NULL,
  ended         INTEGER                 -- when the provider withdrew it
) STRICT;
CREATE UNIQUE INDEX permission_accept ON permission (accept, provider, grantee);
CREATE INDEX permission_conversation ON permission (conversation);
CREATE INDEX permission_item ON permission (item);
CREATE INDEX permission_request ON permission (request);

-- Received messages whose content a held draft passes on: ids of 16 bytes, one after the other.
ALTER TABLE held ADD COLUMN passes_on BLOB NOT NULL DEFAULT x'';
