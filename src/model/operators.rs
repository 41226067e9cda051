//! The operators of ONNX's own domain that a network may use: what networks on images are made of.
//!
//! Left out are those that may never end (Loop, Scan, SequenceMap), that give something else each
//! time, that work on text, sequences, sound or boxes, that repeat over time, that level a whole
//! image (tiles would differ), and whose result is as large as the values say. No network on images
//! needs them, and ONNX Runtime ends the process over some of their mistakes. So does it over those
//! of Einsum, for which MatMul stands in. An operator that is not here is left out until somebody
//! has looked at it.

/// Whether a network may use the operator of this name.
pub fn is_known(name: &[u8]) -> bool {
    [ALONE, TOGETHER, COMPARED, RANK_KEPT, OTHERS, MADE]
        .iter()
        .any(|list| is_in(list, name))
}

/// Whether inputs before the last may be left out, by an empty name.
pub fn has_gaps(name: &[u8]) -> bool {
    is_in("Clip Dropout Pad Resize Slice", name)
}

/// Whether a constant without numbers may be an input: an empty list of lengths, or what is left
/// out.
pub fn takes_empty(name: &[u8]) -> bool {
    is_in("ConstantOfShape Expand Resize Reshape", name)
}

/// Whether the first output has as many dimensions as the first input.
pub fn keeps_rank(name: &[u8]) -> bool {
    is_in(ALONE, name) || is_in(RANK_KEPT, name)
}

/// Whether the inputs are spread to a common shape.
pub fn spreads(name: &[u8]) -> bool {
    is_in(TOGETHER, name) || is_in(COMPARED, name)
}

/// Whether the outputs have the type of the first input.
pub fn keeps_type(name: &[u8]) -> bool {
    [ALONE, TOGETHER, RANK_KEPT, OTHERS]
        .iter()
        .any(|list| is_in(list, name))
        && !is_in(TYPE_CHANGED, name)
}

fn is_in(list: &str, name: &[u8]) -> bool {
    list.split_ascii_whitespace()
        .any(|known| known.as_bytes() == name)
}

/// Number by number.
const ALONE: &str = "
    Abs Acos Acosh Asin Asinh Atan Atanh Cast CastLike Ceil Celu Clip Cos Cosh DequantizeLinear Dropout
    DynamicQuantizeLinear Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Log Mish Neg Not
    QuantizeLinear Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Swish Tan Tanh
    ThresholdedRelu
";

/// Of several values, number by number.
const TOGETHER: &str = "Add And Div Max Mean Min Mod Mul Or PRelu Pow Sub Sum Xor";

/// The same, with a result of another type.
const COMPARED: &str = "Equal Greater GreaterOrEqual Less LessOrEqual Where";

/// With the neighbours, or across the bands.
const RANK_KEPT: &str = "
    AveragePool BatchNormalization Concat Conv ConvTranspose DepthToSpace GlobalAveragePool GlobalLpPool GlobalMaxPool
    Hardmax LayerNormalization LogSoftmax LpPool MaxPool Pad Resize Slice Softmax SpaceToDepth Split Tile Trilu
";

/// In other dimensions, or in such as ONNX Runtime is not sure of before it runs them.
const OTHERS: &str = "
    CenterCropPad ConvInteger Expand Flatten Gather GatherElements Gemm GridSample MatMul QLinearConv RMSNormalization
    ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare
    Reshape ScatterElements ScatterND Squeeze Transpose Unsqueeze
";

/// Of these the result has another type than the first input.
const TYPE_CHANGED: &str = "
    Cast CastLike ConvInteger DequantizeLinear DynamicQuantizeLinear IsInf IsNaN Not QLinearConv QuantizeLinear
";

/// What makes values of its own.
const MADE: &str = "
    AffineGrid ArgMax ArgMin Constant ConstantOfShape EyeLike If MatMulInteger QLinearMatMul Range Shape Size
";
