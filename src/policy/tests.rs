//! Policy asked through its front door, with the rules of `config/policies/`.

mod admitting;
mod ages;
mod agreeing;
mod apart;
mod consenting;
mod defaults;
mod dodging;
mod elsewhere;
mod erasing;
mod fields;
mod fixture;
mod foreseeing;
mod invariants;
mod loading;
mod naive;
mod places;
mod properties;
mod protecting;
mod random;
mod recording;
mod refusing;
mod releasing;
mod table;
mod unknown;
mod withheld;
mod witnesses;
