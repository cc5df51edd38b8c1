//! Somebody who asks without a token, and of whom nothing is kept.
//!
//! She is counted by the address she asks from, because there is nothing else. The address is neither logged nor stored:
//! what is counted is the beginning of a keyed hash of it, in memory.

use std::{
    future::{Ready, ready},
    net::{IpAddr, Ipv6Addr},
    time::Instant,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::{
    limits::{Caller, Policy},
    state::AccessState,
};
use crate::{
    db::{Actor, ActorKind},
    http::{Locale, Problem, Result, Spoken},
    keys::Purpose,
};

/// Whoever asks without a token: an extractor that takes from the budget of her address, whatever is asked.
#[derive(Clone, Debug)]
pub struct Visitor {
    request_id: String,
    locale: Locale,
}

impl Visitor {
    pub const fn locale(&self) -> Locale {
        self.locale
    }

    /// For the audit trail: nobody in particular.
    pub fn actor(&self) -> Actor {
        let request_id = self.request_id.clone();
        Actor { kind: ActorKind::Anonymous, id: None, role: None, client_id: None, request_id }
    }
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admit(request))
    }
}

fn admit(request: &HttpRequest) -> Result<Visitor> {
    let state = AccessState::of(request)?;
    let forwarded: Vec<&str> = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
    let address = address(request.peer_addr().map(|peer| peer.ip()), &forwarded, state.settings.proxies);
    let mut caller = Caller::default();
    let hash = state.db.keys().mac(Purpose::Fingerprint, format!("address {address:?}").as_bytes());
    caller.copy_from_slice(&hash[..16]);
    if let Some(left) = state.buckets.take(Policy::Public, caller, Instant::now()) {
        left.apply(request)?;
    }
    let Spoken { request_id, locale } = Spoken::of(request);
    Ok(Visitor { request_id, locale })
}

/// Whose budget it is. Anybody can send `X-Forwarded-For`; only what our own proxies put at its end is believed, each of
/// them one address. Of IPv6 the half that a household is given: the other half she can choose anew each time.
fn address(peer: Option<IpAddr>, forwarded: &[&str], proxies: u32) -> Option<IpAddr> {
    let told: Vec<&str> = forwarded.iter().flat_map(|value| value.split(',')).map(str::trim).collect();
    let ours = usize::try_from(proxies).unwrap_or(usize::MAX);
    let claimed = if ours == 0 { None } else { told.len().checked_sub(ours).and_then(|place| told[place].parse().ok()) };
    Some(match claimed.or(peer)?.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_own_proxies_said_is_believed() {
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        for (forwarded, proxies, found) in [
            (&["1.2.3.4"][..], 0, "10.0.0.1"),
            (&[], 1, "10.0.0.1"),
            (&["1.2.3.4"], 1, "1.2.3.4"),
            (&["6.6.6.6, 1.2.3.4"], 1, "1.2.3.4"),
            (&["6.6.6.6", "1.2.3.4"], 1, "1.2.3.4"),
            (&["6.6.6.6, 1.2.3.4, 10.0.0.9"], 2, "1.2.3.4"),
            (&["1.2.3.4"], 2, "10.0.0.1"),
            (&["nonsense"], 1, "10.0.0.1"),
            (&["2001:db8:1:2:3:4:5:6"], 1, "2001:db8:1:2::"),
            (&["::ffff:1.2.3.4"], 1, "1.2.3.4"),
        ] {
            assert_eq!(address(Some(peer), forwarded, proxies), Some(found.parse().unwrap()), "{forwarded:?} {proxies}");
        }
    }
}
