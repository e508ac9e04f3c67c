//! `recycled`: for each type a store in each thread, found by the type alone.
//!
//! Types that differ in lifetimes only share a store. That is sound because an idle object is
//! empty: `EmptyOnReset`. The identity of a type without its lifetimes is the crate `typeid`'s.

extern crate std;

use super::{guard::Pooled, recycle::EmptyOnReset};
use crate::pool::{
    core::{Core, Kind},
    header::Header,
    hooks::Hooks,
    last,
    limits::Limits,
    slot::{self, Held, Slot},
    store::{self, MakeReady, OnRelease, Store},
    thread,
};
use core::{
    any::TypeId,
    cell::{Cell, RefCell},
    hash::{BuildHasherDefault, Hash, Hasher},
    ptr::NonNull,
};
use std::{boxed::Box, collections::HashMap, thread_local};

/// Most idle objects of one type in one thread.
const ROOM: usize = 1024;
/// Objects with more bytes than this are not kept.
const MAX_BYTES: usize = 1 << 20;

/// A `TypeId` is a hash already.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_ne_bytes(word);
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.0 ^= word;
    }
}

/// Places in the table of a thread in which a type is looked up first.
const PLACES: usize = 64;

type Found = Option<(TypeId, NonNull<Core>)>;

thread_local! {
    static TABLE: [Cell<Found>; PLACES] = const { [const { Cell::new(None) }; PLACES] };
    /// All stores of the thread, each with its handle. Cleared at the thread's end.
    static STORES: RefCell<HashMap<TypeId, NonNull<Core>, BuildHasherDefault<AsIs>>> =
        const { RefCell::new(HashMap::with_hasher(BuildHasherDefault::new())) };
}

#[inline(always)]
fn with_place<R>(id: TypeId, f: impl FnOnce(&Cell<Found>) -> R) -> R {
    let mut hasher = AsIs::default();
    id.hash(&mut hasher);
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are what is wanted")]
    let index = hasher.finish() as usize % PLACES;
    TABLE.with(|table| f(&table[index]))
}

/// The calling thread's store of a type, if it was used lately.
#[inline(always)]
fn known<T>() -> Option<NonNull<Core>> {
    let id = typeid::of::<T>();
    match with_place(id, Cell::get) {
        Some((found, core)) if found == id => Some(core),
        _ => None,
    }
}

/// The calling thread's store of a type; `None` at the thread's end.
fn here<T: EmptyOnReset>() -> Option<NonNull<Core>> {
    known::<T>().or_else(find::<T>)
}

#[cold]
fn find<T: EmptyOnReset>() -> Option<NonNull<Core>> {
    let token = thread::enter()?;
    let id = typeid::of::<T>();
    let known = STORES.try_with(|stores| stores.borrow().get(&id).copied()).ok()?;
    let core = known.unwrap_or_else(|| {
        let core = new::<T>();
        // SAFETY: made just now.
        unsafe { core.as_ref() }.common.claim(token, || ());
        thread::at_end(Box::new(OfThread { core, free: leave::<T> }));
        STORES.with(|stores| stores.borrow_mut().insert(id, core));
        core
    });
    with_place(id, |place| place.set(Some((id, core))));
    Some(core)
}

fn new<T: EmptyOnReset>() -> NonNull<Core> {
    let hooks = Hooks::of_type(recycle::<T>, T::footprint);
    let limits = Limits::new(usize::MAX, usize::MAX);
    let place = Box::leak(Box::<Store<T>>::new_uninit());
    let at = NonNull::from(&mut *place).cast::<Store<T>>();
    let kind = Kind::Ambient(here::<T>);
    let on_release = Some(OnRelease::new::<ByType>());
    place.write(Store::new(kind, at.cast(), free::<T>, (hooks, on_release), limits, ROOM, None));
    at.cast()
}

fn recycle<T: EmptyOnReset>(object: &mut T) -> bool {
    object.reset() && object.footprint() <= MAX_BYTES
}

/// As the type says.
struct ByType;

impl<T: EmptyOnReset> MakeReady<T> for ByType {
    #[inline(always)]
    unsafe fn make_ready(_: &Store<T>, slot: Held<T>) -> bool {
        // SAFETY: the caller's promise.
        unsafe { store::judged(slot, recycle::<T>) }
    }
}

/// The last reference is gone.
unsafe fn free<T>(core: NonNull<Core>) {
    // SAFETY: made by `new`, and nothing refers to it. No object is left: each has a reference.
    drop(unsafe { Box::from_raw(core.cast::<Store<T>>().as_ptr()) });
}

