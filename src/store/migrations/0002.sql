-- What waits for a partner, by when it expires: a look once a second must not read the whole mailbox.
CREATE INDEX mailbox_expires ON mailbox (expires) WHERE side = 0 AND state < 2;
