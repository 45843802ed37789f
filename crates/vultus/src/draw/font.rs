//! Letters of dots: digits and small letters, three dots wide and five high.

/// Rows of a letter.
pub(super) const HEIGHT: i64 = 5;
/// Columns of a letter.
const WIDTH: i64 = 3;
/// Columns from one letter to the next.
const ADVANCE: i64 = WIDTH + 1;

/// Rows of dots from top to bottom, in each the left dot first.
const DIGITS: [u16; 10] = [
    0b111_101_101_101_111,
    0b010_110_010_010_111,
    0b111_001_111_100_111,
    0b111_001_011_001_111,
    0b101_101_111_001_001,
    0b111_100_111_001_111,
    0b111_100_111_101_111,
    0b111_001_010_010_010,
    0b111_101_111_101_111,
    0b111_101_111_001_111,
];
const LETTERS: [u16; 26] = [
    0b010_101_111_101_101,
    0b110_101_110_101_110,
    0b011_100_100_100_011,
    0b110_101_101_101_110,
    0b111_100_110_100_111,
    0b111_100_110_100_100,
    0b011_100_101_101_011,
    0b101_101_111_101_101,
    0b111_010_010_010_111,
    0b001_001_001_101_010,
    0b101_101_110_101_101,
    0b100_100_100_100_111,
    0b101_111_111_101_101,
    0b110_101_101_101_101,
    0b010_101_101_101_010,
    0b110_101_110_100_100,
    0b010_101_101_110_011,
    0b110_101_110_101_101,
    0b011_100_010_001_110,
    0b111_010_010_010_010,
    0b101_101_101_101_111,
    0b101_101_101_101_010,
    0b101_101_111_111_101,
    0b101_101_010_101_101,
    0b101_101_010_010_010,
    0b111_001_010_100_111,
];

/// Columns of a text.
pub(super) fn width(text: &str) -> i64 {
    (text.chars().count() as i64 * ADVANCE - 1).max(0)
}

/// Column and row of each dot of a text. What is neither digit nor small letter is a space.
pub(super) fn dots(text: &str) -> impl Iterator<Item = (i64, i64)> {
    text.chars().zip(0..).flat_map(|(letter, place)| {
        let rows = match letter {
            '0'..='9' => DIGITS[letter as usize - '0' as usize],
            'a'..='z' => LETTERS[letter as usize - 'a' as usize],
            _ => 0,
        };
        let is_dot = move |at: &i64| rows >> (WIDTH * HEIGHT - 1 - at) & 1 == 1;
        (0..WIDTH * HEIGHT).filter(is_dot).map(move |at| (place * ADVANCE + at % WIDTH, at / WIDTH))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_drawn_one_after_the_other() {
        let drawn: Vec<_> = dots("l1").collect();
        let l = [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 4), (2, 4)];
        let one = [(5, 0), (4, 1), (5, 1), (5, 2), (5, 3), (4, 4), (5, 4), (6, 4)];
        assert_eq!(drawn[..7], l);
        assert_eq!(drawn[7..], one);
        assert_eq!((width("l1"), width("")), (7, 0));
    }

    #[test]
    fn every_digit_and_letter_is_another_one() {
        let mut all = [DIGITS.as_slice(), &LETTERS].concat();
        all.sort_unstable();
        all.dedup();
        // The letter s is no five, but nought and o, l and one differ as well.
        assert_eq!(all.len(), 36);
        assert!(dots("Ä ?").next().is_none());
    }
}
