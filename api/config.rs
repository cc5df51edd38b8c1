//! Every setting: from the environment or a file, read once, checked at start, printed by `hoicoso config`.
//!
//! A setting `x` is `x = …` in the TOML file and `HOICOSO_X` in the environment; the environment wins.

use std::{
    fmt,
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Deserializer};

use crate::{
    http::{Text, nearest},
    keys::{KeyError, Keys, VaultKey},
};

/// How log lines are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    #[default]
    Json,
    /// For a person at a terminal.
    Text,
}

/// The settings of one installation. `Config::default()` is what runs when nothing is said.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub database_url: String,
    pub database_connections: u32,
    pub listen: String,
    /// As people reach it; empty: `http://` and `listen`.
    pub public_url: String,
    /// 0: one for each processor.
    pub workers: usize,
    /// 32 bytes in base64url; wins over the file.
    pub master_key: Secret,
    pub master_key_file: PathBuf,
    /// Of the identity vault; empty: this installation has none.
    pub vault_key_file: PathBuf,
    #[serde(deserialize_with = "list")]
    pub cors_origins: Vec<String>,
    /// Requests a minute of one caller; 0: no limit.
    pub rate_limit_default: u32,
    pub rate_limit_login: u32,
    pub rate_limit_lookup: u32,
    pub rate_limit_export: u32,
    /// Of one address, without a token.
    pub rate_limit_public: u32,
    /// Proxies of our own between the service and the world; each adds one address to `X-Forwarded-For`.
    pub proxies: u32,
    pub log_format: LogFormat,
    /// `info`, or directives like `hoicoso=debug,actix_server=warn`.
    pub log_level: String,
    /// `iss` of access tokens; empty: the public URL.
    pub token_issuer: String,
    /// Where the bytes of attachments stand: `file:folder` or `s3://bucket/prefix`.
    pub attachments: String,
    /// Of the S3-compatible store; empty: Amazon's own.
    pub attachments_endpoint: String,
    pub attachments_region: String,
    /// Empty: those of the machine itself (instance metadata).
    pub attachments_access_key: String,
    pub attachments_secret_key: Secret,
    /// The largest file that is taken, in MiB.
    pub attachments_limit_mib: u32,
    /// A program that reads a file from its standard input: 0 it is clean, 1 it is not, anything else it could not tell.
    pub scan_command: String,
    /// `host:port` of a clamd; it is asked when there is no program.
    pub scan_clamd: String,
    /// What looked like a setting and is none.
    #[serde(skip)]
    pub warnings: Vec<Text>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite:data/hoicoso.db".into(),
            database_connections: 16,
            listen: "127.0.0.1:8080".into(),
            public_url: String::new(),
            workers: 0,
            master_key: Secret::default(),
            master_key_file: "data/hoicoso.key".into(),
            vault_key_file: PathBuf::new(),
            cors_origins: Vec::new(),
            rate_limit_default: 1200,
            rate_limit_login: 20,
            rate_limit_lookup: 300,
            rate_limit_export: 20,
            rate_limit_public: 30,
            proxies: 0,
            log_format: LogFormat::Json,
            log_level: "info".into(),
            token_issuer: String::new(),
            attachments: "file:data/attachments".into(),
            attachments_endpoint: String::new(),
            attachments_region: "us-east-1".into(),
            attachments_access_key: String::new(),
            attachments_secret_key: Secret::default(),
            attachments_limit_mib: 20,
            scan_command: String::new(),
            scan_clamd: String::new(),
            warnings: Vec::new(),
        }
    }
}

/// A text that is printed as asterisks.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text itself, for whom it was given.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "\"\"" } else { "\"***\"" })
    }
}

