//! Policy asked through its front door, with the rules of `config/policies/`.

mod admitting;
mod consenting;
mod deciding;
mod fixture;
mod loading;
mod measuring;
mod places;
mod properties;
mod refusing;
mod releasing;
