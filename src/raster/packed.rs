//! Planes that are kept for a while, in as little memory as their values need.

use ndarray::{Array2, s};

use super::grid::Rect;
use super::plane::Plane;
use crate::error::Result;
use crate::memory::{copy, map, zeros};

/// A piece of a band.
pub struct Packed {
    /// Which pixels of the band it holds.
    pub rect: Rect,
    values: Values,
    /// The invalid pixels, as fine as the band's mask is.
    invalid: Option<Array2<bool>>,
}

enum Values {
    /// Whole numbers, as almost all products hold.
    Short(Array2<u16>),
    Float(Array2<f32>),
}

impl Packed {
    /// Packs what was read of a rectangle of a band.
    pub fn new(rect: Rect, plane: Plane) -> Result<Self> {
        let short = |v: &f32| f32::from(*v as u16).to_bits() == v.to_bits();
        let values = match plane.data.iter().all(short) {
            true => Values::Short(map(plane.data.view(), |v| *v as u16)?),
            false => Values::Float(plane.data),
        };
        Ok(Self {
            rect,
            values,
            invalid: plane.invalid,
        })
    }

    /// The part of it that lies in a rectangle.
    pub fn part(&self, rect: Rect) -> Result<Self> {
        let rect = rect.intersect(&self.rect);
        let at = rect.relative_to((self.rect.x, self.rect.y));
        let values = match &self.values {
            Values::Short(all) => Values::Short(copy(all.slice(cut(at)))?),
            Values::Float(all) => Values::Float(copy(all.slice(cut(at)))?),
        };
        let invalid = self.invalid.as_ref();
        let invalid = invalid
            .map(|mask| copy(mask.slice(cut(at.finer(self.fineness(mask))))))
            .transpose()?;
        Ok(Self {
            rect,
            values,
            invalid,
        })
    }

    /// Whether any of its pixels is invalid.
    pub fn has_invalid(&self) -> bool {
        self.invalid.is_some()
    }

    /// How many pixels of the mask are along a side of one of the band.
    fn fineness(&self, mask: &Array2<bool>) -> i64 {
        mask.ncols() as i64 / self.rect.w
    }
}

fn cut(r: Rect) -> ndarray::SliceInfo<[ndarray::SliceInfoElem; 2], ndarray::Ix2, ndarray::Ix2> {
    s![r.y as usize..r.y1() as usize, r.x as usize..r.x1() as usize]
}

/// What pieces, which cover it, show of a rectangle.
pub fn unpacked<'a>(rect: Rect, pieces: impl IntoIterator<Item = &'a Packed>) -> Result<Plane> {
    let mut data: Array2<f32> = zeros((rect.h as usize, rect.w as usize))?;
    let mut invalid: Option<Array2<bool>> = None;
    for piece in pieces {
        let both = rect.intersect(&piece.rect);
        let (from, to) = (
            both.relative_to((piece.rect.x, piece.rect.y)),
            both.relative_to((rect.x, rect.y)),
        );
        let mut target = data.slice_mut(cut(to));
        match &piece.values {
            Values::Short(all) => {
                target.zip_mut_with(&all.slice(cut(from)), |to, v| *to = f32::from(*v));
            }
            Values::Float(all) => target.assign(&all.slice(cut(from))),
        }
        let Some(mask) = &piece.invalid else {
            continue;
        };
        let k = piece.fineness(mask);
        let seen = mask.slice(cut(from.finer(k)));
        if !seen.iter().any(|&bad| bad) {
            continue;
        }
        let mut all = match invalid.take() {
            Some(all) => all,
            None => zeros(((rect.h * k) as usize, (rect.w * k) as usize))?,
        };
        all.slice_mut(cut(to.finer(k))).assign(&seen);
        invalid = Some(all);
    }
    Ok(Plane { data, invalid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_give_back_what_they_were_made_of() {
        for odd in [7.0, -1.0, 0.5, f32::NAN, -0.0, 70000.0] {
            let whole = Rect::new(3, 5, 8, 6);
            let data = Array2::from_shape_fn((6, 8), |(r, c)| match (r, c) {
                (4, 1) => odd,
                _ => (r * 1000 + c) as f32,
            });
            let mask = Array2::from_shape_fn((12, 16), |(r, c)| r == 9 && c == 2);
            let pieces: Vec<Packed> = [
                Rect::new(3, 5, 8, 3),
                Rect::new(3, 8, 5, 3),
                Rect::new(8, 8, 3, 3),
            ]
            .map(|rect| {
                let at = rect.relative_to((3, 5));
                let plane = Plane {
                    data: data.slice(cut(at)).to_owned(),
                    invalid: Some(mask.slice(cut(at.finer(2))).to_owned()),
                };
                Packed::new(rect, plane).unwrap()
            })
            .into();
            let plane = unpacked(whole, &pieces).unwrap();
            let bits = |a: &Array2<f32>| a.mapv(f32::to_bits);
            assert_eq!(bits(&plane.data), bits(&data));
            assert_eq!(plane.invalid, Some(mask.clone()));
            // A part of them, where nothing is invalid.
            let part = Rect::new(5, 6, 4, 4);
            let cropped: Vec<Packed> = pieces.iter().map(|p| p.part(part).unwrap()).collect();
            let plane = unpacked(part, &cropped).unwrap();
            assert_eq!(plane.data, data.slice(s![1..5, 2..6]));
            assert_eq!(plane.invalid, None);
        }
    }
}