/// Every setting with its meaning: the order of `hoicoso config`, and the names that a wrong one is compared with.
const SETTINGS: &[(&str, &str, &str)] = &[
    (
        "database_url",
        "sqlite:đường-dẫn hoặc postgres://… (cũng nhận DATABASE_URL)",
        "sqlite:path or postgres://… (DATABASE_URL is taken too)",
    ),
    ("database_connections", "số kết nối PostgreSQL", "connections to PostgreSQL"),
    ("listen", "địa chỉ:cổng", "address:port"),
    ("public_url", "địa chỉ mà người dùng thấy; trống: http:// + listen", "as people reach it; empty: http:// + listen"),
    ("workers", "số luồng; 0: bằng số bộ xử lý", "threads; 0: one for each processor"),
    ("master_key", "khóa chính, 32 byte base64url; trống: đọc từ tệp", "master key, 32 bytes base64url; empty: from the file"),
    (
        "master_key_file",
        "tệp khóa chính, tự tạo (0600) khi cài mới",
        "file of the master key, made (0600) for a new installation",
    ),
    (
        "vault_key_file",
        "tệp khóa của két danh tính (hoicoso vault make-key); trống: không có két",
        "key file of the identity vault (hoicoso vault make-key); empty: no vault",
    ),
    (
        "cors_origins",
        "trang web được gọi API, cách nhau bằng dấu phẩy; * : mọi trang",
        "origins that may call, by commas; *: any",
    ),
    (
        "rate_limit_default",
        "yêu cầu mỗi phút của một người dùng; 0: không giới hạn",
        "requests a minute of one caller; 0: no limit",
    ),
    ("rate_limit_login", "lần đăng nhập mỗi phút; 0: không giới hạn", "sign-ins a minute; 0: no limit"),
    ("rate_limit_lookup", "lần tra cứu mỗi phút; 0: không giới hạn", "look-ups a minute; 0: no limit"),
    ("rate_limit_export", "lần xuất dữ liệu mỗi phút; 0: không giới hạn", "exports a minute; 0: no limit"),
    (
        "rate_limit_public",
        "yêu cầu mỗi phút không đăng nhập của một địa chỉ mạng; 0: không giới hạn",
        "requests a minute of one address without signing in; 0: no limit",
    ),
    (
        "proxies",
        "số proxy của mình đứng trước, mỗi proxy thêm một địa chỉ vào X-Forwarded-For; 0: không có",
        "proxies of one's own in front, each adding an address to X-Forwarded-For; 0: none",
    ),
    ("log_format", "json | text", "json | text"),
    ("log_level", "error | warn | info | debug | trace", "error | warn | info | debug | trace"),
    ("token_issuer", "iss của mã truy cập; trống: public_url", "iss of access tokens; empty: public_url"),
    (
        "attachments",
        "nơi giữ tệp đính kèm: file:thư-mục hoặc s3://bucket/tiền-tố",
        "where attachments are kept: file:folder or s3://bucket/prefix",
    ),
    ("attachments_endpoint", "địa chỉ kho S3; trống: của Amazon", "address of the S3 store; empty: Amazon's"),
    ("attachments_region", "vùng của kho S3", "region of the S3 store"),
    ("attachments_access_key", "mã truy cập kho S3; trống: của máy chủ", "access key of the S3 store; empty: the machine's own"),
    ("attachments_secret_key", "khóa bí mật kho S3", "secret key of the S3 store"),
    ("attachments_limit_mib", "cỡ tệp lớn nhất, MiB", "largest file taken, MiB"),
    (
        "scan_command",
        "chương trình quét tệp, đọc từ đầu vào chuẩn: 0 sạch, 1 có mã độc, khác: chưa quét được; trống: không quét",
        "program that scans a file from its standard input: 0 clean, 1 infected, else could not tell; empty: none",
    ),
    ("scan_clamd", "máy-chủ:cổng của clamd, khi không có scan_command", "host:port of a clamd, without scan_command"),
];

const PREFIX: &str = "HOICOSO_";

/// A setting that cannot be used, or a file that cannot be read.
#[derive(Debug)]
pub struct ConfigError(pub Text);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.0.vi, self.0.en)
    }
}

