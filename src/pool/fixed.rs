//! A pool of `N` objects in place: `const`, without an allocator, without std.
//!
//! ```
//! use poolalloc::fixed::Pool;
//!
//! static BUFFERS: Pool<[u8; 1500], 8> = Pool::new([[0; 1500]; 8]);
//!
//! let mut packet = BUFFERS.try_get()?;
//! packet[..5].copy_from_slice(b"hello");
//! assert_eq!(BUFFERS.idle(), 7);
//! drop(packet); // goes back
//! assert_eq!(BUFFERS.idle(), 8);
//! # Ok::<(), poolalloc::TryGetError>(())
//! ```

mod fallible;
mod get;
mod guard;
mod inner;
mod shared;
mod store;
mod upkeep;

pub use get::Get;
pub use guard::Pooled;
pub use shared::PooledArc;
pub use store::Pool;
