-- Versions of the policy: people, agreements, certificates and rules as one bundle. A row never changes, but for the
-- decision about it, which is made once; numbers have no gaps.
CREATE TABLE policy (
  number      INTEGER PRIMARY KEY,
  digest      BLOB    NOT NULL,         -- SHA-256 of the bundle
  base        INTEGER,                  -- newest approved version when this one was proposed; NULL for the first
  author      TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  proposed_at INTEGER NOT NULL,         -- times are microseconds since 1970 UTC
  from_when   INTEGER,                  -- in force from then; NULL until approved: from the moment of approval
  approver    TEXT,
  approved_at INTEGER,
  rejecter    TEXT,
  rejected_at INTEGER,
  bundle      BLOB    NOT NULL,         -- last: what looks for the version in force does not read it
  CHECK ((approver IS NULL) = (approved_at IS NULL)),
  CHECK ((rejecter IS NULL) = (rejected_at IS NULL)),
  CHECK (approved_at IS NULL OR from_when IS NOT NULL)
) STRICT;

-- The first is taken from the installation; every other begins as a proposal on top of another.
CREATE TRIGGER policy_proposal BEFORE INSERT ON policy
WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM policy)
  OR (NEW.number > 1 AND (NEW.approved_at IS NOT NULL OR NEW.base IS NULL))
  OR NEW.rejected_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a policy version begins as a proposal'); END;

-- A proposal is approved or rejected once, and what is approved is rejected only before it comes into force.
CREATE TRIGGER policy_decision BEFORE UPDATE ON policy
WHEN NOT (
  NEW.number = OLD.number AND NEW.digest = OLD.digest AND NEW.bundle = OLD.bundle AND NEW.base IS OLD.base
  AND NEW.author = OLD.author AND NEW.reason = OLD.reason AND NEW.proposed_at = OLD.proposed_at
  AND OLD.rejected_at IS NULL
  AND (
    (OLD.approved_at IS NULL AND NEW.approved_at IS NOT NULL AND NEW.rejected_at IS NULL
      AND lower(NEW.approver) <> lower(OLD.author)
      AND NEW.from_when = coalesce(OLD.from_when, NEW.approved_at))
    OR (NEW.rejected_at IS NOT NULL AND NEW.approved_at IS OLD.approved_at AND NEW.approver IS OLD.approver
      AND NEW.from_when IS OLD.from_when
      AND (OLD.approved_at IS NULL OR OLD.from_when > NEW.rejected_at))
  )
)
BEGIN SELECT RAISE(ABORT, 'a policy version never changes, and is decided once'); END;

CREATE TRIGGER policy_no_delete BEFORE DELETE ON policy
BEGIN SELECT RAISE(ABORT, 'policy versions are append-only'); END;
