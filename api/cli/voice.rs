//! How the command line speaks.

use std::fmt;

use crate::{
    config::{Config, ConfigError, LogFormat},
    http::{Locale, Problem, Text},
};

pub(super) type Outcome = Result<(), Failure>;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(super) struct Failure(Text);

impl Failure {
    pub(super) fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self(Text::new(vi, en))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lỗi: {}\nError: {}", self.0.vi, self.0.en)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self(error.0)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string(), error.to_string())
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let say = |locale| {
            let body = problem.to_json(locale, "", "");
            let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
            let errors = body["errors"].as_array().into_iter().flatten().map(|error| {
                let place = ["pointer", "parameter", "header"].iter().find_map(|key| text(&error[*key])).unwrap_or_default();
                format!("{} {}", place.trim_start_matches('/'), text(&error["detail"]).unwrap_or_default()).trim().to_owned()
            });
            let parts: Vec<String> = [text(&body["title"]), text(&body["detail"]), problem.cause().map(str::to_owned)]
                .into_iter()
                .flatten()
                .chain(errors)
                .collect();
            parts.join(": ")
        };
        Self(Text::new(say(Locale::Vi), say(Locale::En)))
    }
}

/// One line in each language, on the terminal's error stream so that what a command prints can be piped.
pub(super) fn tell(vi: impl fmt::Display, en: impl fmt::Display) {
    eprintln!("{vi}\n  {en}");
}

pub(super) fn warnings(config: &Config) {
    for warning in &config.warnings {
        tell(&warning.vi, &warning.en);
    }
}

/// Starts the log, on the error stream.
pub(super) fn start_log(config: &Config) -> Outcome {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log_level)
        .map_err(|error| Failure::new(format!("log_level: {error}"), format!("log_level: {error}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
        LogFormat::Text => log.init(),
    }
    Ok(())
}
