//! Arrays of any shape, strides and type through the C ABI, in memory that ends exactly where the
//! strides lead, so that the address sanitizer sees one byte too far. What is accepted gives the
//! pixels that packed arrays give, and nothing between the pixels is written to.
#![no_main]

use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::LazyLock;

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use s2sr::internals::capi::*;
use s2sr_fuzz::image::{Memory, packed};

/// The tiny networks by their handles: one of two inputs (4 bands at 10 m, 6 at 20 m), one that
/// takes any single band.
static MODELS: LazyLock<[usize; 2]> = LazyLock::new(|| ["dummy-t2x", "dummy-x2"].map(open));

fuzz_target!(|bytes: &[u8]| {
    // Too few bytes are answered with zeros, so there is always a call to make.
    let _ = call(&mut Unstructured::new(bytes));
});

fn open(name: &str) -> usize {
    let file = CString::new(format!(
        "{}/../tests/data/{name}.onnx",
        env!("CARGO_MANIFEST_DIR")
    ))
    .expect("a path without a zero");
    let mut model = null_mut();
    let options = options(&[("device", "cpu"), ("threads", "1")]);
    // SAFETY: C strings, a live handle and a place for another.
    let code = unsafe { s2sr_model_open(file.as_ptr(), options, &mut model) };
    s2sr_options_free(options);
    assert_eq!(
        code, S2SR_OK,
        "{name} does not open: is ORT_DYLIB_PATH set?"
    );
    model.addr()
}

fn call(u: &mut Unstructured) -> Result<()> {
    let fusion: bool = u.arbitrary()?;
    let model: *const s2sr_model = std::ptr::without_provenance(MODELS[usize::from(!fusion)]);
    let (rows, cols) = (u.int_in_range(1..=12)?, u.int_in_range(1..=12)?);
    let bands = u.int_in_range(1..=3)?;
    let sizes = if fusion {
        vec![(4, 2 * rows, 2 * cols), (6, rows, cols)]
    } else {
        vec![(bands, rows, cols)]
    };
    let tile = u.int_in_range(1..=40)?;
    let offset = u.choose(&["0", "-1000", "1e30", "1e-300"])?;
    let nodata = u.choose(&["0", "none", "7", "-1", "nan"])?;
    let cancel_at = u.int_in_range(0..=8)?;
    let mut inputs = sizes
        .iter()
        .map(|size| image(u, *size))
        .collect::<Result<Vec<_>>>()?;
    if u.ratio(1, 32)? {
        inputs.truncate(u.int_in_range(0..=inputs.len())?);
    }

    let (mut b, mut r, mut c) = (0, 0, 0);
    // SAFETY: as many images as are told of; places for three numbers.
    let code = unsafe {
        s2sr_model_output_shape(
            model,
            inputs.as_ptr(),
            inputs.len(),
            0,
            &mut b,
            &mut r,
            &mut c,
        )
    };
    let (b, r, c) = if code == S2SR_OK {
        (b, r, c)
    } else {
        (6, 2 * rows, 2 * cols)
    };
    let mut output = image(u, (b, r, c))?;

    let input_memory: Vec<_> = inputs.iter_mut().map(Memory::of).collect();
    let output_memory = Memory::of(&mut output);
    let options = options(&[
        ("tile", &tile.to_string()),
        ("offset", offset),
        ("nodata", nodata),
    ]);
    let run = |inputs: &[s2sr_image], output: &s2sr_image, mut countdown: i32| {
        // SAFETY: the images' memory is as large as they say; the number lives through the call.
        unsafe {
            s2sr_model_run(
                model,
                inputs.as_ptr(),
                inputs.len(),
                output,
                1,
                options,
                Some(progress),
                (&raw mut countdown).cast(),
            )
        }
    };
    let code = run(
        &inputs,
        &output,
        if cancel_at > 0 { cancel_at } else { i32::MAX },
    );
    assert!(
        ![S2SR_ERROR_INTERNAL, S2SR_ERROR_RUNTIME].contains(&code),
        "{}",
        message()
    );
    assert!(
        code == S2SR_OK || !message().is_empty(),
        "error {code} has no message"
    );
    if code == S2SR_OK {
        let input_memory = input_memory.into_iter().collect::<Option<Vec<_>>>();
        let (input_memory, output_memory) = input_memory
            .zip(output_memory)
            .expect("an image without memory was worked on");
        let owned = output_memory
            .owned(&output)
            .expect("pixels that lie on each other were written to");
        assert!(
            output_memory.gaps_are_untouched(&output, &owned),
            "what lies between the pixels was written to"
        );
        let plain = inputs
            .iter()
            .zip(&input_memory)
            .map(|(image, memory)| memory.packed(image))
            .collect::<Option<Vec<_>>>();
        let (plain, _plain_memory): (Vec<_>, Vec<_>) = plain
            .expect("packed images are smaller")
            .into_iter()
            .unzip();
        let mut wanted = packed(&output);
        let wanted_memory = Memory::of(&mut wanted).expect("packed images are smaller");
        assert_eq!(run(&plain, &wanted, i32::MAX), S2SR_OK, "{}", message());
        assert!(
            output_memory.pixels(&output) == wanted_memory.pixels(&wanted),
            "the layout changes the pixels"
        );
    }
    s2sr_options_free(options);
    Ok(())
}

