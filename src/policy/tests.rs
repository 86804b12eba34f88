//! Policy asked through its front door, with the rules of `config/policies/`.

mod admitting;
mod agreeing;
mod consenting;
mod fixture;
mod foreseeing;
mod loading;
mod measuring;
mod places;
mod naive;
mod properties;
mod random;
mod recording;
mod refusing;
mod releasing;
mod table;
