//! Files of pairs in the format of Labeled Faces in the Wild.
//!
//! ```text
//! 10 300               ten folds, each of 300 mated and 300 non-mated pairs (or `500`: one fold)
//! NAME 1 2             photos 1 and 2 of one person
//! NAME 1 OTHER 3       photos of two persons
//! ```
//!
//! Without a first line of numbers every pair belongs to one fold. Photo `n` of a person is
//! `NAME/NAME_%04d.jpg` in the folder of images.

use std::fmt;
use std::path::PathBuf;

/// One photo of a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhotoRef {
    /// The person, also the folder's name.
    pub name: String,
    /// The number of the photo, from 1.
    pub number: u32,
}

impl PhotoRef {
    /// The photo's path in the folder of images.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(&self.name).join(format!("{}_{:04}.jpg", self.name, self.number))
    }
}

/// Two photos to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// One photo.
    pub one: PhotoRef,
    /// The other.
    pub other: PhotoRef,
    /// Whether both show the same person.
    pub is_mated: bool,
    /// The fold it belongs to, from 0.
    pub fold: usize,
}

/// The pairs of a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairList {
    /// The pairs in the order of the file.
    pub pairs: Vec<Pair>,
    /// Number of folds, at least 1.
    pub folds: usize,
}

/// Why a file of pairs could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the pairs: {kind}")]
pub struct PairsError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub kind: PairsErrorKind,
}

/// What is wrong with a line of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairsErrorKind {
    /// Neither `NAME i j` nor `NAME i NAME2 j`.
    Form,
    /// A name that could lead out of the folder of images.
    Name,
    /// The first line and the number of pairs contradict each other.
    Count,
}

impl fmt::Display for PairsErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "expected `NAME i j` or `NAME i NAME2 j`",
            Self::Name => "a name must not hold a path",
            Self::Count => "the number of pairs is not what the first line says",
        })
    }
}

/// No protocol has more folds than this.
const MAX_FOLDS: usize = 1000;

impl PairList {
    /// Reads the text of a pairs file.
    ///
    /// # Errors
    /// [`PairsError`] with the first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, PairsError> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
        let header = lines.peek().and_then(|(_, line)| parse_header(line));
        if header.is_some() {
            lines.next();
        }
        let mut pairs = Vec::new();
        let mut last = 0;
        for (index, line) in lines {
            pairs.push(parse_pair(line).map_err(|kind| PairsError { line: index + 1, kind })?);
            last = index + 1;
        }
        let Some((folds, of_each)) = header else { return Ok(Self { pairs, folds: 1 }) };
        let per_fold = of_each.checked_mul(2);
        let total = per_fold.and_then(|count| count.checked_mul(folds));
        if total != Some(pairs.len()) || folds == 0 || folds > MAX_FOLDS {
            return Err(PairsError { line: last.max(1), kind: PairsErrorKind::Count });
        }
        for (index, pair) in pairs.iter_mut().enumerate() {
            pair.fold = index / (of_each * 2).max(1);
        }
        Ok(Self { pairs, folds })
    }
}

/// `FOLDS COUNT`, or `COUNT` for one fold.
fn parse_header(line: &str) -> Option<(usize, usize)> {
    let numbers: Vec<usize> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    match numbers[..] {
        [count] => Some((1, count)),
        [folds, count] => Some((folds, count)),
        _ => None,
    }
}

fn parse_pair(line: &str) -> Result<Pair, PairsErrorKind> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (one, other, is_mated) = match fields[..] {
        [name, one, other] => (photo(name, one)?, photo(name, other)?, true),
        [name, one, second, other] => (photo(name, one)?, photo(second, other)?, false),
        _ => return Err(PairsErrorKind::Form),
    };
    Ok(Pair { one, other, is_mated, fold: 0 })
}

fn photo(name: &str, number: &str) -> Result<PhotoRef, PairsErrorKind> {
    if name.contains(['/', '\\', '\0']) || name.starts_with('.') {
        return Err(PairsErrorKind::Name);
    }
    let number = number.parse().map_err(|_| PairsErrorKind::Form)?;
    Ok(PhotoRef { name: name.to_owned(), number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_two_folds_are_told_apart() {
        let text = "2\t1\nA\t1\t2\nA\t1\tB\t3\nC\t4\t5\nC\t1\tD\t1\n";
        let list = PairList::parse(text).unwrap();
        assert_eq!(list.folds, 2);
        let facts: Vec<(bool, usize)> = list.pairs.iter().map(|pair| (pair.is_mated, pair.fold)).collect();
        assert_eq!(facts, [(true, 0), (false, 0), (true, 1), (false, 1)]);
        assert_eq!(list.pairs[1].other.path(), PathBuf::from("B/B_0003.jpg"));
    }

    #[test]
    fn header_with_one_number_means_one_fold() {
        let list = PairList::parse("1\nA 1 2\nA 1 B 3\n").unwrap();
        assert_eq!((list.folds, list.pairs.len()), (1, 2));
    }

    #[test]
    fn file_without_header_is_one_fold() {
        assert_eq!(PairList::parse("A 1 2\n\nA 1 B 3\n").unwrap().folds, 1);
    }

    #[test]
    fn wrong_lines_are_named() {
        let cases = [
            ("A 1 2\nA 1\n", 2, PairsErrorKind::Form),
            ("A 1 x\n", 1, PairsErrorKind::Form),
            ("../A 1 2\n", 1, PairsErrorKind::Name),
            (".. 1 2\n", 1, PairsErrorKind::Name),
            ("2 1\nA 1 2\nA 1 B 1\n", 3, PairsErrorKind::Count),
            ("99999999999999999 99999999999999999\nA 1 2\n", 2, PairsErrorKind::Count),
        ];
        for (text, line, kind) in cases {
            assert_eq!(PairList::parse(text), Err(PairsError { line, kind }), "{text}");
        }
    }
}
