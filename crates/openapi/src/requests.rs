//! Requests that share fields: their schemas are made of groups of fields, each described once.

use utoipa::openapi::schema::{Object, Schema};
use utoipa::openapi::{RefOr, schema::Type};

/// Types that stand for requests in a document, each with its text and the groups of its fields, which are types with
/// a schema of their own: `/// A photo. Detect: Photo, Region;`. The schema of a request is one object with the fields
/// of all groups in their order, since tools that fill in forms look for them there.
#[macro_export]
macro_rules! requests {
    ($($(#[doc = $text:literal])+ $name:ident: $($group:ty),+;)+) => {$(
        $(#[doc = $text])+
        pub(crate) struct $name;

        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema> {
                let groups = [$(<$group as ::utoipa::PartialSchema>::schema()),+];
                $crate::joined(concat!($($text),+).trim(), groups)
            }
        }

        impl ::utoipa::ToSchema for $name {}
    )+};
}

/// One object with the fields of all these. What is no object has none.
#[doc(hidden)]
pub fn joined(text: &str, groups: impl IntoIterator<Item = RefOr<Schema>>) -> RefOr<Schema> {
    let mut all = Object::with_type(Type::Object);
    all.description = Some(text.to_owned());
    for group in groups {
        if let RefOr::T(Schema::Object(group)) = group {
            all.properties.extend(group.properties);
            all.required.extend(group.required);
        }
    }
    RefOr::T(Schema::Object(all))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::{PartialSchema, ToSchema};

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "describes fields")]
    struct Photo {
        /// The photo.
        photo: String,
    }

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "describes fields")]
    struct Limits {
        least: u8,
        #[schema(required = false)]
        most: u8,
    }

    requests! {
        /// A photo and what is looked for in it.
        Search: Photo, Limits;
    }

    #[test]
    fn request_has_the_fields_of_its_groups_in_their_order() {
        assert_eq!(Search::name(), "Search");
        let schema = serde_json::to_value(Search::schema()).unwrap();
        assert_eq!(schema["description"], "A photo and what is looked for in it.");
        assert_eq!(schema["properties"]["photo"], json!({"type": "string", "description": "The photo."}));
        assert_eq!(schema["required"], json!(["photo", "least"]));
        let text = serde_json::to_string(&Search::schema()).unwrap();
        let places = ["photo", "least", "most"].map(|name| text.find(&format!("\"{name}\":")).unwrap());
        assert!(places.is_sorted(), "{text}");
    }
}
