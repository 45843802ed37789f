//! A position in untrusted bytes.

/// The bytes end before what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Truncated {
    /// Where the missing bytes should begin.
    pub(super) offset: usize,
}

/// Reads bytes one after the other and never past their end.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], Truncated> {
        let taken = self.bytes[self.at..].get(..len).ok_or(Truncated { offset: self.bytes.len() })?;
        self.at += len;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Truncated> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Truncated> {
        Ok(self.array::<1>()?[0])
    }

    /// The bytes before the next line feed, which is skipped; at most `max` bytes.
    pub(super) fn line(&mut self, max: usize) -> Result<&'a [u8], Truncated> {
        let window = self.bytes[self.at..].iter().take(max + 1);
        let len = window.copied().position(|byte| byte == b'\n');
        let line = self.take(len.ok_or(Truncated { offset: self.at })?)?;
        self.at += 1;
        Ok(line)
    }
}
