//! Frames as they come out of the child: binary PPM files one after the other (`P6`, sides, 255, pixels).

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};
use vultus_media::RgbPhoto;

use crate::VideoError;

/// The longest line of a header: two sides of five digits with room to spare.
const MAX_LINE_BYTES: u64 = 32;

/// Reads the next frame; `None` at the end, also where the last frame is not whole.
///
/// # Errors
/// [`VideoError::NoFrames`] where the bytes are no frame or one with a side above `max_side`.
pub(crate) async fn read_frame(
    stream: &mut (impl AsyncBufRead + Unpin),
    max_side: u32,
) -> Result<Option<RgbPhoto>, VideoError> {
    let Some(magic) = read_line(stream).await? else { return Ok(None) };
    let (Some(sides), Some(depth)) = (read_line(stream).await?, read_line(stream).await?) else {
        return Ok(None);
    };
    let parse = |text: &str| text.parse::<u32>().ok().filter(|side| (1..=max_side).contains(side));
    let sides = sides.split_once(' ').and_then(|(width, height)| Some((parse(width)?, parse(height)?)));
    let (width, height) = sides.filter(|_| magic == "P6" && depth == "255").ok_or(VideoError::NoFrames)?;
    let mut pixels = vec![0; width as usize * height as usize * 3];
    match stream.read_exact(&mut pixels).await {
        Ok(_) => RgbPhoto::new(width, height, pixels).map(Some).map_err(|_| VideoError::NoFrames),
        Err(_) => Ok(None),
    }
}

/// A line without its end; `None` where the stream ends before it.
async fn read_line(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<String>, VideoError> {
    let mut line = Vec::new();
    // A pipe that breaks is at its end.
    let _ = stream.take(MAX_LINE_BYTES).read_until(b'\n', &mut line).await;
    if line.len() as u64 == MAX_LINE_BYTES {
        return Err(VideoError::NoFrames);
    }
    Ok(line.strip_suffix(b"\n").map(|line| String::from_utf8_lossy(line).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn frames(mut bytes: &[u8]) -> Result<Vec<(u32, u32, [u8; 3])>, VideoError> {
        let mut found = Vec::new();
        while let Some(frame) = read_frame(&mut bytes, 100).await? {
            found.push((frame.width(), frame.height(), frame.pixel(99, 99)));
        }
        Ok(found)
    }

    #[tokio::test]
    async fn frames_of_any_size_follow_each_other() {
        let bytes = b"P6\n2 1\n255\nabcdefP6\n1 1\n255\nxyz";
        assert_eq!(frames(bytes).await.unwrap(), [(2, 1, *b"def"), (1, 1, *b"xyz")]);
    }

    #[tokio::test]
    async fn every_stream_that_ends_early_gives_the_whole_frames_before() {
        let bytes = b"P6\n1 1\n255\nabcP6\n2 1\n255\nabcdef";
        for length in 14..bytes.len() {
            assert_eq!(frames(&bytes[..length]).await.unwrap(), [(1, 1, *b"abc")], "{length} bytes");
        }
    }

    #[tokio::test]
    async fn other_bytes_and_frames_too_large_are_refused() {
        for bytes in [
            b"P5\n1 1\n255\nabc".as_slice(),
            b"P6\n101 1\n255\n",
            b"P6\n0 1\n255\n",
            b"P6\n-1 1\n255\n",
            b"P6\n1 1\n65535\nabcdef",
            b"P6\n11\n255\nabc",
            b"a line that is much longer than a header's\n",
        ] {
            let result = frames(bytes).await;
            assert!(matches!(result, Err(VideoError::NoFrames)), "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