impl std::error::Error for ConfigError {}

fn fail(vi: impl Into<String>, en: impl Into<String>) -> ConfigError {
    ConfigError(Text::new(vi, en))
}

impl Config {
    /// From the file (`--config`, else `HOICOSO_CONFIG`, else none) and the environment of the process.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::read(file, std::env::vars())
    }

    /// From a file and the given variables.
    pub fn read(file: Option<&Path>, vars: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut warnings = Vec::new();
        let (mut own, mut plain_url, mut named) = (Vec::new(), None, None);
        for (name, value) in vars {
            if name == "DATABASE_URL" {
                plain_url = Some(value);
            } else if name == "HOICOSO_CONFIG" {
                named = Some(PathBuf::from(value));
            } else if let Some(rest) = name.strip_prefix(PREFIX) {
                own.push((rest.to_ascii_lowercase(), value));
            }
        }
        let mut builder = config::Config::builder();
        if let Some(path) = file.map(Path::to_path_buf).or(named) {
            if !path.is_file() {
                let path = path.display();
                return Err(fail(format!("Không có tệp cấu hình {path}"), format!("There is no configuration file {path}")));
            }
            builder = builder.add_source(config::File::from(path).format(config::FileFormat::Toml));
        }
        let invalid = |error: config::ConfigError| fail(format!("Cấu hình sai: {error}"), format!("Configuration: {error}"));
        if let Some(url) = plain_url.filter(|url| !url.is_empty()) {
            builder = builder.set_override("database_url", url).map_err(invalid)?;
        }
        let known: Vec<&str> = SETTINGS.iter().map(|(name, ..)| *name).collect();
        for (name, value) in own {
            if known.contains(&name.as_str()) {
                builder = builder.set_override(name, value).map_err(invalid)?;
            } else if !name.starts_with("test_") && !name.starts_with("bench_") {
                // Not an error: Kubernetes and others set HOICOSO_PORT and the like by themselves.
                let (name, hint) = (name.to_ascii_uppercase(), nearest(&name, &known));
                let hint = hint.map(|hint| format!("{PREFIX}{}", hint.to_ascii_uppercase()));
                warnings.push(match hint {
                    Some(hint) => Text::new(
                        format!("Không có tùy chọn {PREFIX}{name}; có phải là {hint}?"),
                        format!("{PREFIX}{name} is no setting; did you mean {hint}?"),
                    ),
                    None => Text::new(
                        format!("Không có tùy chọn {PREFIX}{name}, bỏ qua"),
                        format!("{PREFIX}{name} is no setting and is ignored"),
                    ),
                });
            }
        }
        let read: Self = builder.build().and_then(config::Config::try_deserialize).map_err(invalid)?;
        let config = Self { warnings, ..read };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.address()?;
        if self.database_url.trim().is_empty() {
            return Err(fail("database_url đang trống", "database_url is empty"));
        }
        if !(1..=1000).contains(&self.database_connections) {
            return Err(fail("database_connections phải từ 1 đến 1000", "database_connections must be 1 to 1000"));
        }
        if self.workers > 1024 {
            return Err(fail("workers phải từ 0 đến 1024", "workers must be 0 to 1024"));
        }
        for (name, url) in [("public_url", &self.public_url), ("token_issuer", &self.token_issuer)] {
            if !url.is_empty() && !is_origin_like(url) {
                return Err(fail(
                    format!("{name} phải bắt đầu bằng http:// hoặc https:// và không kết thúc bằng /"),
                    format!("{name} must begin with http:// or https:// and not end in /"),
                ));
            }
        }
        for origin in &self.cors_origins {
            if origin != "*" && !is_origin_like(origin) {
                return Err(fail(
                    format!("cors_origins: {origin:?} phải có dạng https://ten-mien"),
                    format!("cors_origins: {origin:?} must look like https://name"),
                ));
            }
        }
        if !self.attachments.starts_with("file:") && !self.attachments.starts_with("s3://") {
            return Err(fail(
                "attachments phải có dạng file:thư-mục hoặc s3://bucket/tiền-tố",
                "attachments must look like file:folder or s3://bucket/prefix",
            ));
        }
        if !(1..=1024).contains(&self.attachments_limit_mib) {
            return Err(fail("attachments_limit_mib phải từ 1 đến 1024", "attachments_limit_mib must be 1 to 1024"));
        }
        tracing_subscriber::EnvFilter::try_new(&self.log_level)
            .map_err(|error| fail(format!("log_level sai: {error}"), format!("log_level: {error}")))?;
        if !self.master_key.is_empty() {
            self.keys()?;
        }
        Ok(())
    }

    /// `listen` as an address.
    pub fn address(&self) -> Result<SocketAddr, ConfigError> {
        self.listen.to_socket_addrs().ok().and_then(|mut found| found.next()).ok_or_else(|| {
            fail(
                format!("listen phải có dạng 127.0.0.1:8080, không phải {:?}", self.listen),
                format!("listen must look like 127.0.0.1:8080, not {:?}", self.listen),
            )
        })
    }

    /// The folder in which attachments stand, unless they stand in an S3 store.
    pub fn attachments_folder(&self) -> Option<PathBuf> {
        self.attachments.strip_prefix("file:").map(|rest| PathBuf::from(rest.strip_prefix("//").unwrap_or(rest)))
    }

    /// As people reach the service, without a slash at the end.
    pub fn public_url(&self) -> String {
        if self.public_url.is_empty() { format!("http://{}", self.listen) } else { self.public_url.clone() }
    }

    /// `iss` of access tokens.
    pub fn token_issuer(&self) -> String {
        if self.token_issuer.is_empty() { self.public_url() } else { self.token_issuer.clone() }
    }

    /// The keys of the installation; for one that begins, with a database nothing was written into yet, the key file is
    /// made. A lost one is not: a new key could open nothing.
    pub fn keys_or_new(&self) -> Result<Arc<Keys>, ConfigError> {
        if !self.master_key.is_empty() || self.master_key_file.exists() {
            return self.keys();
        }
        let path = self.master_key_file.display();
        let new = crate::db::is_new(&self.database_url).map_err(|problem| {
            fail(format!("Không mở được cơ sở dữ liệu: {problem}"), format!("Cannot open the database: {problem}"))
        })?;
        if !new {
            return Err(fail(
                format!(
                    "Không có tệp khóa chính {path}, mà cơ sở dữ liệu đã có nội dung: đặt lại tệp khóa của nó, bản bạn đã cất riêng"
                ),
                format!(
                    "The master key file {path} is missing, and the database has content: put its key file back, the copy you keep elsewhere"
                ),
            ));
        }
        let keys = Keys::make_file(&self.master_key_file).map_err(key_error)?;
        Ok(Arc::new(keys.with_vault(self.vault_key()?)))
    }

    /// The keys of an installation that is there.
    pub fn keys(&self) -> Result<Arc<Keys>, ConfigError> {
        let keys = if self.master_key.is_empty() {
            Keys::from_file(&self.master_key_file)
        } else {
            Keys::from_base64(&self.master_key.0)
        };
        Ok(Arc::new(keys.map_err(key_error)?.with_vault(self.vault_key()?)))
    }

    /// The key of the identity vault. It is never made by itself: a vault is a decision, and its key belongs into other
    /// hands than the master key.
    fn vault_key(&self) -> Result<Option<VaultKey>, ConfigError> {
        if self.vault_key_file.as_os_str().is_empty() {
            return Ok(None);
        }
        VaultKey::from_file(&self.vault_key_file).map(Some).map_err(|error| {
            let path = self.vault_key_file.display();
            fail(
                format!("Không dùng được tệp khóa của két danh tính {path} (tạo bằng hoicoso vault make-key): {error}"),
                format!("The key file of the identity vault {path} cannot be used (hoicoso vault make-key makes one): {error}"),
            )
        })
    }

    /// All settings as a TOML file with their meaning; secrets masked.
    pub fn to_toml(&self) -> String {
        let quoted = |text: &str| format!("{text:?}");
        let mut lines = Vec::new();
        for (name, vi, en) in SETTINGS {
            let value = match *name {
                "database_url" => quoted(&masked_url(&self.database_url)),
                "database_connections" => self.database_connections.to_string(),
                "listen" => quoted(&self.listen),
                "public_url" => quoted(&self.public_url),
                "workers" => self.workers.to_string(),
                "master_key" => format!("{:?}", self.master_key),
                "master_key_file" => quoted(&self.master_key_file.display().to_string()),
                "vault_key_file" => quoted(&self.vault_key_file.display().to_string()),
                "cors_origins" => format!("{:?}", self.cors_origins),
                "rate_limit_default" => self.rate_limit_default.to_string(),
                "rate_limit_login" => self.rate_limit_login.to_string(),
                "rate_limit_lookup" => self.rate_limit_lookup.to_string(),
                "rate_limit_export" => self.rate_limit_export.to_string(),
                "rate_limit_public" => self.rate_limit_public.to_string(),
                "proxies" => self.proxies.to_string(),
                "log_format" => quoted(if self.log_format == LogFormat::Json { "json" } else { "text" }),
                "log_level" => quoted(&self.log_level),
                "token_issuer" => quoted(&self.token_issuer),
                "attachments" => quoted(&self.attachments),
                "attachments_endpoint" => quoted(&self.attachments_endpoint),
                "attachments_region" => quoted(&self.attachments_region),
                "attachments_access_key" => quoted(&self.attachments_access_key),
                "attachments_secret_key" => format!("{:?}", self.attachments_secret_key),
                "attachments_limit_mib" => self.attachments_limit_mib.to_string(),
                "scan_command" => quoted(&self.scan_command),
                _ => quoted(&self.scan_clamd),
            };
            lines.push(format!("# {vi} / {en}\n{name} = {value}\n"));
        }
        lines.join("\n")
    }
}

