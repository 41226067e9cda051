//! Between planes, which networks are given and give, and pixels, which the layers of a chain pass
//! on.

use std::ops::Range;

/// Pixels that are brought over at once: they stay in the nearest cache.
const SOME: usize = 256;
/// Channels that are brought over at once: as many as are stored together.
const GROUP: usize = 4;

/// Channels of what goes in, as planes one after the other.
#[derive(Clone, Copy)]
pub struct Planes<'a> {
    pub values: &'a [f32],
    /// 1, or 2 where the four phases of a channel are planes of their own (channel, phase).
    pub side: usize,
}

impl<'a> Planes<'a> {
    /// How many channels there are in an image of so many pixels.
    fn channels(&self, (rows, cols): (usize, usize)) -> usize {
        self.values.len() / (rows * cols)
    }

    /// Of a row of a channel, the pixels with the phase `across`.
    fn row(
        &self,
        (rows, cols): (usize, usize),
        channel: usize,
        y: usize,
        across: usize,
    ) -> &'a [f32] {
        let (high, wide) = (rows / self.side, cols / self.side);
        let plane = (channel * self.side + y % self.side) * self.side + across;
        &self.values[(plane * high + y / self.side) * wide..][..wide]
    }
}

/// A row of all images' channels to pixels of so many numbers.
pub fn gather(
    images: &[Planes],
    size: (usize, usize),
    (y, columns): (usize, Range<usize>),
    (line, pixel): (&mut [f32], usize),
) {
    for (part, some) in line.chunks_mut(SOME * pixel).zip(by(SOME, columns)) {
        let mut first = 0;
        for image in images {
            let channels = image.channels(size);
            for across in 0..image.side {
                let (at, place) = every(image.side, across, some.start);
                let count = some.len().saturating_sub(at).div_ceil(image.side);
                let row = |c: usize| &image.row(size, c, y, across)[place..][..count];
                let grouped = channels - channels % GROUP;
                for c in (0..grouped).step_by(GROUP) {
                    let values = row(c)
                        .iter()
                        .zip(row(c + 1))
                        .zip(row(c + 2))
                        .zip(row(c + 3));
                    for (pixel, (((a, b), c), d)) in
                        every_mut(part, pixel, (image.side, at), first + c).zip(values)
                    {
                        pixel[..GROUP].copy_from_slice(&[*a, *b, *c, *d]);
                    }
                }
                for c in grouped..channels {
                    for (pixel, value) in
                        every_mut(part, pixel, (image.side, at), first + c).zip(row(c))
                    {
                        pixel[0] = *value;
                    }
                }
            }
            first += channels;
        }
    }
}

/// A row of pixels of so many numbers to the planes that it belongs to, as wide as this; of a result
/// that is folded (phase, channel) so many times, down and across, to those of its phases.
pub fn scatter(
    (made, pixel): (&[f32], usize),
    planes: &mut [&mut [f32]],
    (fold, wide): (usize, usize),
    (y, columns): (usize, Range<usize>),
) {
    let channels = planes.len() / (fold * fold);
    let from = y / fold * wide;
    let phases = planes.chunks_mut(channels).skip(y % fold * fold).take(fold);
    let mut phases: Vec<_> = phases.collect();
    for (part, some) in made.chunks(SOME * pixel).zip(by(SOME, columns)) {
        for (across, planes) in phases.iter_mut().enumerate() {
            let (at, place) = every(fold, across, some.start);
            let count = some.len().saturating_sub(at).div_ceil(fold);
            let pixels = |first: usize| {
                let part = part.get(at * pixel + first..).unwrap_or_default();
                part.chunks(fold * pixel)
            };
            let places = from + place..from + place + count;
            for (group, planes) in planes.chunks_mut(GROUP).enumerate() {
                if let [a, b, c, d] = planes {
                    let rows = a[places.clone()]
                        .iter_mut()
                        .zip(&mut b[places.clone()])
                        .zip(&mut c[places.clone()])
                        .zip(&mut d[places.clone()]);
                    for (pixel, (((a, b), c), d)) in pixels(group * GROUP).zip(rows) {
                        [*a, *b, *c, *d] = [pixel[0], pixel[1], pixel[2], pixel[3]];
                    }
                    continue;
                }
                for (channel, plane) in (group * GROUP..).zip(planes) {
                    for (pixel, value) in pixels(channel).zip(&mut plane[places.clone()]) {
                        *value = pixel[0];
                    }
                }
            }
        }
    }
}

/// The first pixel from a column on that has the phase `across` of `side`: after how many, and its
/// place among those of the phase.
fn every(side: usize, across: usize, column: usize) -> (usize, usize) {
    let first = column.saturating_sub(across).div_ceil(side);
    (first * side + across - column, first)
}

/// Of pixels of so many numbers, those of a phase (side, first) from this number on.
fn every_mut(
    part: &mut [f32],
    pixel: usize,
    (side, at): (usize, usize),
    from: usize,
) -> std::slice::ChunksMut<'_, f32> {
    let part = part.get_mut(at * pixel + from..).unwrap_or_default();
    part.chunks_mut(side * pixel)
}

/// The range in parts of this length.
fn by(length: usize, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range
        .step_by(length)
        .map(move |start| start..end.min(start + length))
}
