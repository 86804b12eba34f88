-- What a reviewer was shown last of a draft, sealed by the agency's data key: a release is held against it.
CREATE TABLE held_look (
  message BLOB NOT NULL,
  by      TEXT NOT NULL COLLATE NOCASE,
  sealed  BLOB NOT NULL,
  PRIMARY KEY (message, by)
) STRICT;
