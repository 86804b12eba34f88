//! All SQL: the embedded database, its schema and its one writer.
//!
//! In: operations, each in a named transaction.
//! Out: rows, after the commit that makes them true.
//! Must hold: a stored body is checked against its digest whenever it is read.
