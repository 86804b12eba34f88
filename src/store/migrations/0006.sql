-- Releases of a waiting draft that did not suffice alone.
CREATE TABLE held_release (
  message BLOB    NOT NULL,
  by      TEXT    NOT NULL COLLATE NOCASE,  -- upper and lower case do not make two persons
  at      INTEGER NOT NULL,
  PRIMARY KEY (message, by)
) STRICT;
