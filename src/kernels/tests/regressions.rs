//! The local regression against its equations.

use std::collections::HashMap;

use super::super::bands::{Bands, Settings};
use super::super::regression::run;
use super::super::simd::Level;
use super::{Alone, noise};

/// What the function's body says, in double precision: all outputs, plane after plane.
fn regressed(bands: Bands, s: Settings) -> Vec<Vec<f64>> {
    let (rows, cols) = bands.size;
    // The mean around each pixel, by what a pixel so far down and to the right counts.
    let mean = |values: &[f64], reach: isize, weight: &dyn Fn(isize, isize) -> f64| -> Vec<f64> {
        let near = |i: usize, n: usize| {
            (-reach..=reach).filter(move |d| (0..n as isize).contains(&(i as isize + d)))
        };
        let places = (0..rows).flat_map(|y| (0..cols).map(move |x| (y, x)));
        places
            .map(|(y, x)| {
                let (mut sum, mut total) = (0.0, 0.0);
                for (v, u) in near(y, rows).flat_map(|v| near(x, cols).map(move |u| (v, u))) {
                    let at = (y as isize + v) * cols as isize + x as isize + u;
                    sum += weight(v, u) * values[at as usize];
                    total += weight(v, u);
                }
                sum / total
            })
            .collect()
    };
    let side = s.window / 2;
    // How many ways lead so far in as many steps as there are passes.
    let ways = |far: isize| {
        let mut ways = HashMap::from([(0, 1.0)]);
        for _ in 0..s.passes {
            let mut next = HashMap::new();
            for (at, count) in ways {
                for step in -(side as isize)..=side as isize {
                    *next.entry(at + step).or_insert(0.0) += count;
                }
            }
            ways = next;
        }
        ways.get(&far).copied().unwrap_or(0.0)
    };
    let counts: Vec<f64> = (0..=(side * s.passes) as isize).map(ways).collect();
    let product = |a: &[f64], b: &[f64]| {
        mean(
            &a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<_>>(),
            (side * s.passes) as isize,
            &|down, right| counts[down.unsigned_abs()] * counts[right.unsigned_abs()],
        )
    };
    let mut details: Vec<Vec<f64>> = [bands.guide, bands.target]
        .iter()
        .flat_map(|image| image.chunks(rows * cols))
        .map(|plane| {
            let plane: Vec<f64> = plane.iter().map(|v| f64::from(*v)).collect();
            let mean = mean(&plane, s.mean as isize / 2, &|_, _| 1.0);
            plane.iter().zip(mean).map(|(v, m)| v - m).collect()
        })
        .collect();
    let (guides, targets) = details.split_at_mut(bands.guides);
    for (value, known) in targets
        .iter_mut()
        .flatten()
        .zip(bands.known.unwrap_or_default())
    {
        *value -= f64::from(*known);
    }
    let noise = f64::from(s.noise);
    let deviation =
        |d: &Vec<f64>| -> Vec<f64> { product(d, d).iter().map(|v| (v + noise).sqrt()).collect() };
    let (of_guides, of_targets): (Vec<_>, Vec<_>) = (
        guides.iter().map(deviation).collect(),
        targets.iter().map(deviation).collect(),
    );
    let mut planes: Vec<Vec<f64>> = [&of_guides[..], &of_targets[..], targets].concat();
    let mut slopes = Vec::new();
    let gram: Vec<Vec<Vec<f64>>> = guides
        .iter()
        .map(|a| guides.iter().map(|b| product(a, b)).collect())
        .collect();
    for (target, own) in targets.iter().zip(&of_targets) {
        let mixed: Vec<Vec<f64>> = guides.iter().map(|g| product(target, g)).collect();
        for (mixed, guide) in mixed.iter().zip(&of_guides) {
            let values = mixed.iter().zip(guide).zip(own);
            planes.push(values.map(|((m, g), t)| m / (g * t)).collect());
        }
        let n = guides.len();
        let solved: Vec<Vec<f64>> = (0..rows * cols)
            .map(|p| {
                let mut m: Vec<Vec<f64>> = (0..n)
                    .map(|i| (0..n).map(|j| gram[i][j][p]).chain([mixed[i][p]]).collect())
                    .collect();
                for i in 0..n {
                    m[i][i] += f64::from(s.ridge) * gram[i][i][p] + noise;
                }
                for k in 0..n {
                    for i in (0..n).filter(|i| *i != k) {
                        let factor = m[i][k] / m[k][k];
                        for j in k..=n {
                            m[i][j] -= factor * m[k][j];
                        }
                    }
                }
                (0..n).map(|i| m[i][n] / m[i][i]).collect()
            })
            .collect();
        slopes.extend((0..n).map(|g| solved.iter().map(|s| s[g]).collect()));
    }
    planes.extend(slopes);
    planes
}

#[test]
fn a_local_regression_gives_what_its_equations_give() {
    for (guides, targets, mean, window, passes) in [
        (4, 6, 3, 9, 1),
        (4, 6, 3, 3, 3),
        (10, 2, 3, 5, 1),
        (2, 1, 5, 5, 2),
        (1, 1, 1, 3, 1),
    ] {
        let settings = Settings {
            mean,
            window,
            passes,
            noise: 1e-4,
            ridge: 0.05,
        };
        for size in [(1, 1), (5, 19), (40, 70)] {
            let guide = noise(guides * size.0 * size.1, 3);
            let target = noise(targets * size.0 * size.1, 4);
            let known = noise(targets * size.0 * size.1, 5);
            let bands = Bands {
                guide: &guide,
                target: &target,
                known: (targets < 3).then_some(&known[..]),
                guides,
                targets,
                size,
            };
            let all = regressed(bands, settings);
            // All, and the slopes alone.
            let slopes = &all[all.len() - guides * targets..];
            for (level, wanted) in Level::all().flat_map(|l| [(l, &all[..]), (l, slopes)]) {
                let mut made = vec![vec![f32::NAN; size.0 * size.1]; wanted.len()];
                let planes = made.iter_mut().map(|p| &mut p[..]).collect();
                run(level, &Alone::default(), settings, bands, planes).unwrap();
                for (plane, (made, wanted)) in made.iter().zip(wanted).enumerate() {
                    for (a, b) in made.iter().zip(wanted) {
                        let off = (f64::from(*a) - b).abs();
                        assert!(off < 1e-4, "{size:?}, plane {plane}: {a}, not {b}");
                    }
                }
            }
        }
    }
}
