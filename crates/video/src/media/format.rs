//! What a file is, by how it begins.

use vultus_media::ImageFormat;

use super::MediaKind;

/// As many bytes of a file tell what it is.
pub(super) const HEAD_BYTES: usize = 4096;
/// What a container of no known kind is called.
const UNKNOWN: &str = "bin";

/// What a file seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    /// Image or video.
    pub(super) kind: MediaKind,
    /// The usual ending of such files.
    pub(super) ending: &'static str,
}

impl Format {
    /// Whether files of this kind are known to begin so.
    pub(super) fn is_known(self) -> bool {
        self.ending != UNKNOWN
    }

    /// What a file that begins with `head` is. A GIF is a video unless [`is_still_gif`] says otherwise; what is not
    /// known is left to ffmpeg.
    pub(super) fn of(head: &[u8]) -> Self {
        let image = |ending| Self { kind: MediaKind::Image, ending };
        match ImageFormat::sniff(head) {
            Some(ImageFormat::Jpeg) => image("jpg"),
            Some(ImageFormat::Png) => image("png"),
            Some(ImageFormat::WebP) => image("webp"),
            Some(ImageFormat::Bmp) => image("bmp"),
            Some(ImageFormat::Gif) => Self { kind: MediaKind::Video, ending: "gif" },
            None => Self { kind: MediaKind::Video, ending: container(head).unwrap_or(UNKNOWN) },
        }
    }
}

/// Whether a GIF holds one picture only. One that is damaged before a second picture holds one.
pub(super) fn is_still_gif(bytes: &[u8]) -> bool {
    second_picture(bytes).is_none()
}

/// Where the second picture of a GIF begins: its blocks are skipped by their lengths.
fn second_picture(bytes: &[u8]) -> Option<usize> {
    /// After the signature, the sides of the canvas and what is to be known of its colours.
    const HEADER_BYTES: usize = 13;
    /// Place and size of a picture, with its colours.
    const PICTURE_BYTES: usize = 10;
    let colours = |flags: u8| if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) };
    let mut at = HEADER_BYTES + colours(*bytes.get(10)?);
    let mut pictures = 0;
    loop {
        at = match bytes.get(at)? {
            0x2C if pictures == 1 => return Some(at),
            0x2C => {
                pictures += 1;
                let flags = *bytes.get(at + PICTURE_BYTES - 1)?;
                skip_pieces(bytes, at + PICTURE_BYTES + colours(flags) + 1)?
            }
            0x21 => skip_pieces(bytes, at + 2)?,
            _ => return None,
        };
    }
}

/// What follows pieces that begin with their lengths, the last of which is empty.
fn skip_pieces(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

/// The usual ending of the container that begins so.
fn container(head: &[u8]) -> Option<&'static str> {
    match head {
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => Some(match brand.get(..4) {
            Some(b"qt  ") => "mov",
            Some([b'3', b'g', ..]) => "3gp",
            Some(b"M4V ") => "m4v",
            _ => "mp4",
        }),
        // QuickTime files from before there were brands.
        [_, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..]
        | [_, _, _, _, b'w', b'i', b'd', b'e', ..] => Some("mov"),
        [0x1A, 0x45, 0xDF, 0xA3, header @ ..] => {
            let is_webm =
                header.iter().take(64).copied().collect::<Vec<_>>().windows(4).any(|text| text == b"webm");
            Some(if is_webm { "webm" } else { "mkv" })
        }
        [b'F', b'L', b'V', 1, ..] => Some("flv"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Some("avi"),
        [b'O', b'g', b'g', b'S', ..] => Some("ogv"),
        [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, ..] => Some("wmv"),
        [b'D', b'K', b'I', b'F', ..] => Some("ivf"),
        [0, 0, 1, 0xBA | 0xB3, ..] => Some("mpg"),
        // Packets of 188 bytes that begin alike.
        [0x47, ..] if head.get(188) == Some(&0x47) => Some("ts"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(head: &[u8]) -> (MediaKind, &'static str) {
        let format = Format::of(head);
        (format.kind, format.ending)
    }

    #[test]
    fn images_are_told_by_their_signatures() {
        assert_eq!(told(b"\xFF\xD8\xFF\xE0"), (MediaKind::Image, "jpg"));
        assert_eq!(told(b"\x89PNG\r\n\x1A\n"), (MediaKind::Image, "png"));
        assert_eq!(told(b"RIFF\x01\x02\x03\x04WEBPVP8 "), (MediaKind::Image, "webp"));
    }

    #[test]
    fn videos_are_told_by_container_and_brand() {
        let mut packets = vec![0; 400];
        (packets[0], packets[188]) = (0x47, 0x47);
        for (head, ending) in [
            (b"\0\0\0\x20ftypisom".as_slice(), "mp4"),
            (b"\0\0\0\x14ftypqt  ", "mov"),
            (b"\0\0\0\x14ftyp", "mp4"),
            (b"\0\0\0\x08wide", "mov"),
            (b"\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm", "webm"),
            (b"\x1A\x45\xDF\xA3\xA3\x42\x82\x88matroska", "mkv"),
            (b"FLV\x01\x05", "flv"),
            (b"RIFF\x01\x02\x03\x04AVI LIST", "avi"),
            (b"GIF89a", "gif"),
            (&packets, "ts"),
        ] {
            assert_eq!(told(head), (MediaKind::Video, ending));
        }
    }

    #[test]
    fn gif_moves_with_its_second_picture() {
        // A canvas of two colours, a comment, a picture with colours of its own.
        let mut bytes = b"GIF89a\x01\0\x01\0\x80\0\0\x01\x02\x03\x04\x05\x06".to_vec();
        bytes.extend(b"\x21\xFE\x03\x2C\x2C\x2C\0");
        let picture = b"\x2C\0\0\0\0\x01\0\x01\0\x80\x01\x02\x03\x04\x05\x06\x02\x02\x2C\x2C\0";
        bytes.extend(picture);
        let still = [bytes.as_slice(), b"\x3B"].concat();
        let moving = [bytes.as_slice(), picture, b"\x3B"].concat();
        assert!(is_still_gif(&still) && !is_still_gif(&moving));
        for length in 0..=still.len() {
            assert!(is_still_gif(&still[..length]));
        }
    }

    #[test]
    fn anything_else_is_not_known() {
        for head in [b"".as_slice(), b"G", b"hello, world", b"RIFF\0\0\0\0WAVE", b"\x47\0\0"] {
            assert!(!Format::of(head).is_known(), "{head:?}");
        }
    }
}
