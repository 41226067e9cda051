use super::*;

fn ramp(cols: i64, rows: i64) -> InMemory {
    InMemory(Plane {
        data: Array2::from_shape_fn((rows as usize, cols as usize), |(r, c)| {
            (r * 100 + c) as f32
        }),
        invalid: None,
    })
}

#[test]
fn margins_are_mirrored_at_the_edge_and_real_inside() {
    let w = read_window(&mut ramp(5, 4), Rect::new(0, 0, 5, 4), 7).unwrap();
    assert_eq!(w.data.dim(), (18, 19));
    assert_eq!(w.data[(7, 7)], 0.0);
    assert_eq!(w.data[(7, 6)], 0.0);
    assert_eq!(w.data[(6, 5)], 1.0);
    assert_eq!(w.data[(7, 12)], 4.0);
    assert_eq!(w.data[(7, 0)], 3.0);
    let inner = read_window(&mut ramp(50, 40), Rect::new(20, 20, 3, 3), 2).unwrap();
    assert_eq!(inner.data[(0, 0)], 1818.0);
}

#[test]
fn a_window_sees_the_same_pixels_as_the_whole_with_holes_too() {
    let mut source = ramp(60, 60);
    // The last of them is filled from above in part, from beyond what the network sees.
    let bad = Array2::from_shape_fn((60, 60), |(r, c)| {
        r + c < 35 || (r == 50 && c == 50) || ((15..25).contains(&r) && c > 40)
    });
    source.0.invalid = Some(bad.clone());
    let margin = 6;
    let whole = read_window(&mut source, Rect::new(0, 0, 60, 60), margin).unwrap();
    for rect in [
        Rect::new(0, 0, 20, 20),
        Rect::new(17, 18, 9, 1),
        Rect::new(44, 44, 16, 16),
        Rect::new(50, 25, 4, 4),
    ] {
        let part = read_window(&mut source, rect, margin).unwrap();
        for r in 0..rect.h + 2 * margin {
            for c in 0..rect.w + 2 * margin {
                // Only what a valid pixel of the window can see has to agree.
                let sees = (-margin..=margin).any(|dy| {
                    (-margin..=margin).any(|dx| {
                        let (y, x) = (r - margin + dy, c - margin + dx);
                        (0..rect.h).contains(&y)
                            && (0..rect.w).contains(&x)
                            && !bad[((rect.y + y) as usize, (rect.x + x) as usize)]
                    })
                });
                if sees {
                    let (y, x) = ((r + rect.y) as usize, (c + rect.x) as usize);
                    assert_eq!(
                        part.data[(r as usize, c as usize)],
                        whole.data[(y, x)],
                        "{rect:?} {r} {c}"
                    );
                }
            }
        }
    }
}

#[test]
fn an_invalid_pixel_marks_what_it_covers_and_no_more() {
    // A 60 m pixel on a 10 m target counted in 10 m lattice pixels.
    let mut target = Array2::from_elem((12, 12), false);
    let mut mask = Array2::from_elem((3, 3), false);
    mask[(1, 1)] = true;
    mark(
        &mut target,
        Rect::new(5, 11, 12, 12),
        1,
        &mask,
        Rect::new(5, 5, 18, 18),
    );
    assert_eq!(target.iter().filter(|&&b| b).count(), 36);
    assert!(target[(0, 6)] && target[(5, 11)] && !target[(6, 6)]);
    // A 10 m pixel on a 5 m target.
    let mut target = Array2::from_elem((6, 6), false);
    let mut mask = Array2::from_elem((3, 3), false);
    mask[(0, 2)] = true;
    mark(
        &mut target,
        Rect::new(0, 0, 3, 3),
        2,
        &mask,
        Rect::new(0, 0, 3, 3),
    );
    assert_eq!(
        target
            .indexed_iter()
            .filter(|(_, b)| **b)
            .map(|(p, _)| p)
            .collect::<Vec<_>>(),
        [(0, 4), (0, 5), (1, 4), (1, 5)]
    );
}

#[test]
fn repeated_pixels_average_back_exactly() {
    let coarse = Array2::from_shape_fn((3, 4), |(r, c)| (r * 977 + c * 31) as f32);
    let fine = Array2::from_shape_fn((18, 24), |(r, c)| coarse[(r / 6, c / 6)]);
    assert_eq!(
        block_means(
            &Plane {
                data: fine,
                invalid: None
            },
            6
        )
        .unwrap()
        .data,
        coarse
    );
}

#[test]
fn means_are_of_the_valid_pixels_and_what_has_none_is_filled() {
    // Pixels of 2 x 2 finer ones: whole, half a hole, and a hole.
    let fine = Plane {
        data: Array2::from_shape_fn((2, 6), |(r, c)| [7.0, 9000.0][usize::from(c > 1 && r == 0)]),
        invalid: Some(Array2::from_shape_fn((2, 6), |(r, c)| {
            c > 3 || (c > 1 && r == 0)
        })),
    };
    let means = block_means(&fine, 2).unwrap();
    assert_eq!(means.data.as_slice().unwrap()[..2], [7.0, 7.0]);
    assert_eq!(means.invalid, fine.invalid);
    // Its mask stays as fine as it is, also where it is mirrored.
    struct Means(Plane);
    impl Source for Means {
        fn size(&self) -> (i64, i64) {
            (3, 1)
        }
        fn read(&mut self, _: Rect) -> Result<Plane> {
            Ok(self.0.clone())
        }
    }
    let seen = read_window(&mut Means(means), Rect::new(0, 0, 3, 1), 3).unwrap();
    assert!(seen.data.iter().all(|v| *v == 7.0), "{}", seen.data);
    assert_eq!(seen.invalid, fine.invalid);
}
