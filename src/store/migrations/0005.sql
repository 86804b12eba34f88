-- When messages of a kind with a quota went, as far back as its window reaches. Names no message: only that one went.
CREATE TABLE quota_use (
  side INTEGER NOT NULL,                -- 0 to a partner, 1 from a partner
  peer TEXT    NOT NULL,
  kind TEXT    NOT NULL,
  at   INTEGER NOT NULL
) STRICT;
CREATE INDEX quota_use_share ON quota_use (side, peer, kind, at);