fn key_error(error: KeyError) -> ConfigError {
    let en = error.to_string();
    match error {
        KeyError::NotAKey => fail("Khóa chính phải là 32 byte ở dạng base64url", en),
        KeyError::File(path, why) => fail(format!("Tệp khóa chính {path}: {why}"), en),
    }
}

fn is_origin_like(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.ends_with('/') && !rest.contains(char::is_whitespace))
}

/// The URL of a database without its password, wherever it stands in it.
pub fn masked_url(url: &str) -> String {
    let (url, query) = url.split_once('?').unwrap_or((url, ""));
    let masked = |pair: &str| match pair.split_once('=') {
        Some((name @ ("password" | "sslpassword"), _)) => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    let query =
        if query.is_empty() { String::new() } else { format!("?{}", query.split('&').map(masked).collect::<Vec<_>>().join("&")) };
    let parts = || {
        let (scheme, rest) = url.split_once("://")?;
        let (who, place) = rest.rsplit_once('@')?;
        Some((scheme, who, place))
    };
    let Some((scheme, who, place)) = parts() else { return format!("{url}{query}") };
    let who = who.split_once(':').map_or_else(|| who.to_owned(), |(name, _)| format!("{name}:***"));
    format!("{scheme}://{who}@{place}{query}")
}

/// A TOML array, or one text with commas (the environment has no arrays).
fn list<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Many(Vec<String>),
        One(String),
    }
    Ok(match Form::deserialize(d)? {
        Form::Many(items) => items,
        Form::One(text) => text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hoicoso.toml");
        std::fs::write(&file, "workers = 3\nlisten = \"127.0.0.1:1\"\ncors_origins = [\"https://a.vn\"]").unwrap();
        let config = Config::read(Some(&file), vars(&[("HOICOSO_LISTEN", "127.0.0.1:2"), ("DATABASE_URL", "sqlite:x")])).unwrap();
        assert_eq!((config.workers, config.listen.as_str(), config.database_url.as_str()), (3, "127.0.0.1:2", "sqlite:x"));
        assert_eq!(config.cors_origins, ["https://a.vn"]);
        let config = Config::read(None, vars(&[("HOICOSO_CORS_ORIGINS", "https://a.vn, https://b.vn")])).unwrap();
        assert_eq!(config.cors_origins, ["https://a.vn", "https://b.vn"]);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (name, value) in [
            ("HOICOSO_LISTEN", "nowhere"),
            ("HOICOSO_WORKERS", "many"),
            ("HOICOSO_DATABASE_CONNECTIONS", "0"),
            ("HOICOSO_LOG_FORMAT", "xml"),
            ("HOICOSO_CORS_ORIGINS", "example.org"),
            ("HOICOSO_PUBLIC_URL", "https://a.vn/"),
            ("HOICOSO_ATTACHMENTS", "ftp://a.vn"),
            ("HOICOSO_ATTACHMENTS_LIMIT_MIB", "0"),
        ] {
            let words = Config::read(None, vars(&[(name, value)])).unwrap_err().to_string();
            let key = name.trim_start_matches("HOICOSO_").to_ascii_lowercase();
            assert!(words.contains(&key) || words.contains(value), "{name}: {words}");
        }
        assert!(Config::read(None, vars(&[("HOICOSO_MASTER_KEY", "short")])).is_err());
    }

    #[test]
    fn a_misspelt_variable_is_told_and_an_unknown_one_in_the_file_refused() {
        let config = Config::read(None, vars(&[("HOICOSO_LISTN", "x"), ("HOICOSO_PORT_8080_TCP", "x")])).unwrap();
        assert!(config.warnings[0].en.contains("HOICOSO_LISTEN"), "{:?}", config.warnings);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hoicoso.toml");
        std::fs::write(&file, "worker = 3").unwrap();
        assert!(Config::read(Some(&file), []).unwrap_err().to_string().contains("worker"));
    }

    #[test]
    fn a_password_is_masked_wherever_it_stands() {
        for (url, masked) in [
            ("postgres://hoi:mat-khau@db/hoi", "postgres://hoi:***@db/hoi"),
            ("postgres://hoi@db/hoi", "postgres://hoi@db/hoi"),
            ("postgres:///hoi?host=/run&password=mat-khau&user=hoi", "postgres:///hoi?host=/run&password=***&user=hoi"),
            ("postgres://hoi:a@db/hoi?password=b@c", "postgres://hoi:***@db/hoi?password=***"),
            ("sqlite:data/hoicoso.db", "sqlite:data/hoicoso.db"),
        ] {
            assert_eq!(masked_url(url), masked);
        }
    }

    #[test]
    fn secrets_are_masked_and_every_setting_is_printed() {
        let config = Config {
            database_url: "postgres://hoi:mat-khau@db/hoi".into(),
            master_key: Secret::new("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"),
            ..Config::default()
        };
        let printed = config.to_toml();
        assert!(!printed.contains("mat-khau") && !printed.contains("QUFB"), "{printed}");
        assert!(printed.contains("postgres://hoi:***@db/hoi"));
        let read: toml_check::Table = toml_check::parse(&printed);
        assert_eq!(read.len(), SETTINGS.len());
    }

    /// What is printed can be read again as a file.
    mod toml_check {
        pub type Table = std::collections::HashMap<String, config::Value>;
        pub fn parse(text: &str) -> Table {
            let source = config::File::from_str(text, config::FileFormat::Toml);
            config::Config::builder().add_source(source).build().unwrap().try_deserialize().unwrap()
        }
    }
}
