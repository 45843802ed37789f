//! Similarity transforms: rotation, uniform scale and shift, no reflection.

use vultus_types::Point;

/// The map (x, y) → (a·x − b·y + tx, b·x + a·y + ty): a rotation by `atan2(b, a)` (clockwise as the viewer sees
/// it, because y points down), a scale by √(a² + b²), and a shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimilarityTransform {
    /// Scale × cosine of the angle.
    pub a: f32,
    /// Scale × sine of the angle.
    pub b: f32,
    /// Shift to the right.
    pub tx: f32,
    /// Shift downwards.
    pub ty: f32,
}

impl SimilarityTransform {
    /// The map that changes nothing.
    pub const IDENTITY: Self = Self { a: 1.0, b: 0.0, tx: 0.0, ty: 0.0 };

    /// The map that scales by `scale`, turns by `angle` radians (clockwise as seen) and takes `from` to `to`.
    pub fn about(from: Point, to: Point, scale: f32, angle: f32) -> Self {
        let (a, b) = (scale * angle.cos(), scale * angle.sin());
        Self { a, b, tx: to.x - a * from.x + b * from.y, ty: to.y - b * from.x - a * from.y }
    }

    /// The map with the least sum of squared distances between the images of `from` and `to`, pair by pair
    /// (the closed form of S. Umeyama, "Least-squares estimation of transformation parameters between two point
    /// patterns", 1991, for the plane and without reflection). `None` where the lists differ in length, have
    /// fewer than two points, hold a number that is not finite, or all points of a list coincide.
    pub fn fit(from: &[Point], to: &[Point]) -> Option<Self> {
        if from.len() != to.len() || from.len() < 2 {
            return None;
        }
        let from_mean = mean(from);
        let to_mean = mean(to);
        let (mut spread, mut dot, mut cross) = (0.0f64, 0.0f64, 0.0f64);
        for (from, to) in from.iter().zip(to) {
            let (x, y) = (f64::from(from.x) - from_mean.0, f64::from(from.y) - from_mean.1);
            let (u, v) = (f64::from(to.x) - to_mean.0, f64::from(to.y) - to_mean.1);
            spread += x * x + y * y;
            dot += x * u + y * v;
            cross += x * v - y * u;
        }
        let (a, b) = (dot / spread, cross / spread);
        let tx = to_mean.0 - a * from_mean.0 + b * from_mean.1;
        let ty = to_mean.1 - b * from_mean.0 - a * from_mean.1;
        let fitted = Self { a: a as f32, b: b as f32, tx: tx as f32, ty: ty as f32 };
        fitted.is_invertible().then_some(fitted)
    }

    /// The same map, given for coordinates that count from the centre of the first pixel (as several published
    /// alignment recipes do), in this crate's coordinates, which count from its corner.
    #[must_use]
    pub fn from_pixel_indices(self) -> Self {
        let tx = self.tx + 0.5 * (1.0 - self.a + self.b);
        let ty = self.ty + 0.5 * (1.0 - self.a - self.b);
        Self { tx, ty, ..self }
    }

    /// The image of a point.
    pub fn apply(&self, point: Point) -> Point {
        Point::new(
            self.a * point.x - self.b * point.y + self.tx,
            self.b * point.x + self.a * point.y + self.ty,
        )
    }

    /// The factor by which distances grow.
    pub fn scale(&self) -> f32 {
        self.a.hypot(self.b)
    }

    /// The angle of the turn in radians, clockwise as the viewer sees it, in −π..=π.
    pub fn angle(&self) -> f32 {
        self.b.atan2(self.a)
    }

    /// Whether all four numbers are finite and the scale is above zero.
    pub fn is_invertible(&self) -> bool {
        let determinant = self.a * self.a + self.b * self.b;
        determinant.is_normal() && self.tx.is_finite() && self.ty.is_finite()
    }

    /// The map back, where there is one (see [`Self::is_invertible`]).
    pub fn inverse(&self) -> Option<Self> {
        if !self.is_invertible() {
            return None;
        }
        let determinant = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / determinant, -self.b / determinant);
        let inverse = Self { a, b, tx: b * self.ty - a * self.tx, ty: -b * self.tx - a * self.ty };
        inverse.is_invertible().then_some(inverse)
    }

    /// First this map, then `next`.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let shift = next.apply(Point::new(self.tx, self.ty));
        Self {
            a: next.a * self.a - next.b * self.b,
            b: next.b * self.a + next.a * self.b,
            tx: shift.x,
            ty: shift.y,
        }
    }
}

