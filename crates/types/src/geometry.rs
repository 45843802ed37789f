//! Geometry in the coordinate frame of the displayed photo: origin at the top left corner, x to the right,
//! y down, in pixels, after the EXIF orientation was applied.

/// A position in pixels of the displayed photo.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Distance from the left edge.
    pub x: f32,
    /// Distance from the top edge.
    pub y: f32,
}

impl Point {
    /// A point at (`x`, `y`).
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// Euclidean distance to `other`, in pixels.
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point half-way to `other`.
    #[must_use]
    pub fn midpoint(self, other: Self) -> Self {
        Self::new(self.x.midpoint(other.x), self.y.midpoint(other.y))
    }
}

/// An axis-aligned box in pixels of the displayed photo. It may reach over the photo's edge.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BoundingBox {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Extent to the right, not negative.
    pub width: f32,
    /// Extent downwards, not negative.
    pub height: f32,
}

impl BoundingBox {
    /// A box from its left top corner and extents.
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    /// A box from its left, top, right and bottom edges.
    pub fn from_edges(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self::new(left, top, (right - left).max(0.0), (bottom - top).max(0.0))
    }

    /// The right edge.
    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    /// The bottom edge.
    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }

    /// The middle of the box.
    pub fn center(&self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The area in square pixels.
    pub fn area(&self) -> f32 {
        self.width * self.height
    }

    /// Intersection over union with `other`, in 0..=1; 0 where both are empty.
    pub fn iou(&self, other: &Self) -> f32 {
        let width = self.right().min(other.right()) - self.x.max(other.x);
        let height = self.bottom().min(other.bottom()) - self.y.max(other.y);
        let intersection = width.max(0.0) * height.max(0.0);
        let union = self.area() + other.area() - intersection;
        if union > 0.0 { intersection / union } else { 0.0 }
    }
}

/// The direction in which a head looks, in degrees; all zero when the face looks straight into the camera.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HeadPose {
    /// Turn about the vertical axis: positive when the nose points to the right edge of the photo (the
    /// person looks over their own left shoulder).
    pub yaw_deg: f32,
    /// Nod: positive when the nose points up.
    pub pitch_deg: f32,
    /// Tilt in the plane of the photo: positive when the head is turned clockwise as the viewer sees it (the
    /// eye at the right of the photo lies lower).
    pub roll_deg: f32,
}

impl HeadPose {
    /// How far the head is turned away from a face that looks straight into the camera, in degrees, 0..=180: the
    /// angle of the one rotation that leads from that face to this one. For small angles it is the root of the sum of
    /// the squares of yaw, pitch and roll. Yaw and pitch say where the nose points, roll at which angle the photo
    /// shows the line from ear to ear; from these the axes of the head follow.
    pub fn rotation_deg(&self) -> f32 {
        let [(sin_yaw, cos_yaw), (sin_pitch, cos_pitch), (sin_roll, cos_roll)] =
            [self.yaw_deg, self.pitch_deg, self.roll_deg].map(|degrees| degrees.to_radians().sin_cos());
        // x to the right, y down, z away from the camera.
        let inward = [-sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch];
        // At a right angle to it. A profile has no depth to divide by, so that it gets the least there is.
        let depth = -(cos_roll * inward[0] + sin_roll * inward[1]) / inward[2].max(f32::EPSILON);
        let length = (1.0 + depth * depth).sqrt();
        let across = [cos_roll / length, sin_roll / length, depth / length];
        let down_y = inward[2] * across[0] - inward[0] * across[2];
        let trace = across[0] + down_y + inward[2];
        ((trace - 1.0) / 2.0).clamp(-1.0, 1.0).acos().to_degrees()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_of_a_box_with_itself_is_one() {
        let bounds = BoundingBox::new(3.0, 4.0, 10.0, 20.0);
        assert_eq!(bounds.iou(&bounds), 1.0);
    }

    #[test]
    fn overlap_of_boxes_side_by_side_is_zero() {
        let left = BoundingBox::new(0.0, 0.0, 10.0, 10.0);
        assert_eq!(left.iou(&BoundingBox::new(10.0, 0.0, 10.0, 10.0)), 0.0);
    }

    #[test]
    fn turns_about_each_axis_count_alike_and_add_up() {
        let pose = |yaw_deg, pitch_deg, roll_deg| HeadPose { yaw_deg, pitch_deg, roll_deg }.rotation_deg();
        for (turned, expected) in [
            (pose(0.0, 0.0, 0.0), 0.0),
            (pose(-30.0, 0.0, 0.0), 30.0),
            (pose(0.0, 30.0, 0.0), 30.0),
            (pose(0.0, 0.0, -170.0), 170.0),
            (pose(3.0, 4.0, 0.0), 5.0),
            (pose(2.0, -3.0, 6.0), 7.0),
            (pose(90.0, 0.0, 0.0), 90.0),
            (pose(90.0, 0.0, 180.0), 180.0),
            // A head turned by 40 degrees to the side, in a photo that is turned by 45.
            (pose(30.7, -27.0, 45.0), 59.5),
        ] {
            assert!((turned - expected).abs() < 0.2, "{turned} {expected}");
        }
    }

    #[test]
    fn overlap_of_empty_boxes_is_zero() {
        assert_eq!(BoundingBox::default().iou(&BoundingBox::default()), 0.0);
    }

    #[test]
    fn half_shifted_box_overlaps_by_a_third() {
        let bounds = BoundingBox::new(0.0, 0.0, 10.0, 10.0);
        let overlap = bounds.iou(&BoundingBox::new(5.0, 0.0, 10.0, 10.0));
        assert!((overlap - 1.0 / 3.0).abs() < 1e-6);
    }
}
