/// Defines an enumeration once: its value in JSON and in the database, and its label in both languages.
///
/// A macro, because each variant needs the same five things and leaving one out must not compile. (The value is a `tt`:
/// utoipa does not see through the group that a `literal` is wrapped in.)
#[macro_export]
macro_rules! code_list {
    (
        $(#[$meta:meta])*
        $name:ident in $list:literal { $( $(#[$vmeta:meta])* $variant:ident = $value:tt, $vi:literal, $en:literal; )+ }
    ) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
            utoipa::ToSchema, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $( $(#[$vmeta])* #[serde(rename = $value)] $variant, )+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The list under which `GET /code-lists/{name}` serves it.
            pub const LIST: $crate::code_lists::CodeList = $crate::code_lists::CodeList {
                name: $list,
                codes: &[$($crate::code_lists::Code { code: $value, vi: $vi, en: $en }),+],
            };

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $value),+ }
            }

            /// The label in the caller's language.
            pub const fn label(self, locale: $crate::http::Locale) -> &'static str {
                match (self, locale) {
                    $((Self::$variant, $crate::http::Locale::Vi) => $vi, (Self::$variant, $crate::http::Locale::En) => $en),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(s: &str) -> Result<Self, String> {
                match s { $($value => Ok(Self::$variant),)+ _ => Err(format!("not a code of {}", $list)) }
            }
        }

        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                self.as_str().to_sql(out)
            }
        }

        // For each engine by itself: read in place, without a text in between.
        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::sqlite::Sqlite> for $name {
            fn from_sql(
                mut raw: <diesel::sqlite::Sqlite as diesel::backend::Backend>::RawValue<'_>,
            ) -> diesel::deserialize::Result<Self> {
                Ok(raw.read_text().parse()?)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn from_sql(raw: <diesel::pg::Pg as diesel::backend::Backend>::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                Ok(std::str::from_utf8(raw.as_bytes())?.parse()?)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Text, $crate::db::MultiBackend> for $name {
            fn from_sql(
                raw: <$crate::db::MultiBackend as diesel::backend::Backend>::RawValue<'_>,
            ) -> diesel::deserialize::Result<Self> {
                raw.from_sql::<Self, diesel::sql_types::Text>()
            }
        }
    };
}
