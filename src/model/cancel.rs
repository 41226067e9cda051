//! Ending the runs of a network from another thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use ort::session::RunOptions;

use crate::error::{Error, Result};

/// Stops a run of a network from another thread, in the middle of a tile.
#[derive(Clone, Default)]
pub struct Cancel {
    /// Made at the first run, because ONNX Runtime is loaded by then; `None` where it refused.
    options: Arc<OnceLock<Option<RunOptions>>>,
    stopped: Arc<AtomicBool>,
}

impl Cancel {
    /// Ends the runs under way, and all later ones, with [`Error::Cancelled`].
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        // A refusal only means that the tile under way ends by itself.
        if let Some(Some(options)) = self.options.get() {
            let _ = options.terminate();
        }
    }

    pub(super) fn options(&self) -> Result<&RunOptions> {
        let options = self.options.get_or_init(|| RunOptions::new().ok()).as_ref();
        options.ok_or_else(|| Error::runtime("ONNX Runtime refused its run options"))
    }

    /// Whether `stop` was called, for our operators.
    pub(super) fn flag(&self) -> &Arc<AtomicBool> {
        &self.stopped
    }

    /// Whether `stop` was called.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}
