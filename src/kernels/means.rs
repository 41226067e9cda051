//! What pixels count in means around each pixel, along one axis.

/// The weights of `passes` means of so many pixels to each side, one after the other, as multiples
/// of the smallest.
pub fn weights(side: usize, passes: usize) -> Vec<f32> {
    (0..passes).fold(vec![1.0], |weights, _| {
        let mut wider = vec![0.0; weights.len() + side - 1];
        for (at, weight) in weights.iter().enumerate() {
            wider[at..at + side].iter_mut().for_each(|w| *w += weight);
        }
        wider
    })
}

/// What the weighted sum around each of so many pixels in a row is multiplied by to be the mean of
/// those that there are.
pub fn shares(weights: &[f32], count: usize) -> Vec<f32> {
    let reach = weights.len() / 2;
    let seen = |x: usize| {
        let (first, last) = (reach.saturating_sub(x), count + reach - x);
        weights[first..last.min(weights.len())].iter().sum::<f32>()
    };
    (0..count).map(|x| 1.0 / seen(x)).collect()
}
