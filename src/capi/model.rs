//! `s2sr_model`: an open network.

use std::ffi::{c_char, c_int};
use std::sync::Arc;

use super::answer::answer;
use super::guard::{guard, guard_free, os_text, place};
use super::handles::Table;
use super::options::{options, s2sr_options};
use crate::error::Result;
use crate::model::{ModelFile, Network, one};
use crate::options::Call;
use crate::tasks::info;

/// A network, ready to run. May be used by several threads at once, which then take turns. After
/// fork(), the child has to open it anew.
pub struct s2sr_model {
    pub(super) file: ModelFile,
    pub(super) network: Arc<Network>,
}

static TABLE: Table<s2sr_model> = Table::new("model");

/// Opens a network by its name (s2sr_model_list) or its file. Takes the options quality, device,
/// precision, threads, models and onnxruntime; its runs are of that quality and precision, on that
/// device, with so many threads. Free with s2sr_model_free.
///
/// # Safety
/// `name_or_file` is a C string, `model` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_model_open(
    name_or_file: *const c_char,
    options: *const s2sr_options,
    model: *mut *mut s2sr_model,
) -> c_int {
    guard(|| {
        // SAFETY: by the contract above; nulls are caught.
        let (name, options, model) = unsafe {
            (
                os_text(name_or_file, "name_or_file")?,
                self::options(options)?,
                place(model, "model")?,
            )
        };
        options.check(Call::MODEL_OPEN)?;
        let file = one(name, &options)?;
        let network = Arc::new(Network::open(&file, &options)?);
        *model = TABLE.insert(s2sr_model { file, network });
        Ok(())
    })
}

/// A network's contract as JSON (schemas/contract.json): name, version, kind, inputs and outputs
/// with their bands and ground sample distances in the order in which s2sr_model_run takes them.
/// Free with s2sr_string_free.
///
/// # Safety
/// `json` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_model_describe(
    model: *const s2sr_model,
    json: *mut *mut c_char,
) -> c_int {
    // SAFETY: by the contract above; nulls are caught.
    guard(|| unsafe { answer(json, || Ok(info::contract(&handle(model)?.file.contract))) })
}

/// Frees a network. NULL, and what was freed already, is ignored. A call that uses it in another
/// thread ends as ever.
#[unsafe(no_mangle)]
pub extern "C" fn s2sr_model_free(model: *mut s2sr_model) {
    guard_free(|| TABLE.remove(model));
}

/// The network of a handle, for as long as it is needed.
pub(super) fn handle(model: *const s2sr_model) -> Result<Arc<s2sr_model>> {
    TABLE.get(model)
}
