//! How many requests come, how they end, and how long they take.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vultus_service::{Access, TrafficPoint, TrafficSeries, Window};

use crate::input::Asked;
use crate::{Actor, Admin, AdminError};

/// Which traffic is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrafficQuery {
    /// How far back: `10m`, of this process alone, or `1h`, `24h`, `7d`, `30d`, of all processes together.
    #[param(inline)]
    window: WindowName,
}

/// How far back.
#[derive(Clone, Copy, Deserialize, ToSchema)]
enum WindowName {
    #[serde(rename = "10m")]
    TenMinutes,
    #[serde(rename = "1h")]
    Hour,
    #[serde(rename = "24h")]
    Day,
    #[serde(rename = "7d")]
    Week,
    #[serde(rename = "30d")]
    Month,
}

/// The traffic of a window.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrafficAnswer {
    /// The length of a step in seconds.
    step_s: i64,
    /// When the first step begins.
    from: String,
    /// When the last step ends, which is under way.
    to: String,
    /// One per dialect that had requests.
    series: Vec<Series>,
}

/// The traffic of a dialect.
#[derive(Serialize, ToSchema)]
pub(crate) struct Series {
    /// The dialect.
    dialect: String,
    /// The steps that had requests, in the order of time.
    points: Vec<Point>,
}

/// The requests that ended in one step.
#[derive(Serialize, ToSchema)]
pub(crate) struct Point {
    /// When the step began.
    at: String,
    /// All of them.
    count: u64,
    /// Those with an answer.
    ok: u64,
    /// Those with an error of the client's.
    client_error: u64,
    /// Those with an error of the server's.
    server_error: u64,
    /// Those refused for want of room or quota; they do not count in the durations.
    refused: u64,
    /// Half of them took at most this many milliseconds.
    p50_ms: Option<f64>,
    /// 95 % took at most this many.
    p95_ms: Option<f64>,
    /// 99 % took at most this many.
    p99_ms: Option<f64>,
}

impl From<WindowName> for Window {
    fn from(name: WindowName) -> Self {
        match name {
            WindowName::TenMinutes => Self::TenMinutes,
            WindowName::Hour => Self::Hour,
            WindowName::Day => Self::Day,
            WindowName::Week => Self::Week,
            WindowName::Month => Self::Month,
        }
    }
}

impl From<&TrafficPoint> for Point {
    fn from(point: &TrafficPoint) -> Self {
        let quantile =
            |share| point.latencies.quantile_ms(share).map(|millis| (millis * 100.0).round() / 100.0);
        Self {
            at: point.at.to_rfc3339(),
            count: point.count(),
            ok: point.ok,
            client_error: point.client_error,
            server_error: point.server_error,
            refused: point.refused,
            p50_ms: quantile(0.5),
            p95_ms: quantile(0.95),
            p99_ms: quantile(0.99),
        }
    }
}

impl From<&TrafficSeries> for Series {
    fn from(series: &TrafficSeries) -> Self {
        Self { dialect: series.dialect.clone(), points: series.points.iter().map(Point::from).collect() }
    }
}

/// Requests per dialect over time.
#[utoipa::path(get, path = "/traffic", operation_id = "show_traffic", tag = "server", params(TrafficQuery),
    responses((status = 200, body = TrafficAnswer)))]
pub(crate) async fn show(
    State(admin): State<Admin>,
    actor: Actor,
    Asked(query): Asked<TrafficQuery>,
) -> Result<Json<TrafficAnswer>, AdminError> {
    actor.require(Access::Overview)?;
    let window = admin.administration.service().traffic_of(query.window.into()).await?;
    Ok(Json(TrafficAnswer {
        step_s: window.step_s,
        from: window.from.to_rfc3339(),
        to: window.to.to_rfc3339(),
        series: window.series.iter().map(Series::from).collect(),
    }))
}
