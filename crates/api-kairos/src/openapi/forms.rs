//! The fields of requests, as the description shows them: as JSON, and as a form with files.

use utoipa::ToSchema;

/// A photo, a subject and a gallery. `url` is an alias of `image`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Enroll {
    /// The photo: an address, base64 or a data URI. JPEG or PNG; WebP, BMP and GIF are read as well.
    #[schema(example = "https://photos.example/elizabeth.jpg")]
    image: String,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "Elizabeth")]
    subject_id: String,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "MyGallery")]
    gallery_name: String,
    /// The least size of a face: its share of the photo.
    #[schema(rename = "minHeadScale", minimum = 0.015, maximum = 0.5, default = 0.015, required = false)]
    min_head_scale: f64,
    /// Stores every face of the photo under the subject.
    #[schema(default = false, required = false)]
    multiple_faces: bool,
    /// `LIVENESS` tells whether the person was there; `FRONTAL`, `FULL`, `PARTIAL`, `ROLL` and older ones are read. Several
    /// stand in a list or behind commas, in any case.
    #[schema(
        example = "liveness",
        pattern = "^(frontal|full|partial|roll|face|eyes|setpose|liveness)( *, *(frontal|full|partial|roll|face|eyes|setpose|liveness))*$",
        required = false
    )]
    selector: String,
}

/// A photo, a subject and a gallery, as a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct EnrollForm {
    /// The photo: a file; base64 text or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "Elizabeth")]
    subject_id: String,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "MyGallery")]
    gallery_name: String,
    /// The least size of a face: its share of the photo.
    #[schema(rename = "minHeadScale", minimum = 0.015, maximum = 0.5, default = 0.015, required = false)]
    min_head_scale: f64,
    /// Stores every face of the photo under the subject.
    #[schema(default = false, required = false)]
    multiple_faces: bool,
    /// `LIVENESS` tells whether the person was there; `FRONTAL`, `FULL`, `PARTIAL`, `ROLL` and older ones are read. Several
    /// stand in a list or behind commas, in any case.
    #[schema(
        example = "liveness",
        pattern = "^(frontal|full|partial|roll|face|eyes|setpose|liveness)( *, *(frontal|full|partial|roll|face|eyes|setpose|liveness))*$",
        required = false
    )]
    selector: String,
}

/// A photo and who it should be. `url` is an alias of `image`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Verify {
    /// The photo: an address, base64 or a data URI. JPEG or PNG; WebP, BMP and GIF are read as well.
    #[schema(example = "https://photos.example/elizabeth.jpg")]
    image: String,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "Elizabeth")]
    subject_id: String,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "MyGallery")]
    gallery_name: String,
    /// The least size of a face: its share of the photo.
    #[schema(rename = "minHeadScale", minimum = 0.015, maximum = 0.5, default = 0.015, required = false)]
    min_head_scale: f64,
    /// `LIVENESS` tells whether the person was there; `FRONTAL`, `FULL`, `PARTIAL`, `ROLL` and older ones are read. Several
    /// stand in a list or behind commas, in any case.
    #[schema(
        example = "liveness",
        pattern = "^(frontal|full|partial|roll|face|eyes|setpose|liveness)( *, *(frontal|full|partial|roll|face|eyes|setpose|liveness))*$",
        required = false
    )]
    selector: String,
}

/// A photo and who it should be, as a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct VerifyForm {
    /// The photo: a file; base64 text or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "Elizabeth")]
    subject_id: String,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "MyGallery")]
    gallery_name: String,
    /// The least size of a face: its share of the photo.
    #[schema(rename = "minHeadScale", minimum = 0.015, maximum = 0.5, default = 0.015, required = false)]
    min_head_scale: f64,
    /// `LIVENESS` tells whether the person was there; `FRONTAL`, `FULL`, `PARTIAL`, `ROLL` and older ones are read. Several
    /// stand in a list or behind commas, in any case.
    #[schema(
        example = "liveness",
        pattern = "^(frontal|full|partial|roll|face|eyes|setpose|liveness)( *, *(frontal|full|partial|roll|face|eyes|setpose|liveness))*$",
        required = false
    )]
    selector: String,
}

/// A photo and the gallery to search. `url` is an alias of `image`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Recognize {
    /// The photo: an address, base64 or a data URI. JPEG or PNG; WebP, BMP and GIF are read as well.
    #[schema(example = "https://photos.example/elizabeth.jpg")]
    image: String,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "MyGallery")]
    gallery_name: String,
    /// The least size of a face: its share of the photo.
    #[schema(rename = "minHeadScale", minimum = 0.015, maximum = 0.5, default = 0.015, required = false)]
    min_head_scale: f64,
    /// The confidence a match needs.
    #[schema(minimum = 0, maximum = 1, default = 0.6, required = false)]
    threshold: f64,
    /// The most candidates for each face.
    #[schema(minimum = 1, default = 10, required = false)]
    max_num_results: u32,
    /// `LIVENESS` tells whether the person was there; `FRONTAL`, `FULL`, `PARTIAL`, `ROLL` and older ones are read. Several
    /// stand in a list or behind commas, in any case.
    #[schema(
        example = "liveness",
        pattern = "^(frontal|full|partial|roll|face|eyes|setpose|liveness)( *, *(frontal|full|partial|roll|face|eyes|setpose|liveness))*$",
        required = false
    )]
    selector: String,
}

