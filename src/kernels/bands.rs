//! What a regression is of: bands, and the numbers that it goes by.

/// The numbers of a regression.
#[derive(Clone, Copy)]
pub struct Settings {
    /// Detail is what a band differs by from its mean over so many pixels to each side.
    pub mean: usize,
    /// The regression's window, in pixels to each side.
    pub window: usize,
    /// Means over the window one after the other: with more than one, what is nearer counts for more.
    pub passes: usize,
    /// The variance that means nothing.
    pub noise: f32,
    /// The share of each guide's variance that is added to it.
    pub ridge: f32,
}

impl Settings {
    /// How far the window reaches.
    pub fn reach(&self) -> usize {
        self.window / 2 * self.passes
    }
}

/// Images of one size: planes of the guides and of the targets.
#[derive(Clone, Copy)]
pub struct Bands<'a> {
    pub guide: &'a [f32],
    pub target: &'a [f32],
    /// What is known of the targets' detail, a plane for each: it is taken off.
    pub known: Option<&'a [f32]>,
    pub guides: usize,
    pub targets: usize,
    pub size: (usize, usize),
}

impl Bands<'_> {
    /// The plane of a band, guides before targets.
    pub fn plane(&self, band: usize) -> &[f32] {
        let (rows, cols) = self.size;
        match band.checked_sub(self.guides) {
            None => &self.guide[band * rows * cols..][..rows * cols],
            Some(target) => &self.target[target * rows * cols..][..rows * cols],
        }
    }
}
