-- What a person released, sealed by the agency's data key. A row without it, from before or not written by the gateway,
-- counts for nothing: that person releases again.
ALTER TABLE held_release ADD COLUMN sealed BLOB NOT NULL DEFAULT x'';
