//! What holds for every image that is enlarged or degraded.

use ndarray::{Array2, s};
use proptest::prelude::*;

use super::*;

/// Images whose sides are whole multiples of a factor, with that factor.
fn image() -> impl Strategy<Value = (Array2<f32>, usize)> {
    (
        prop::sample::select(vec![2usize, 3, 6]),
        2usize..5,
        2usize..5,
    )
        .prop_flat_map(|(k, h, w)| {
            let shape = (h * k, w * k);
            prop::collection::vec(0f32..10_000.0, shape.0 * shape.1)
                .prop_map(move |values| (Array2::from_shape_vec(shape, values).unwrap(), k))
        })
}

/// Whether two images are one, up to rounding.
fn alike(a: &Array2<f32>, b: &Array2<f32>) -> bool {
    a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 0.05)
}

proptest! {
    #[test]
    fn constants_stay_constants(value in 0f32..10_000.0, (a, k) in image()) {
        let flat = Array2::from_elem(a.dim(), value);
        let constant = |a: &Array2<f32>| a.iter().all(|v| (v - value).abs() <= 0.01);
        prop_assert!(constant(&bicubic(&flat, k).unwrap()));
        prop_assert!(constant(&degrade(&flat, k).unwrap()));
    }

    #[test]
    fn means_of_blocks_keep_the_sum((a, k) in image()) {
        let plane = Plane { data: a.clone(), invalid: None };
        let means = block_means(&plane, k).unwrap().data;
        let sum = |a: &Array2<f32>| a.iter().map(|v| f64::from(*v)).sum::<f64>();
        let kept = sum(&means) * (k * k) as f64;
        prop_assert!((kept - sum(&a)).abs() <= 1e-5 * sum(&a).max(1.0), "{kept} of {}", sum(&a));
    }

    #[test]
    fn degrading_stays_between_the_darkest_and_the_brightest((a, k) in image()) {
        let (least, most) = a.iter().fold((f32::MAX, f32::MIN), |(l, m), v| (l.min(*v), m.max(*v)));
        let low = degrade(&a, k).unwrap();
        prop_assert!(low.iter().all(|v| (least - 0.01..=most + 0.01).contains(v)));
    }

    #[test]
    fn a_shift_by_a_coarse_pixel_shifts_the_result_by_one((a, k) in image()) {
        // The image three times in a row, so that what is compared is away from the edges.
        let wide = ndarray::concatenate(Axis(1), &[a.view(), a.view(), a.view()]).unwrap();
        let n = a.ncols();
        let part = |from: usize| wide.slice(s![.., from..from + 2 * n]).to_owned();
        let (here, there) = (degrade(&part(0), k).unwrap(), degrade(&part(k), k).unwrap());
        // The Gaussian reaches less than a block.
        let m = here.ncols();
        let inner = |a: &Array2<f32>, from: usize| a.slice(s![.., from..from + m - 4]).to_owned();
        prop_assert!(alike(&inner(&here, 3), &inner(&there, 2)));
        let (here, there) = (bicubic(&part(0), k).unwrap(), bicubic(&part(1), k).unwrap());
        let m = here.ncols();
        let inner = |a: &Array2<f32>, from: usize| a.slice(s![.., from..from + m - 6 * k]).to_owned();
        prop_assert!(alike(&inner(&here, 4 * k), &inner(&there, 3 * k)));
    }

    #[test]
    fn rows_and_columns_are_treated_alike((a, k) in image()) {
        let turned = |a: &Array2<f32>| a.t().to_owned();
        prop_assert!(alike(&turned(&bicubic(&a, k).unwrap()), &bicubic(&turned(&a), k).unwrap()));
        prop_assert!(alike(&turned(&degrade(&a, k).unwrap()), &degrade(&turned(&a), k).unwrap()));
    }

    #[test]
    fn invalid_pixels_spoil_only_their_own_block((a, k) in image(), at in any::<prop::sample::Index>()) {
        let at = at.index(a.len());
        let (r, c) = (at / a.ncols(), at % a.ncols());
        let mut invalid = Array2::from_elem(a.dim(), false);
        invalid[(r, c)] = true;
        let whole = block_means(&Plane { data: a.clone(), invalid: None }, k).unwrap();
        let holed = block_means(&Plane { data: a, invalid: Some(invalid) }, k).unwrap();
        for ((place, was), is) in whole.data.indexed_iter().zip(&holed.data) {
            prop_assert!(place == (r / k, c / k) || was == is);
        }
    }
}
