-- By what the request of a decision is recognised when it comes again: a keyed digest. NULL for what no request led to.
ALTER TABLE decision ADD COLUMN request BLOB;
-- Of what was asked before there were digests nobody knows whether it is the same: the id is used.
UPDATE decision SET request = x''
WHERE message IN (SELECT id FROM mailbox WHERE side = 0) OR message IN (SELECT id FROM held);

-- The conversation of a draft, and why it waits no more: `released`, `rejected`, or the reason that stopped it.
ALTER TABLE held ADD COLUMN conversation BLOB;
ALTER TABLE held ADD COLUMN ended TEXT;