fn mean(points: &[Point]) -> (f64, f64) {
    let count = points.len() as f64;
    let sum = points.iter().fold((0.0, 0.0), |sum, p| (sum.0 + f64::from(p.x), sum.1 + f64::from(p.y)));
    (sum.0 / count, sum.1 / count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(left: Point, right: Point, tolerance: f32) -> bool {
        left.distance(right) <= tolerance
    }

    fn points() -> impl Strategy<Value = Vec<Point>> {
        let point = (0.0f32..4000.0, 0.0f32..4000.0).prop_map(|(x, y)| Point::new(x, y));
        proptest::collection::vec(point, 2..40)
            .prop_filter("spread", |points| points.iter().any(|p| p.distance(points[0]) > 20.0))
    }

    fn transforms() -> impl Strategy<Value = SimilarityTransform> {
        (0.02f32..20.0, -3.1f32..3.1, -2000.0f32..2000.0, -2000.0f32..2000.0).prop_map(
            |(scale, angle, x, y)| {
                SimilarityTransform::about(Point::default(), Point::new(x, y), scale, angle)
            },
        )
    }

    proptest! {
        #[test]
        fn fit_recovers_a_known_transform(known in transforms(), from in points()) {
            let to: Vec<_> = from.iter().map(|&point| known.apply(point)).collect();
            let fitted = SimilarityTransform::fit(&from, &to).unwrap();
            for (&from, &to) in from.iter().zip(&to) {
                prop_assert!(close(fitted.apply(from), to, 0.002 * (1.0 + known.scale() * 100.0)));
            }
        }

        #[test]
        fn inverse_leads_back(known in transforms(), from in points()) {
            let inverse = known.inverse().unwrap();
            for point in from {
                prop_assert!(close(inverse.apply(known.apply(point)), point, 0.2));
            }
        }

        #[test]
        fn fit_is_better_than_its_neighbours(from in points(), known in transforms(), noise in points()) {
            let to: Vec<_> = from.iter().zip(noise.iter().cycle()).map(|(&point, noise)| {
                let image = known.apply(point);
                Point::new(image.x + noise.x / 400.0, image.y + noise.y / 400.0)
            }).collect();
            let fitted = SimilarityTransform::fit(&from, &to).unwrap();
            let cost = |map: &SimilarityTransform| -> f64 {
                from.iter().zip(&to).map(|(&from, &to)| f64::from(map.apply(from).distance(to)).powi(2)).sum()
            };
            let least = cost(&fitted);
            for step in [-0.01f32, 0.01] {
                let moved = SimilarityTransform { tx: fitted.tx + 100.0 * step, ..fitted };
                let turned = SimilarityTransform { b: fitted.b + step, ..fitted };
                prop_assert!(cost(&moved) >= least * 0.9999 - 1e-3);
                prop_assert!(cost(&turned) >= least * 0.9999 - 1e-3);
            }
        }
    }

    #[test]
    fn fit_never_reflects() {
        let from = [Point::new(0.0, 0.0), Point::new(2.0, 0.0), Point::new(0.0, 1.0)];
        let mirrored = from.map(|point| Point::new(-point.x, point.y));
        let fitted = SimilarityTransform::fit(&from, &mirrored).unwrap();
        assert!(fitted.scale() < 1.0, "a mirrored shape cannot be met, only approached: {fitted:?}");
    }

    #[test]
    fn fit_refuses_what_has_no_answer() {
        let same = [Point::new(3.0, 3.0); 4];
        let apart = [Point::new(0.0, 0.0), Point::new(1.0, 0.0), Point::new(1.0, 1.0), Point::new(0.0, 2.0)];
        assert_eq!(SimilarityTransform::fit(&same, &apart), None);
        assert_eq!(SimilarityTransform::fit(&apart, &same), None);
        assert_eq!(SimilarityTransform::fit(&apart[..1], &apart[..1]), None);
        assert_eq!(SimilarityTransform::fit(&apart, &apart[..3]), None);
        let mut broken = apart;
        broken[2].x = f32::NAN;
        assert_eq!(SimilarityTransform::fit(&broken, &apart), None);
    }

    #[test]
    fn quarter_turn_is_clockwise_as_seen() {
        let turn =
            SimilarityTransform::about(Point::default(), Point::default(), 1.0, std::f32::consts::FRAC_PI_2);
        assert!(close(turn.apply(Point::new(1.0, 0.0)), Point::new(0.0, 1.0), 1e-6));
    }

    #[test]
    fn maps_follow_one_another() {
        let first = SimilarityTransform::about(Point::new(1.0, 2.0), Point::new(5.0, 5.0), 2.0, 0.3);
        let second = SimilarityTransform::about(Point::new(4.0, 2.0), Point::new(0.0, 1.0), 0.5, -1.0);
        let point = Point::new(7.0, -3.0);
        assert!(close(first.then(&second).apply(point), second.apply(first.apply(point)), 1e-4));
    }

    #[test]
    fn pixel_index_maps_move_by_half_a_pixel() {
        let map = SimilarityTransform::about(Point::new(10.0, 20.0), Point::new(3.0, 4.0), 0.5, 0.7);
        let moved = map.from_pixel_indices();
        let index = Point::new(13.0, 8.0);
        let expected = map.apply(index);
        let actual = moved.apply(Point::new(index.x + 0.5, index.y + 0.5));
        assert!(close(actual, Point::new(expected.x + 0.5, expected.y + 0.5), 1e-4));
    }
}
