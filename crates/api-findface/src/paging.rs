//! Pages of faces.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_http::Params;
use vultus_service::{FacePage, PageStart};

use crate::error::Fault;
use crate::fields;
use crate::quirks::PAGE;
use crate::wire::Face;

/// A page of faces; the addresses are null where there is no further page.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the answer's keys")]
#[schema(as = FacePage)]
pub(crate) struct Page {
    #[schema(required = true)]
    next_page: Option<String>,
    #[schema(required = true)]
    prev_page: Option<String>,
    results: Vec<Face>,
}

/// `limit`, `max_id` and `min_id`.
pub(crate) struct Paging {
    pub(crate) start: PageStart,
    pub(crate) limit: u32,
    /// Whether the request named the limit, so that the next page must.
    is_limited: bool,
}

impl Paging {
    pub(crate) fn read(params: &Params) -> Result<Self, Fault> {
        let (min, max) = (fields::face_bound(params, "min_id")?, fields::face_bound(params, "max_id")?);
        let start = match (min, max) {
            (None, None) => PageStart::Newest,
            (None, Some(max)) => PageStart::At(max),
            (Some(min), None) => PageStart::UpFrom(min),
            (Some(min), Some(max)) => PageStart::Within { min, max },
        };
        let limit = fields::whole_number(params, "limit")?.filter(|&limit| limit > 0);
        let is_limited = limit.is_some();
        let limit = limit.map_or(PAGE, |limit| u32::try_from(limit).unwrap_or(u32::MAX));
        Ok(Self { start, limit, is_limited })
    }

    /// The page as it is answered; `address` is the path of the request.
    pub(crate) fn answer(&self, address: &str, page: FacePage) -> Page {
        let link = |start: PageStart| self.link(address, start);
        Page {
            next_page: page.older.map(link),
            prev_page: page.newer.map(link),
            results: page.faces.into_iter().map(Face::from).collect(),
        }
    }

    fn link(&self, address: &str, start: PageStart) -> String {
        let mut query = match start {
            PageStart::Newest => Vec::new(),
            PageStart::At(max) => vec![format!("max_id={max}")],
            PageStart::UpFrom(min) => vec![format!("min_id={min}")],
            PageStart::Within { min, max } => vec![format!("max_id={max}"), format!("min_id={min}")],
        };
        if self.is_limited {
            query.push(format!("limit={}", self.limit));
        }
        format!("{address}?{}", query.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use vultus_http::Field;
    use vultus_types::FaceId;

    use super::*;

    fn read(fields: &[(&str, &str)]) -> Result<Paging, Fault> {
        let mut params = Params::default();
        for (name, value) in fields {
            params.push(*name, Field::Value((*value).into()));
        }
        Paging::read(&params)
    }

    fn face(number: u64) -> FaceId {
        FaceId::new(number).unwrap()
    }

    #[test]
    fn pages_are_read_from_every_combination() {
        let start = |fields: &[(&str, &str)]| read(fields).unwrap().start;
        assert_eq!(start(&[]), PageStart::Newest);
        assert_eq!(start(&[("max_id", "7")]), PageStart::At(face(7)));
        assert_eq!(start(&[("min_id", "7")]), PageStart::UpFrom(face(7)));
        assert_eq!(
            start(&[("min_id", "7"), ("max_id", "9")]),
            PageStart::Within { min: face(7), max: face(9) }
        );
        assert_eq!(start(&[("max_id", "99999999999999999")]), PageStart::At(face(FaceId::LIMIT - 1)));
        assert_eq!((read(&[]).unwrap().limit, read(&[("limit", "0")]).unwrap().limit), (PAGE, PAGE));
        for (name, value) in [("limit", "-1"), ("limit", "x"), ("max_id", "1.5"), ("min_id", "a")] {
            assert!(read(&[(name, value)]).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn links_keep_the_limit_that_was_asked_for() {
        let paging = read(&[("limit", "5")]).unwrap();
        assert_eq!(paging.link("/v0/faces", PageStart::At(face(7))), "/v0/faces?max_id=7&limit=5");
        let within = PageStart::Within { min: face(2), max: face(7) };
        assert_eq!(read(&[]).unwrap().link("/faces", within), "/faces?max_id=7&min_id=2");
    }
}
