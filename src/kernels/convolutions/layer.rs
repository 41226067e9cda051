//! One layer of a chain of convolutions.

use crate::kernels::winograd::Weights;

/// One convolution.
pub struct Layer {
    pub weights: Weights,
    pub channels: usize,
    pub after: After,
}

/// What is done with the result of a convolution.
#[derive(Clone, Copy, Default)]
pub struct After {
    pub relu: bool,
    /// Whether the input of the layer before is added, ahead of the ReLU.
    pub add: bool,
}
