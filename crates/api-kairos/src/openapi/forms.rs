//! The fields of requests, as the description shows them: as JSON, and as a form with files.

use utoipa::ToSchema;

vultus_openapi::requests! {
    /// A photo, a subject and a gallery. `url` is an alias of `image`.
    Enroll: Text, Name, Gallery, Scale, AllFaces, Selector;
    /// A photo, a subject and a gallery, as a file.
    EnrollForm: File, Name, Gallery, Scale, AllFaces, Selector;
    /// A photo and who it should be. `url` is an alias of `image`.
    Verify: Text, Name, Gallery, Scale, Selector;
    /// A photo and who it should be, as a file.
    VerifyForm: File, Name, Gallery, Scale, Selector;
    /// A photo and the gallery to search. `url` is an alias of `image`.
    Recognize: Text, Gallery, Scale, Threshold, Most, Selector;
    /// A photo and the gallery to search, as a file.
    RecognizeForm: File, Gallery, Scale, Threshold, Most, Selector;
    /// Two photos.
    Compare: Texts, Scale, Threshold, Selector;
    /// Two photos, as files.
    CompareForm: Files, Scale, Threshold, Selector;
    /// A photo. `url` is an alias of `image`.
    Detect: Text, Scale, Selector;
    /// A photo, as a file.
    DetectForm: File, Scale, Selector;
    /// A subject of a gallery.
    Subject: Gallery, Name;
    /// A subject of a gallery, or one of its faces.
    Face: Gallery, Name, OneFace;
}

/// A gallery.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Gallery {
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "MyGallery")]
    gallery_name: String,
}

/// A photo in JSON.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Text {
    /// The photo: an address, base64 or a data URI. JPEG or PNG; WebP, BMP and GIF are read as well.
    #[schema(example = "https://photos.example/elizabeth.jpg")]
    image: String,
}

/// A photo in a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct File {
    /// The photo: a file; base64 text or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
}

/// Two photos in JSON.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Texts {
    /// The first photo: an address, base64 or a data URI. JPEG or PNG; WebP, BMP and GIF are read as well.
    #[schema(example = "https://photos.example/elizabeth.jpg")]
    source_image: String,
    /// The second photo: an address, base64 or a data URI. JPEG or PNG; WebP, BMP and GIF are read as well.
    #[schema(example = "https://photos.example/elizabeth.jpg")]
    target_image: String,
}

/// Two photos in a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Files {
    /// The first photo: a file; base64 text or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    source_image: Vec<u8>,
    /// The second photo: a file; base64 text or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    target_image: Vec<u8>,
}

/// A subject.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Name {
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "Elizabeth")]
    subject_id: String,
}

/// Which faces are found.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Scale {
    /// The least size of a face: its share of the photo.
    #[schema(rename = "minHeadScale", minimum = 0.015, maximum = 0.5, default = 0.015, required = false)]
    min_head_scale: f64,
}

/// What is enrolled.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct AllFaces {
    /// Stores every face of the photo under the subject.
    #[schema(default = false, required = false)]
    multiple_faces: bool,
}

/// How alike two faces must be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Threshold {
    /// The confidence a match needs.
    #[schema(minimum = 0, maximum = 1, default = 0.6, required = false)]
    threshold: f64,
}

/// How much is told.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Most {
    /// The most candidates for each face.
    #[schema(minimum = 1, default = 10, required = false)]
    max_num_results: u32,
}

/// What is told of faces.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Selector {
    /// `LIVENESS` tells whether the person was there; `FRONTAL`, `FULL`, `PARTIAL`, `ROLL` and older ones are read. Several
    /// stand in a list or behind commas, in any case.
    #[schema(
        example = "liveness",
        pattern = "^(frontal|full|partial|roll|face|eyes|setpose|liveness)( *, *(frontal|full|partial|roll|face|eyes|setpose|liveness))*$",
        required = false
    )]
    selector: String,
}

/// A face of a subject.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct OneFace {
    /// Only this face.
    #[schema(pattern = "^[0-9a-f]+$", required = false)]
    face_id: String,
}
