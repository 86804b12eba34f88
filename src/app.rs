//! Puts a gateway together from its configuration and runs it until told to stop.
