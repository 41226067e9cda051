//! Which of the processor's instructions the kernels are written in. They are compiled once for
//! each level; the best that the processor has is chosen when a network is opened.

use std::any::TypeId;

use pulp::{Scalar128b, Simd, WithSimd};

/// A set of instructions.
#[derive(Clone, Copy)]
pub enum Level {
    /// The best of the processor: AVX-512, AVX2 with FMA, NEON.
    Best(pulp::Arch),
    /// What every processor has.
    Portable,
}

impl Level {
    /// The best level.
    pub fn best() -> Self {
        match pulp::Arch::new() {
            pulp::Arch::Scalar => Level::Portable,
            best => Level::Best(best),
        }
    }

    /// AVX2 with FMA, as if the processor had no AVX-512; `None` where there is no AVX2.
    pub fn avx2() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return pulp::x86::V3::try_new().map(|level| Level::Best(pulp::Arch::V3(level)));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// All levels of this processor.
    #[cfg(test)]
    pub fn all() -> impl Iterator<Item = Self> {
        [Level::Portable, Level::best()]
            .into_iter()
            .chain(Self::avx2())
    }

    /// Runs some work compiled for this level.
    pub fn run<W: WithSimd>(self, work: W) -> W::Output {
        match self {
            Level::Best(arch) => arch.dispatch(work),
            Level::Portable => Scalar128b.vectorize(work),
        }
    }

    /// Numbers in a register.
    pub fn lanes(self) -> usize {
        struct Lanes;
        impl WithSimd for Lanes {
            type Output = usize;
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> usize {
                S::F32_LANES
            }
        }
        self.run(Lanes)
    }

    /// A number of channels filled up to whole registers.
    pub fn filled_up(self, channels: usize) -> usize {
        channels.next_multiple_of(self.lanes())
    }
}

/// a * b + c, rounded once where the processor does that.
#[inline(always)]
pub fn mul_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    match is_portable::<S>() {
        true => simd.add_f32s(simd.mul_f32s(a, b), c),
        false => simd.mul_add_f32s(a, b, c),
    }
}

/// c - a * b, rounded once where the processor does that.
#[inline(always)]
pub fn less_product<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    match is_portable::<S>() {
        true => simd.sub_f32s(c, simd.mul_f32s(a, b)),
        false => simd.negate_mul_add_f32s(a, b, c),
    }
}

/// Whether a fused multiplication and addition would be a call of a slow function.
#[inline(always)]
fn is_portable<S: Simd>() -> bool {
    TypeId::of::<S>() == TypeId::of::<Scalar128b>()
}
