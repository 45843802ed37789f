//! Lists of faces, and changes of one.

use std::collections::BTreeSet;

use vultus_types::FaceId;

use crate::{EnrolledFace, HOME_GALLERY};

/// In which order faces are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FaceOrder {
    /// By id, greatest first.
    #[default]
    NewestFirst,
    /// By id, least first.
    OldestFirst,
}

/// Which faces of an account are listed.
///
/// Ids only grow, so that reading page after page, each from the first id not yet read, meets every face that
/// was there at the start and was not removed once, and none twice, whatever is stored meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct FaceQuery<'a> {
    /// Those in this gallery.
    pub gallery: Option<&'a str>,
    /// Those of this subject.
    pub subject: Option<&'a str>,
    /// Those with this id or a greater one.
    pub min_id: Option<FaceId>,
    /// Those with this id or a lesser one.
    pub max_id: Option<FaceId>,
    /// Their order.
    pub order: FaceOrder,
    /// How many at most.
    pub limit: u32,
}

/// A subject with its faces counted.
#[derive(Clone, Debug, PartialEq)]
pub struct SubjectCount {
    /// How many faces carry the name.
    pub faces: u64,
    /// The one with the least id.
    pub first: EnrolledFace,
}

/// What is to change of a face.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaceUpdate {
    /// The name it is enrolled under.
    pub subject: Option<String>,
    /// The galleries it lies in.
    pub galleries: Option<GalleryEdit>,
}

/// How the galleries of a face change. [`HOME_GALLERY`] may be named and never matters: whether a face lies in
/// it follows from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GalleryEdit {
    /// It joins these.
    Add(Vec<String>),
    /// It leaves these.
    Remove(Vec<String>),
    /// It lies in these and no others.
    Set(Vec<String>),
}

impl GalleryEdit {
    /// The galleries of a face that lay in `galleries`; at least one.
    pub fn apply(&self, galleries: &[String]) -> BTreeSet<String> {
        let mut named: BTreeSet<String> = match self {
            Self::Add(joined) => galleries.iter().chain(joined).cloned().collect(),
            Self::Remove(left) => galleries.iter().filter(|name| !left.contains(name)).cloned().collect(),
            Self::Set(names) => names.iter().cloned().collect(),
        };
        named.remove(HOME_GALLERY);
        if named.is_empty() {
            named.insert(HOME_GALLERY.to_owned());
        }
        named
    }
}

/// Faces to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FacesToRemove<'a> {
    /// One face.
    One(FaceId),
    /// All faces of a subject.
    Subject(&'a str),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn after(edit: &GalleryEdit, galleries: &[&str]) -> Vec<String> {
        edit.apply(&names(galleries)).into_iter().collect()
    }

    #[test]
    fn face_joins_and_leaves_galleries() {
        assert_eq!(after(&GalleryEdit::Add(names(&["b", "a"])), &["a", "c"]), ["a", "b", "c"]);
        assert_eq!(after(&GalleryEdit::Remove(names(&["b", "a"])), &["a", "c"]), ["c"]);
        assert_eq!(after(&GalleryEdit::Set(names(&["b"])), &["a", "c"]), ["b"]);
    }

    #[test]
    fn face_lies_at_home_where_it_lies_in_no_other_gallery() {
        assert_eq!(after(&GalleryEdit::Add(names(&["a"])), &["default"]), ["a"]);
        assert_eq!(after(&GalleryEdit::Add(names(&["default"])), &["a"]), ["a"]);
        assert_eq!(after(&GalleryEdit::Remove(names(&["default"])), &["default"]), ["default"]);
        for edit in [GalleryEdit::Remove(names(&["a"])), GalleryEdit::Set(Vec::new())] {
            assert_eq!(after(&edit, &["a"]), ["default"]);
        }
    }
}
