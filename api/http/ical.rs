//! iCalendar (RFC 5545): dates that people take into the calendar of their phone.

use actix_web::HttpResponse;
use chrono::{DateTime, NaiveDate, Utc};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus};

use super::{Problem, Result};
use crate::db::{Id, Instant};

/// One date.
#[derive(Clone, Debug)]
pub struct CalendarEntry {
    /// Of what it stands for: the same date is known again.
    pub id: Id,
    pub updated_at: Instant,
    /// Rises with each change.
    pub version: i64,
    pub time: EntryTime,
    pub title: String,
    pub place: Option<String>,
    pub description: Option<String>,
    pub is_cancelled: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum EntryTime {
    /// Whole civil days, the last one included.
    Days(NaiveDate, NaiveDate),
    /// From a moment to another.
    Span(Instant, Instant),
}

fn utc(instant: Instant) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(instant.millis()).ok_or_else(|| Problem::internal("a moment out of range"))
}

/// A calendar under a name.
pub fn calendar(name: &str, entries: &[CalendarEntry]) -> Result<HttpResponse> {
    let mut calendar = Calendar::new();
    calendar.name(name).timezone("Asia/Ho_Chi_Minh");
    for entry in entries {
        let mut event = Event::new();
        event.uid(&format!("{}@hoicoso", entry.id)).timestamp(utc(entry.updated_at)?).summary(&entry.title);
        event.sequence(u32::try_from(entry.version).unwrap_or_default());
        match entry.time {
            // The end of whole days is the first day after them.
            EntryTime::Days(first, last) => event.starts(first).ends(last.succ_opt().unwrap_or(last)),
            EntryTime::Span(start, end) => event.starts(utc(start)?).ends(utc(end)?),
        };
        if let Some(place) = &entry.place {
            event.location(place);
        }
        if let Some(description) = &entry.description {
            event.description(description);
        }
        if entry.is_cancelled {
            event.status(EventStatus::Cancelled);
        }
        calendar.push(event.done());
    }
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header(("cache-control", "private, no-cache"))
        .body(calendar.done().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_end_on_the_day_after() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let entry = CalendarEntry {
            id: Id::new(),
            updated_at: Instant::from_millis(0),
            version: 3,
            time: EntryTime::Days(day("2026-02-27"), day("2026-02-28")),
            title: "Kiểm tra, giám sát".into(),
            place: None,
            description: None,
            is_cancelled: true,
        };
        let response = calendar("Lịch", std::slice::from_ref(&entry)).unwrap();
        let body = actix_web::body::MessageBody::try_into_bytes(response.into_body()).unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        for line in [
            format!("UID:{}@hoicoso", entry.id),
            "DTSTAMP:19700101T000000Z".into(),
            "DTSTART;VALUE=DATE:20260227".into(),
            "DTEND;VALUE=DATE:20260301".into(),
            "SEQUENCE:3".into(),
            "STATUS:CANCELLED".into(),
            "SUMMARY:Kiểm tra\\, giám sát".into(),
        ] {
            assert!(text.split("\r\n").any(|known| known == line), "{line} in {text}");
        }
    }
}
