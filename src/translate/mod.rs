//! National record <-> common record, by the mapping tables of `config/translate/`.
//!
//! In: a record in an agency's own format, or a common record.
//! Out: the other form, and a report of what was mapped, lossy or unmapped.
//! Must hold: no source value is dropped silently; same input and same table give the same bytes.
