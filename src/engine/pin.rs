//! A plug-in that allocates with us is never unloaded.
//!
//! Threads that used a library's heap end after the library was closed: their key's destructor
//! would be a call into unmapped memory. So a shared library that holds this code pins itself
//! when it is loaded. Not at first use: `dlopen` takes the loader's lock, which a thread that
//! first allocates may find held by a library's constructor that waits for that very thread.
//! While constructors run the loader's lock is this thread's own.

use core::ffi::c_void;

/// Called by the loader, for executables too, which have nothing to pin.
#[used]
#[unsafe(link_section = ".init_array")]
static PIN: extern "C" fn() = pin;

unsafe extern "C" {
    /// The ELF header of the object that this code was linked into: the linker makes it.
    #[link_name = "__ehdr_start"]
    static THIS_OBJECT: c_void;
}

extern "C" fn pin() {
    // A static executable cannot be unloaded, and has no loader to ask.
    if cfg!(target_feature = "crt-static") || is_program() {
        return;
    }
    #[cfg(not(target_feature = "crt-static"))]
    {
        // SAFETY: all-zero is a valid value of this record of pointers.
        let mut info: libc::Dl_info = unsafe { core::mem::zeroed() };
        // SAFETY: `info` is a place to write to; the address is this object's.
        let found = unsafe { libc::dladdr((&raw const THIS_OBJECT).cast(), &raw mut info) };
        if found != 0 && !info.dli_fname.is_null() {
            let flags = libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
            // SAFETY: names an object that is loaded. Refused, it is as if we were not here.
            unsafe { libc::dlopen(info.dli_fname, flags) };
        }
    }
}

/// True if this code is part of the program itself.
fn is_program() -> bool {
    // SAFETY: reads a number that the kernel left for the process.
    let headers = unsafe { libc::getauxval(libc::AT_PHDR) };
    // The program headers follow the ELF header.
    let header = u64::try_from((&raw const THIS_OBJECT).addr()).unwrap_or(0);
    headers.wrapping_sub(header) < 4096
}