/// An image without memory, mostly of this size and of a layout that has a sense.
fn image(u: &mut Unstructured, (bands, rows, cols): (i64, i64, i64)) -> Result<s2sr_image> {
    let mut sizes = [bands, rows, cols];
    if u.ratio(1, 16)? {
        let i = u.choose_index(3)?;
        sizes[i] = if u.arbitrary()? {
            u.int_in_range(-1..=30)?
        } else {
            u.arbitrary()?
        };
    }
    let mut strides = [0i64; 3];
    let mut next = 1i64;
    let first = u.choose_index(3)?;
    let second = (first + 1 + u.choose_index(2)?) % 3;
    for axis in [first, second, 3 - first - second] {
        strides[axis] = if u.ratio(1, 4)? { -next } else { next };
        next = next
            .saturating_mul(sizes[axis].max(1))
            .saturating_add(if u.ratio(1, 4)? {
                u.int_in_range(0..=5)?
            } else {
                0
            });
    }
    if u.ratio(1, 8)? {
        let i = u.choose_index(3)?;
        strides[i] = if u.arbitrary()? {
            u.int_in_range(-40..=40)?
        } else {
            u.arbitrary()?
        };
    }
    let dtype = if u.ratio(1, 32)? {
        u.arbitrary()?
    } else {
        *u.choose(&[S2SR_UINT16, S2SR_UINT8, S2SR_INT16, S2SR_FLOAT32])?
    };
    let [bands, rows, cols] = sizes;
    let [band_stride, row_stride, col_stride] = strides;
    Ok(s2sr_image {
        data: null_mut(),
        dtype,
        bands,
        rows,
        cols,
        band_stride,
        row_stride,
        col_stride,
    })
}

fn options(pairs: &[(&str, &str)]) -> *mut s2sr_options {
    let options = s2sr_options_new();
    for (key, value) in pairs {
        let (key, value) = (
            CString::new(*key).unwrap_or_default(),
            CString::new(*value).unwrap_or_default(),
        );
        // SAFETY: a live handle and C strings. A value that is refused leaves the default.
        unsafe { s2sr_options_set(options, key.as_ptr(), value.as_ptr()) };
    }
    options
}

fn message() -> String {
    // SAFETY: never NULL, and this thread's until its next call.
    unsafe { std::ffi::CStr::from_ptr(s2sr_last_error()) }
        .to_string_lossy()
        .into_owned()
}

/// Cancels when its number has been counted down.
unsafe extern "C" fn progress(
    _fraction: f64,
    _message: *const c_char,
    countdown: *mut c_void,
) -> c_int {
    // SAFETY: the caller's number, on the caller's thread.
    let countdown = unsafe { &mut *countdown.cast::<i32>() };
    *countdown -= 1;
    c_int::from(*countdown > 0)
}
