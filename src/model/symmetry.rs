//! The eight ways to turn and mirror an image. The mean over a network's answers to all of them is
//! a little better than any one answer (geometric self-ensemble: Lim et al. 2017, arXiv 1707.02921,
//! section 3.4).

use ndarray::{Array4, ArrayView4, Axis};

use crate::error::Result;
use crate::memory::copy;

/// One of the eight: mirrored in rows and columns, then those exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symmetry {
    rows: bool,
    columns: bool,
    exchanged: bool,
}

impl Symmetry {
    /// All but the one that changes nothing.
    pub const OTHERS: [Symmetry; 7] = {
        let mut others = [Symmetry {
            rows: false,
            columns: false,
            exchanged: false,
        }; 7];
        let mut i = 1;
        while i < 8 {
            others[i - 1] = Symmetry {
                rows: i & 1 != 0,
                columns: i & 2 != 0,
                exchanged: i & 4 != 0,
            };
            i += 1;
        }
        others
    };

    /// The image (batch, bands, rows, columns) in this way.
    pub fn apply(self, image: &Array4<f32>) -> Result<Array4<f32>> {
        let mut view = image.view();
        self.mirror(&mut view);
        if self.exchanged {
            view.swap_axes(2, 3);
        }
        copy(view)
    }

    /// An image in this way, as it was.
    pub fn undo(self, image: &Array4<f32>) -> Result<Array4<f32>> {
        let mut view = image.view();
        if self.exchanged {
            view.swap_axes(2, 3);
        }
        self.mirror(&mut view);
        copy(view)
    }

    fn mirror(self, view: &mut ArrayView4<f32>) {
        if self.rows {
            view.invert_axis(Axis(2));
        }
        if self.columns {
            view.invert_axis(Axis(3));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_different_and_can_be_undone() {
        let image = Array4::from_shape_fn((2, 3, 2, 3), |(n, b, r, c)| {
            (n * 100 + b * 30 + r * 7 + c) as f32
        });
        let ways: Vec<_> = Symmetry::OTHERS
            .iter()
            .map(|s| s.apply(&image).unwrap())
            .collect();
        for (i, way) in ways.iter().enumerate() {
            assert_eq!(Symmetry::OTHERS[i].undo(way).unwrap(), image);
            assert!(
                *way != image && ways[..i].iter().all(|other| other != way),
                "way {i} is not new"
            );
        }
    }
}