/// The store of a type in a thread that ends.
struct OfThread {
    core: NonNull<Core>,
    /// Drops what is idle, and the handle.
    free: unsafe fn(NonNull<Core>),
}

impl thread::Member for OfThread {
    fn thread_ends(&self, _: usize) {
        // The first store that goes makes the thread forget all of them.
        TABLE.with(|table| table.iter().for_each(|place| place.set(None)));
        // SAFETY: this has the handle, and goes.
        unsafe { (self.free)(self.core) };
    }

    fn is_done(&self) -> bool {
        false
    }
}

unsafe fn leave<T>(core: NonNull<Core>) {
    let store: NonNull<Store<T>> = core.cast();
    // SAFETY: the handle is there, so the store is.
    let idle = unsafe { core.as_ref() }.leave_ambient();
    // SAFETY: as above.
    unsafe { store.as_ref() }.discard_all(idle);
    // SAFETY: the handle is the caller's.
    unsafe { store::drop_handle(store) };
}

fn typed<T>(slot: NonNull<Header>) -> Held<T> {
    slot.cast::<Slot<T>>()
}

/// An empty object of type `T`, from the store that each thread has for each type; a new one if
/// there is none.
///
/// When it is dropped it is reset, and goes to the store of the thread that drops it. A thread
/// keeps at most 1024 idle objects of a type, each of at most 1 MiB; they are dropped when it ends.
///
/// `T` may have any lifetimes: a `Vec<&str>` and a `Vec<&'static str>` have the same memory in
/// turn.
///
/// ```
/// use poolalloc::{Pooled, recycled};
/// use std::collections::HashSet;
///
/// let words = ["a", "b", "a"];
/// let mut seen: Pooled<HashSet<&str>> = recycled();
/// let doubles = words.iter().filter(|word| !seen.insert(word)).count();
/// assert_eq!(doubles, 1);
/// ```
#[inline]
#[must_use = "dropped at once, it goes back at once"]
pub fn recycled<T: EmptyOnReset>() -> Pooled<T> {
    if let Some(core) = known::<T>() {
        // SAFETY: the calling thread's store is there until the thread ends.
        let shard = unsafe { &core.as_ref().common };
        // SAFETY: the calling thread is its owner.
        if let Some(slot) = unsafe { shard.pop(|| ()) } {
            last::take_from(NonNull::from(shard).cast());
            let slot = typed(slot);
            slot::show(slot);
            // SAFETY: taken off the list, so this thread holds it.
            return unsafe { Pooled::from_slot(slot) };
        }
    }
    recycled_slow()
}

#[cold]
#[inline(never)]
fn recycled_slow<T: EmptyOnReset>() -> Pooled<T> {
    adopted(T::create())
}

/// `value` as an object of the calling thread's store.
pub(crate) fn adopted<T: EmptyOnReset>(value: T) -> Pooled<T> {
    let (core, own) = match here::<T>() {
        Some(core) => (core, None),
        // At the thread's end: a store of its own, closed at once.
        None => {
            let core = new::<T>();
            (core, Some(core))
        }
    };
    // SAFETY: there is a handle of the store: the thread's, or `own`.
    let slot = unsafe { core.cast::<Store<T>>().as_ref() }.adopt_ambient(value);
    if let Some(core) = own {
        // SAFETY: the handle is this function's.
        unsafe { store::drop_handle(core.cast::<Store<T>>()) };
    }
    // SAFETY: fresh, with its object.
    unsafe { Pooled::from_slot(slot) }
}

/// As [`recycled`].
impl<T: EmptyOnReset> Default for Pooled<T> {
    fn default() -> Self {
        recycled()
    }
}

/// `value` as if it were from [`recycled`].
impl<T: EmptyOnReset> From<T> for Pooled<T> {
    fn from(value: T) -> Self {
        adopted(value)
    }
}

/// Into what [`recycled`] gives.
impl<T: EmptyOnReset + Extend<E>, E> FromIterator<E> for Pooled<T> {
    fn from_iter<I: IntoIterator<Item = E>>(items: I) -> Self {
        let mut collected: Self = recycled();
        collected.extend(items);
        collected
    }
}

/// Into what [`recycled`] gives.
#[cfg(feature = "serde")]
impl<'de, T: EmptyOnReset + serde::Deserialize<'de>> serde::Deserialize<'de> for Pooled<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read: Self = recycled();
        // Keeps the memory of those types that can.
        T::deserialize_in_place(deserializer, &mut read)?;
        Ok(read)
    }
}
