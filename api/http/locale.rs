//! Vietnamese first, English on request.

use actix_web::http::header::{self, HeaderMap};
use serde::Serialize;

/// A language that every text for people exists in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Locale {
    #[default]
    Vi,
    En,
}

impl Locale {
    /// From `Accept-Language`: the one of our two that is wanted more; Vietnamese when in doubt.
    pub fn of(headers: &HeaderMap) -> Self {
        let Some(wish) = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) else {
            return Self::Vi;
        };
        let weight = |language: &str| {
            wish.split(',')
                .filter_map(|part| {
                    let mut pieces = part.split(';').map(str::trim);
                    let tag = pieces.next()?.to_ascii_lowercase();
                    let quality = pieces
                        .find_map(|piece| piece.strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('='))
                        .map_or(Some(1.0), |q| q.trim().parse::<f32>().ok())?;
                    (tag == language || tag.starts_with(&format!("{language}-"))).then_some(quality)
                })
                .fold(0.0, f32::max)
        };
        if weight("en") > weight("vi") { Self::En } else { Self::Vi }
    }

    /// From `lang=`.
    pub fn parse(tag: &str) -> Option<Self> {
        match tag {
            "vi" => Some(Self::Vi),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    pub const fn tag(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }
}

/// A sentence for people, in both languages: one cannot be given without the other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Text {
    pub vi: String,
    pub en: String,
}

impl Text {
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }

    pub fn get(&self, locale: Locale) -> &str {
        match locale {
            Locale::Vi => &self.vi,
            Locale::En => &self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_wish_wins_and_vietnamese_when_in_doubt() {
        for (wish, locale) in [
            ("en", Locale::En),
            ("vi-VN,vi;q=0.9,en;q=0.8", Locale::Vi),
            ("en-GB,en;q=0.9,vi;q=0.1", Locale::En),
            ("en;Q=0.2,vi;Q=0.9", Locale::Vi),
            ("VI; Q = 0.1, EN", Locale::En),
            ("fr", Locale::Vi),
            ("en;q=0.5,vi;q=0.5", Locale::Vi),
            ("", Locale::Vi),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, wish.parse().unwrap());
            assert_eq!(Locale::of(&headers), locale, "{wish}");
        }
    }
}
