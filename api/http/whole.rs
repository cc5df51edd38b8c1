//! The bytes of a request's body: all of them, in time, and not too many.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web};

use super::{Code, Problem, Result};

/// A body that has not come by then is not waited for: a sender of single bytes would hold a connection for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// The body as it came, within the limit of the application.
pub struct Whole(pub web::Bytes);

impl FromRequest for Whole {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Box::pin(within(PATIENCE, web::Bytes::from_request(request, payload)))
    }
}

async fn within(patience: Duration, bytes: impl Future<Output = Result<web::Bytes, actix_web::Error>>) -> Result<Whole> {
    let error = match tokio::time::timeout(patience, bytes).await {
        Ok(Ok(bytes)) => return Ok(Whole(bytes)),
        Ok(Err(error)) => error,
        Err(_) => return Err(Problem::new(Code::RequestTimeout)),
    };
    Err(Problem::new(match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => Code::PayloadTooLarge,
        _ => Code::BadRequest,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn what_does_not_come_is_not_waited_for() {
        let never = std::future::pending();
        let problem = within(Duration::from_millis(1), never).await.err().unwrap();
        assert_eq!(problem.code(), Code::RequestTimeout);
    }
}
