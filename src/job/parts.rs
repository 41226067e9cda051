//! A plan in parts that no network computes together, for whoever wants some of the bands only.

use std::sync::Arc;

use super::{Job, Maker};

/// A part of a plan.
pub struct Part {
    /// The plan of these rasters alone. What it reads is numbered as in the whole.
    pub job: Arc<Job>,
    /// The rasters that it gives, as the whole counts them: its bands, then the scene
    /// classification, then the mask.
    pub planes: Vec<usize>,
    /// Which of the whole's fusing networks it takes.
    pub fusions: Vec<usize>,
    /// Which of those that enlarge single bands.
    pub singles: Vec<usize>,
}

impl Job {
    /// All parts. What one network gives at once stays together, and with a mask, which looks at
    /// every band, all does.
    pub fn parts(&self) -> Vec<Part> {
        let bands = self.outputs.len();
        if self.mask {
            return vec![self.part((0..bands).collect(), self.classes)];
        }
        let fusion = |o: usize| match self.outputs[o].maker {
            Maker::Fused(f, _) | Maker::Error(f, _) | Maker::FusedEnlarged(f, ..) => Some(f),
            Maker::Copy(_) | Maker::Enlarged(..) => None,
        };
        let mut parts: Vec<(Option<usize>, Vec<usize>)> = Vec::new();
        for o in 0..bands {
            let f = fusion(o);
            match parts.iter_mut().find(|p| f.is_some() && p.0 == f) {
                Some((_, together)) => together.push(o),
                None => parts.push((f, vec![o])),
            }
        }
        let classes = self.classes.then(|| self.part(Vec::new(), true));
        let parts = parts.into_iter().map(|(_, outputs)| outputs);
        parts
            .map(|outputs| self.part(outputs, false))
            .chain(classes)
            .collect()
    }

    fn part(&self, mut planes: Vec<usize>, classes: bool) -> Part {
        let (mut fusions, mut singles) = (Vec::new(), Vec::new());
        let mut outputs = Vec::new();
        for &o in &planes {
            let mut output = self.outputs[o].clone();
            output.maker = match output.maker {
                Maker::Copy(n) => Maker::Copy(n),
                Maker::Fused(f, c) => Maker::Fused(place(&mut fusions, f), c),
                Maker::Error(f, c) => Maker::Error(place(&mut fusions, f), c),
                Maker::Enlarged(n, s) => Maker::Enlarged(n, place(&mut singles, s)),
                Maker::FusedEnlarged(f, c, s) => {
                    Maker::FusedEnlarged(place(&mut fusions, f), c, place(&mut singles, s))
                }
            };
            outputs.push(output);
        }
        let bands = self.outputs.len();
        planes.extend(classes.then_some(bands));
        planes.extend(self.mask.then_some(bands + usize::from(self.classes)));
        let files = fusions.iter().copied();
        let files = files.chain(singles.iter().map(|s| self.fusions.len() + s));
        let job = Job {
            outputs,
            classes,
            models: files.filter_map(|m| self.models.get(m).cloned()).collect(),
            fusions: fusions.iter().map(|&f| self.fusions[f].clone()).collect(),
            singles: singles.iter().map(|&s| self.singles[s].clone()).collect(),
            ..self.clone()
        };
        Part {
            job: Arc::new(job),
            planes,
            fusions,
            singles,
        }
    }
}

/// The place of a number in a list, where it is put if it is missing.
fn place(list: &mut Vec<usize>, number: usize) -> usize {
    list.iter().position(|n| *n == number).unwrap_or_else(|| {
        list.push(number);
        list.len() - 1
    })
}
