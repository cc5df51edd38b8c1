//! `hoicoso openapi`.

use clap::{Args, ValueEnum};

use super::voice::{Failure, Outcome};
use crate::{
    http::Locale,
    openapi::{COMMITTED, Missing, OVERLAY, document, missing, pretty},
};

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    Vi,
    En,
}

/// In mô tả OpenAPI 3.1 / Print the OpenAPI description
///
/// Print the OpenAPI 3.1 description of the API.
#[derive(Args)]
#[command(after_long_help = "\
Ví dụ / Examples:
  hoicoso openapi > openapi/openapi.json    cập nhật tệp / bring the committed file up to date
  hoicoso openapi --check                   tệp có còn đúng? / is the committed file up to date?
  hoicoso openapi --missing                 chỗ chưa có tiếng Việt / what lacks Vietnamese, to be filled in")]
pub(super) struct Describe {
    /// Ngôn ngữ / Language
    #[arg(long, default_value = "en")]
    lang: Language,
    /// Chỉ so với openapi/openapi.json và bản tiếng Việt / Only compare with the committed files
    #[arg(long)]
    check: bool,
    /// In khung các mục chưa có tiếng Việt / Print the actions that the overlay lacks
    #[arg(long, conflicts_with = "check")]
    missing: bool,
}

impl Describe {
    pub(super) fn run(self) -> Outcome {
        if self.missing {
            let actions: Vec<_> = missing().iter().map(Missing::skeleton).collect();
            print!("{}", pretty(&actions.into()));
            return Ok(());
        }
        if self.check {
            let committed = std::fs::read_to_string(COMMITTED)?;
            if committed != pretty(&document(Locale::En)) {
                return Err(Failure::new(
                    format!("{COMMITTED} đã cũ; chạy: hoicoso openapi > {COMMITTED}"),
                    format!("{COMMITTED} is behind the code; run: hoicoso openapi > {COMMITTED}"),
                ));
            }
            return match missing().len() {
                0 => Ok(()),
                count => Err(Failure::new(
                    format!("{OVERLAY}: {count} chỗ chưa có tiếng Việt (hoicoso openapi --missing)"),
                    format!("{OVERLAY}: {count} places without Vietnamese (hoicoso openapi --missing)"),
                )),
            };
        }
        let locale = match self.lang {
            Language::Vi => Locale::Vi,
            Language::En => Locale::En,
        };
        print!("{}", pretty(&document(locale)));
        Ok(())
    }
}
