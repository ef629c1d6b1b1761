//! A moment in UTC.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Microseconds since 1970-01-01T00:00:00Z. Reads and writes RFC 3339 in UTC in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct Timestamp(i64);

/// What a column of moments is compared with.
#[cfg(feature = "db")]
impl sea_orm::sea_query::DateTimeLikeValue for Timestamp {}

impl Timestamp {
    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, as in a JWT's `iat` and `exp` (RFC 7519, NumericDate).
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This moment and `seconds` more; stops at the ends of the range.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Seconds from `earlier` to this moment; negative when it comes first.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1_000_000)
    }

    fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// A date and time for people, to the minute: `23 Nov 2026, 04:05 UTC`.
    pub fn to_minute(self) -> String {
        let at = self.date_time();
        let month = at.month().to_string();
        format!(
            "{} {} {}, {:02}:{:02} UTC",
            at.day(),
            month.get(..3).unwrap_or(&month),
            at.year(),
            at.hour(),
            at.minute()
        )
    }

    /// A day for people: `31 May 2027`, in UTC.
    pub fn to_day(self) -> String {
        let at = self.date_time();
        let month = at.month().to_string();
        format!("{} {} {}", at.day(), month.get(..3).unwrap_or(&month), at.year())
    }

    /// A day as forms have it: `2027-05-31`, in UTC.
    pub fn to_date(self) -> String {
        let at = self.date_time();
        format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day())
    }

    /// Noon (UTC) of a day as forms have it; none for what is no day.
    pub fn noon_of(date: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(&format!("{}T12:00:00Z", date.trim()), &Rfc3339).ok()?;
        at.unix_timestamp().checked_mul(1_000_000).map(Self)
    }

    /// A moment soon after or before `now` as people say it: `today 14:05 (UTC)`, `tomorrow noon (UTC)`; further away as
    /// [`Timestamp::to_minute`].
    pub fn relative_moment(self, now: Self) -> String {
        let (at, today) = (self.date_time(), now.date_time().date());
        let day = if at.date() == today {
            "today"
        } else if Some(at.date()) == today.next_day() {
            "tomorrow"
        } else {
            return self.to_minute();
        };
        let time = match (at.hour(), at.minute()) {
            (12, 0) => "noon".to_owned(),
            (hour, minute) => format!("{hour:02}:{minute:02}"),
        };
        format!("{day} {time} (UTC)")
    }

    /// RFC 3339 to the second: `2026-11-23T04:05:06Z`. HTML's `datetime` takes three digits more at most.
    pub fn to_second(self) -> String {
        let mut text = self.to_string();
        text.truncate(text.len() - ".000007Z".len());
        text + "Z"
    }

    /// How long ago this was, seen from `now`, in words: `just now`, `5 minutes ago`; `in 3 hours` for what comes.
    pub fn relative_to(self, now: Self) -> String {
        let seconds = now.seconds_since(self);
        let distance = seconds.unsigned_abs();
        if distance < 45 {
            return if seconds >= 0 { "just now" } else { "in a moment" }.to_owned();
        }
        let (count, unit) = match distance {
            0..=5_399 => ((distance + 30) / 60, "minute"),
            5_400..=129_599 => ((distance + 1_800) / 3_600, "hour"),
            129_600..=3_887_999 => ((distance + 43_200) / 86_400, "day"),
            3_888_000..=47_303_999 => ((distance + 1_296_000) / 2_592_000, "month"),
            _ => ((distance + 15_768_000) / 31_536_000, "year"),
        };
        let plural = if count == 1 { "" } else { "s" };
        if seconds >= 0 { format!("{count} {unit}{plural} ago") } else { format!("in {count} {unit}{plural}") }
    }
}

/// RFC 3339 with six digits of a second: `2026-11-23T04:05:06.000007Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.date_time();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.microsecond()
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = OffsetDateTime::parse(&text, &Rfc3339).map_err(de::Error::custom)?;
        i64::try_from(at.unix_timestamp_nanos() / 1_000).map(Self).map_err(de::Error::custom)
    }
}

/// As the number of its microseconds, for what only our own client reads: it has no reader of dates then.
pub mod micros {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Timestamp;

    /// Writes the number.
    ///
    /// # Errors
    /// As the serializer.
    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.as_micros())
    }

    /// Reads the number.
    ///
    /// # Errors
    /// For what is no number.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn speaks_like_a_person() {
        let now = Timestamp::from_micros(0).plus_seconds(100_000_000);
        let ago = |seconds: i64| now.plus_seconds(-seconds).relative_to(now);
        assert_eq!(ago(0), "just now");
        assert_eq!(ago(60), "1 minute ago");
        assert_eq!(ago(300), "5 minutes ago");
        assert_eq!(ago(7_200), "2 hours ago");
        assert_eq!(ago(86_400 * 3), "3 days ago");
        assert_eq!(ago(-3_600), "in 60 minutes");
        assert_eq!(ago(-86_400), "in 24 hours");
    }

    #[test]
    fn writes_itself_to_the_digit_that_is_asked_for() {
        let at = Timestamp::from_micros(1_795_406_706_000_007);
        assert_eq!(at.to_string(), "2026-11-23T04:05:06.000007Z");
        assert_eq!(at.to_second(), "2026-11-23T04:05:06Z");
        assert_eq!(at.to_minute(), "23 Nov 2026, 04:05 UTC");
        let in_hours = |hours: i64| at.plus_seconds(hours * 3600).relative_moment(at);
        assert_eq!([in_hours(0), in_hours(20)], ["today 04:05 (UTC)", "tomorrow 00:05 (UTC)"]);
        assert_eq!(at.plus_seconds(7 * 3600 + 55 * 60).relative_moment(at), "today noon (UTC)");
        assert_eq!(in_hours(48), "25 Nov 2026, 04:05 UTC");
    }

    proptest! {
        #[test]
        fn json_round_trip(micros in 0i64..4_000_000_000_000_000) {
            let at = Timestamp::from_micros(micros);
            let json = serde_json::to_string(&at).unwrap();
            prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), at);
        }
    }
}
