//! Commands.
//!
//! In: arguments and files.
//! Out: text for people, JSON for programs, exit codes.
//! Must hold: a command says what happened and what to do next.
