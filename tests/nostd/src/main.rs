//! Fixed pools in a program without std and without an allocator: it links, runs, and ends with
//! status 0 if all answers are right. Of the C library it uses the start and `abort`.
#![no_std]
#![no_main]

use core::{
    ffi::{c_char, c_int},
    future::Future,
    panic::PanicInfo,
    pin::pin,
    task::{Context, Poll, Waker},
};
use poolalloc::{Closed, TryGetError, fixed::Pool, fixed::Pooled};

unsafe extern "C" {
    safe fn abort() -> !;
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    abort()
}

/// What `core`, which is compiled for programs that unwind, names; never called.
// SAFETY: std is not linked, so no other function has this name.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// A buffer that a driver would fill.
#[derive(Clone, Copy)]
struct Packet {
    len: usize,
    bytes: [u8; 64],
}

static PACKETS: Pool<Packet, 4> =
    Pool::new([Packet { len: 0, bytes: [0; 64] }; 4]).reset(|packet| packet.len = 0);

/// Too large to be made elsewhere than in its place; looked at before it is handed out.
static FRAMES: Pool<[u8; 4096], 1> =
    Pool::init_in_place(|place| place.write([1; 4096])).check_on_get(|frame| frame[0] == 1);

/// Made when they are first wanted.
static SQUARES: Pool<u64, 2> = Pool::lazy(|| 7 * 7);

fn objects_are_got_and_come_back() {
    let held = [(); 4].map(|()| PACKETS.try_get().unwrap());
    assert!(matches!(PACKETS.try_get(), Err(TryGetError::Empty)));
    let [mut first, others @ ..] = held;
    first.bytes[..5].copy_from_slice(b"hello");
    first.len = 5;
    drop(first);
    let again = PACKETS.try_get().unwrap();
    assert_eq!((again.len, &again.bytes[..5]), (0, &b"hello"[..]));
    drop((again, others));
    assert_eq!(PACKETS.idle(), 4);
}

fn tasks_wait_in_order() {
    let mut noop = Context::from_waker(Waker::noop());
    let (first, second) = (SQUARES.try_get().unwrap(), SQUARES.try_get().unwrap());
    let (mut one, mut two) = (pin!(SQUARES.get_async()), pin!(SQUARES.get_async()));
    assert!(one.as_mut().poll(&mut noop).is_pending());
    assert!(two.as_mut().poll(&mut noop).is_pending());
    drop(first);
    assert!(matches!(one.poll(&mut noop), Poll::Ready(Ok(square)) if *square == 49));
    // The first waiter has dropped it, so it is the second one's.
    assert_eq!(SQUARES.waiting(), 0);
    assert_eq!(Pooled::detach(second), 49);
    assert!(two.poll(&mut noop).is_ready());
    let mut late = pin!(SQUARES.get_async());
    SQUARES.close();
    assert!(matches!(late.as_mut().poll(&mut noop), Poll::Ready(Err(Closed))));
    assert_eq!(SQUARES.live(), 0);
}

fn what_fails_the_check_is_made_again() {
    FRAMES.try_get().unwrap()[0] = 2;
    assert_eq!(FRAMES.try_get().unwrap()[0], 1);
    assert_eq!((FRAMES.stats().created, FRAMES.stats().discarded), (2, 1));
}

// SAFETY: no other function of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn main(_arguments: c_int, _values: *const *const c_char) -> c_int {
    objects_are_got_and_come_back();
    tasks_wait_in_order();
    what_fails_the_check_is_made_again();
    0
}
