-- An agency's data key, wrapped to its OpenPGP key.
CREATE TABLE vault (
  own     TEXT NOT NULL PRIMARY KEY,
  fingerprint TEXT NOT NULL,            -- of the OpenPGP key that it is wrapped to
  wrapped BLOB NOT NULL
) STRICT;

-- What each decision rested on, sealed by the agency's data key: enough to explain it and to decide again.
CREATE TABLE decision (
  seq     INTEGER PRIMARY KEY,          -- in the order of deciding
  message BLOB    NOT NULL,
  own     TEXT    NOT NULL,             -- the agency
  peer    TEXT    NOT NULL,             -- the partner
  at      INTEGER NOT NULL,
  version TEXT    NOT NULL,             -- of rules and agreements
  sealed  BLOB    NOT NULL
) STRICT;
CREATE INDEX decision_message ON decision (message);
CREATE INDEX decision_at ON decision (at);
