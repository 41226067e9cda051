//! Names that stand for several.

use std::ffi::OsStr;

/// Names with `*` for any letters and `?` for any one.
pub struct Pattern(Vec<char>);

impl Pattern {
    /// A name that is a pattern; `None` for one that means itself.
    pub fn new(name: &OsStr) -> Option<Self> {
        let name = name.to_string_lossy();
        name.contains(['*', '?'])
            .then(|| Self(name.chars().collect()))
    }

    /// Whether a name fits.
    pub fn fits(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        // Which beginnings of the name the pattern so far stands for.
        let mut fits = vec![false; name.len() + 1];
        fits[0] = true;
        for &p in &self.0 {
            let before = fits.clone();
            for i in 0..=name.len() {
                fits[i] = match p {
                    '*' => before[..=i].contains(&true),
                    '?' => i > 0 && before[i - 1],
                    p => i > 0 && before[i - 1] && name[i - 1] == p,
                };
            }
        }
        fits[name.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_names() {
        let fits = |p: &str, name| Pattern::new(OsStr::new(p)).unwrap().fits(name);
        assert!(fits("*20200111*", "T18SVG_20200111T154901_B02.tif"));
        assert!(fits("T??SVG*", "T18SVG") && fits("*", "") && fits("a*b*c", "axbxbc"));
        assert!(!fits("*20200111*", "T18SVG_20200101T154901_B02.tif"));
        assert!(!fits("?", "") && !fits("a*", "ba"));
        assert!(Pattern::new(OsStr::new("plain")).is_none());
    }
}