/// A photo and the gallery to search, as a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct RecognizeForm {
    /// The photo: a file; base64 text or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "MyGallery")]
    gallery_name: String,
    /// The least size of a face: its share of the photo.
    #[schema(rename = "minHeadScale", minimum = 0.015, maximum = 0.5, default = 0.015, required = false)]
    min_head_scale: f64,
    /// The confidence a match needs.
    #[schema(minimum = 0, maximum = 1, default = 0.6, required = false)]
    threshold: f64,
    /// The most candidates for each face.
    #[schema(minimum = 1, default = 10, required = false)]
    max_num_results: u32,
    /// `LIVENESS` tells whether the person was there; `FRONTAL`, `FULL`, `PARTIAL`, `ROLL` and older ones are read. Several
    /// stand in a list or behind commas, in any case.
    #[schema(
        example = "liveness",
        pattern = "^(frontal|full|partial|roll|face|eyes|setpose|liveness)( *, *(frontal|full|partial|roll|face|eyes|setpose|liveness))*$",
        required = false
    )]
    selector: String,
}

/// Two photos.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Compare {
    /// The first photo: an address, base64 or a data URI. JPEG or PNG; WebP, BMP and GIF are read as well.
    #[schema(example = "https://photos.example/elizabeth.jpg")]
    source_image: String,
    /// The second photo: an address, base64 or a data URI. JPEG or PNG; WebP, BMP and GIF are read as well.
    #[schema(example = "https://photos.example/elizabeth.jpg")]
    target_image: String,
    /// The least size of a face: its share of the photo.
    #[schema(rename = "minHeadScale", minimum = 0.015, maximum = 0.5, default = 0.015, required = false)]
    min_head_scale: f64,
    /// The confidence a match needs.
    #[schema(minimum = 0, maximum = 1, default = 0.6, required = false)]
    threshold: f64,
    /// `LIVENESS` tells whether the person was there; `FRONTAL`, `FULL`, `PARTIAL`, `ROLL` and older ones are read. Several
    /// stand in a list or behind commas, in any case.
    #[schema(
        example = "liveness",
        pattern = "^(frontal|full|partial|roll|face|eyes|setpose|liveness)( *, *(frontal|full|partial|roll|face|eyes|setpose|liveness))*$",
        required = false
    )]
    selector: String,
}

/// Two photos, as files.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct CompareForm {
    /// The first photo: a file; base64 text or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    source_image: Vec<u8>,
    /// The second photo: a file; base64 text or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    target_image: Vec<u8>,
    /// The least size of a face: its share of the photo.
    #[schema(rename = "minHeadScale", minimum = 0.015, maximum = 0.5, default = 0.015, required = false)]
    min_head_scale: f64,
    /// The confidence a match needs.
    #[schema(minimum = 0, maximum = 1, default = 0.6, required = false)]
    threshold: f64,
    /// `LIVENESS` tells whether the person was there; `FRONTAL`, `FULL`, `PARTIAL`, `ROLL` and older ones are read. Several
    /// stand in a list or behind commas, in any case.
    #[schema(
        example = "liveness",
        pattern = "^(frontal|full|partial|roll|face|eyes|setpose|liveness)( *, *(frontal|full|partial|roll|face|eyes|setpose|liveness))*$",
        required = false
    )]
    selector: String,
}

/// A photo. `url` is an alias of `image`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Detect {
    /// The photo: an address, base64 or a data URI. JPEG or PNG; WebP, BMP and GIF are read as well.
    #[schema(example = "https://photos.example/elizabeth.jpg")]
    image: String,
    /// The least size of a face: its share of the photo.
    #[schema(rename = "minHeadScale", minimum = 0.015, maximum = 0.5, default = 0.015, required = false)]
    min_head_scale: f64,
    /// `LIVENESS` tells whether the person was there; `FRONTAL`, `FULL`, `PARTIAL`, `ROLL` and older ones are read. Several
    /// stand in a list or behind commas, in any case.
    #[schema(
        example = "liveness",
        pattern = "^(frontal|full|partial|roll|face|eyes|setpose|liveness)( *, *(frontal|full|partial|roll|face|eyes|setpose|liveness))*$",
        required = false
    )]
    selector: String,
}

/// A photo, as a file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct DetectForm {
    /// The photo: a file; base64 text or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
    /// The least size of a face: its share of the photo.
    #[schema(rename = "minHeadScale", minimum = 0.015, maximum = 0.5, default = 0.015, required = false)]
    min_head_scale: f64,
    /// `LIVENESS` tells whether the person was there; `FRONTAL`, `FULL`, `PARTIAL`, `ROLL` and older ones are read. Several
    /// stand in a list or behind commas, in any case.
    #[schema(
        example = "liveness",
        pattern = "^(frontal|full|partial|roll|face|eyes|setpose|liveness)( *, *(frontal|full|partial|roll|face|eyes|setpose|liveness))*$",
        required = false
    )]
    selector: String,
}

/// A gallery.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Gallery {
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "MyGallery")]
    gallery_name: String,
}

/// A subject of a gallery.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Subject {
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "MyGallery")]
    gallery_name: String,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "Elizabeth")]
    subject_id: String,
}

/// A subject of a gallery, or one of its faces.
#[derive(ToSchema)]
#[expect(clippy::struct_field_names, reason = "they are names of the wire")]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct Face {
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "MyGallery")]
    gallery_name: String,
    /// Letters, digits, space and `_-.@`, at most 255.
    #[schema(pattern = "^[A-Za-z0-9 _.@-]+$", max_length = 255, example = "Elizabeth")]
    subject_id: String,
    /// Only this face.
    #[schema(pattern = "^[0-9a-f]+$", required = false)]
    face_id: String,
}
