//! Service levels: how soon each side has promised to answer.

use std::time::Duration;

use crate::message::Urgency;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Deadlines agreed with a partner. They run from the technical receipt, without regard to nights or holidays: a
/// calendar day is 24 hours, so that a change of the clock moves no deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceLevels {
    /// An urgent request for data that the asked body reaches directly (Directive (EU) 2023/977 art. 5(1)(a)).
    pub urgent_direct: Duration,
    /// An urgent request for data that the asked body must get from elsewhere (art. 5(1)(b)).
    pub urgent_indirect: Duration,
    /// Every other request (art. 5(1)(c)).
    pub routine: Duration,
    /// Acceptance or rejection of a referral of a child, or an urgent one (proposal).
    pub referral_urgent: Duration,
    /// Acceptance or rejection of any other referral (proposal).
    pub referral: Duration,
    /// The certificate that something was erased, after the message that asks for it (proposal).
    pub deletion_certificate: Duration,
}

impl ServiceLevels {
    /// Longest time to answer a request of this urgency.
    #[must_use]
    pub const fn answer(&self, urgency: Urgency) -> Duration {
        match urgency {
            Urgency::UrgentDirect => self.urgent_direct,
            Urgency::UrgentIndirect => self.urgent_indirect,
            Urgency::Routine => self.routine,
        }
    }
}

impl Default for ServiceLevels {
    fn default() -> Self {
        Self {
            urgent_direct: HOUR * 8,
            urgent_indirect: DAY * 3,
            routine: DAY * 7,
            referral_urgent: HOUR * 24,
            referral: DAY * 3,
            deletion_certificate: HOUR * 72,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::ServiceLevels;
    use crate::message::Urgency;

    #[test]
    fn a_request_has_eight_hours_three_days_or_seven() {
        let levels = ServiceLevels::default();
        let hours = |urgency| levels.answer(urgency).as_secs() / 3600;
        assert_eq!(hours(Urgency::UrgentDirect), 8);
        assert_eq!(hours(Urgency::UrgentIndirect), 72);
        assert_eq!(hours(Urgency::Routine), 168);
        assert_eq!(levels.deletion_certificate, Duration::from_hours(72));
    }
}
