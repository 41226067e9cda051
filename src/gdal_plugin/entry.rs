//! What GDAL calls when it loads `gdal_S2SR.so`. Which GDAL that is, of the several that a process
//! may hold, the address tells that the call came from.

use std::ffi::c_void;

use super::{driver, files, guard, pixel_function};
use crate::gdal::find;

/// Hands the address that it will return to over to [`register`].
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub extern "C" fn GDALRegister_S2SR() {
    #[cfg(all(target_arch = "x86_64", not(windows)))]
    std::arch::naked_asm!("mov rdi, [rsp]", "jmp {register}", register = sym register);
    #[cfg(all(target_arch = "x86_64", windows))]
    std::arch::naked_asm!("mov rcx, [rsp]", "jmp {register}", register = sym register);
    #[cfg(target_arch = "aarch64")]
    std::arch::naked_asm!("mov x0, x30", "b {register}", register = sym register);
}

/// Where the address cannot be had, the GDAL of the process is taken.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[unsafe(no_mangle)]
pub extern "C" fn GDALRegister_S2SR() {
    register(std::ptr::null());
}

/// Puts our names into the tables of the GDAL that called. Without one there is nobody to tell.
extern "C" fn register(caller: *const c_void) {
    if let Ok(gdal) = find::of_caller(caller) {
        guard(gdal, || {
            pixel_function::register(gdal)?;
            files::register(gdal, driver::register(gdal));
            Ok(())
        });
    }
}
