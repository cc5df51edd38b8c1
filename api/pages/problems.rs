//! `/problems/{code}`: for each kind of problem a page that says what it means and what to do. Its address is the
//! `type` of the problem.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, ServiceConfig},
};

use crate::http::{Code, Locale, Problem, Result, Spoken};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/problems").route(web::get().to(overview)))
        .service(web::resource("/problems/{code}").route(web::get().to(page)));
}

async fn page(request: HttpRequest, code: web::Path<String>) -> Result<HttpResponse> {
    let code: Code = code.parse().map_err(|_| Problem::not_found())?;
    let locale = Spoken::of(&request).locale;
    let [vi, en] = [Locale::Vi, Locale::En].map(|locale| code.advice(locale));
    let (advice, what, all) = match locale {
        Locale::Vi => (vi, "Mã lỗi", "Tất cả mã lỗi"),
        Locale::En => (en, "Problem code", "All problem codes"),
    };
    let other = match locale {
        Locale::Vi => (Locale::En, en),
        Locale::En => (Locale::Vi, vi),
    };
    Ok(html(
        locale,
        code.label(locale),
        &format!(
            "<p class=\"code\">{what} <code>{code}</code> · HTTP {status}</p><h1>{title}</h1><p>{advice}</p>\
             <details lang=\"{tag}\"><summary>{other_title}</summary><p>{other_advice}</p></details><p><a href=\"/problems\">{all}</a></p>",
            status = code.status().as_u16(),
            title = code.label(locale),
            tag = other.0.tag(),
            other_title = code.label(other.0),
            other_advice = other.1,
        ),
    ))
}

async fn overview(request: HttpRequest) -> HttpResponse {
    let locale = Spoken::of(&request).locale;
    let title = match locale {
        Locale::Vi => "Các mã lỗi",
        Locale::En => "Problem codes",
    };
    let rows: String = Code::ALL
        .iter()
        .map(|code| {
            format!(
                "<tr><td>{}</td><td><a href=\"/problems/{code}\"><code>{code}</code></a></td><td>{}</td></tr>",
                code.status().as_u16(),
                code.label(locale)
            )
        })
        .collect();
    html(locale, title, &format!("<h1>{title}</h1><table>{rows}</table>"))
}

/// A page without a script, and with nothing from elsewhere. All text on it is ours: nothing needs escaping.
fn html(locale: Locale, title: &str, body: &str) -> HttpResponse {
    let page = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} – hoicoso</title><style>body{{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;\
         padding:0 1rem;color:#222}}h1{{font-size:1.5rem;color:#8e3b6d}}.code,summary{{color:#666}}code{{background:#f4eef2;\
         padding:.1em .3em}}td{{padding:.2rem .8rem .2rem 0;vertical-align:top}}</style><body>{body}</body></html>",
        locale.tag()
    );
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_in_both_languages() {
        for code in Code::ALL {
            let [vi, en] = [Locale::Vi, Locale::En].map(|locale| code.advice(locale));
            assert!(vi.len() > 40 && en.len() > 40 && vi != en, "{code}");
            for text in [vi, en, code.label(Locale::Vi), code.label(Locale::En)] {
                assert!(!text.contains(['<', '>', '&']), "{code}: {text} would need escaping");
            }
        }
    }
}
