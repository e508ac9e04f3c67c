//! What a pool asks of its user: to make an object, to make one ready for reuse, to judge one.
//!
//! A function is one of the user's that is `'static`, or one of the type itself, which may have
//! lifetimes in it.

extern crate std;

use core::{fmt, hint::unreachable_unchecked, mem::MaybeUninit, ptr};
use std::{boxed::Box, vec::Vec};

type Init<T, E> = dyn Fn(&mut MaybeUninit<T>) -> Result<(), E>;

/// Makes an object in its place; `Ok` once it is there.
pub(crate) enum Create<T, E> {
    OfType(fn(&mut MaybeUninit<T>) -> Result<(), E>),
    OfUser(Box<Init<T, E>>),
}

impl<T, E> Create<T, E> {
    pub(crate) fn in_place(&self, place: &mut MaybeUninit<T>) -> Result<(), E> {
        match self {
            Self::OfType(create) => create(place),
            Self::OfUser(create) => create(place),
        }
    }
}

/// Says yes or no to an object, which it may change.
enum Judge<T> {
    OfType(fn(&mut T) -> bool),
    OfUser(Box<dyn Fn(&mut T) -> bool>),
    /// Yes if all of them say so, in this order. Not a `Vec`: its niche would make a calculation of
    /// the question which of these it is.
    All(Box<[Self]>),
}

impl<T> Judge<T> {
    #[inline(always)]
    fn is_fine(&self, object: &mut T) -> bool {
        match self {
            Self::OfType(judge) => judge(object),
            Self::OfUser(judge) => judge(object),
            Self::All(judges) => Self::are_all_fine(judges, object),
        }
    }

    #[inline(never)]
    fn are_all_fine(judges: &[Self], object: &mut T) -> bool {
        judges.iter().all(|judge| judge.is_fine(object))
    }

    /// This one and then that one.
    fn and(self, next: Self) -> Self {
        match self {
            Self::All(judges) => Self::All(judges.into_iter().chain([next]).collect()),
            first => Self::All(Box::new([first, next])),
        }
    }
}

/// Bytes that an object holds beyond itself.
enum Measure<T> {
    OfType(fn(&T) -> usize),
    OfUser(Box<dyn Fn(&T) -> usize>),
}

/// The functions of one pool. They run while nothing of the pool is locked or borrowed.
pub(crate) struct Hooks<T> {
    /// On release: false, do not keep it.
    recycle: Option<Judge<T>>,
    /// On reuse, in this order: false, take another.
    check: Vec<Judge<T>>,
    footprint: Option<Measure<T>>,
}

impl<T> Hooks<T> {
    /// Asks nothing.
    pub(crate) const fn none() -> Self {
        Self { recycle: None, check: Vec::new(), footprint: None }
    }

    /// Objects are recycled, and measured, by functions of their type.
    pub(crate) fn of_type(recycle: fn(&mut T) -> bool, footprint: fn(&T) -> usize) -> Self {
        let mut hooks = Self::none();
        hooks.recycle = Some(Judge::OfType(recycle));
        hooks.footprint = Some(Measure::OfType(footprint));
        hooks
    }

    /// Objects also pass `recycle` on release.
    pub(crate) fn and_recycle(&mut self, recycle: impl Fn(&mut T) -> bool + 'static) {
        let recycle = Judge::OfUser(Box::new(recycle));
        self.recycle = Some(match self.recycle.take() {
            None => recycle,
            Some(before) => before.and(recycle),
        });
    }

    /// Objects also pass `check` on reuse.
    pub(crate) fn and_check(&mut self, check: impl Fn(&mut T) -> bool + 'static) {
        self.check.push(Judge::OfUser(Box::new(check)));
    }

    pub(crate) fn set_footprint(&mut self, footprint: impl Fn(&T) -> usize + 'static) {
        self.footprint = Some(Measure::OfUser(Box::new(footprint)));
    }

    #[inline(always)]
    pub(crate) fn has_recycle(&self) -> bool {
        self.recycle.is_some()
    }

    /// The only function of that kind.
    ///
    /// # Safety
    ///
    /// [`and_recycle`](Self::and_recycle) was called once, with an `F`, and there was none before.
    #[inline(always)]
    pub(crate) unsafe fn only_recycle<F>(&self) -> &F {
        match &self.recycle {
            // SAFETY: the caller's promise: it is that one.
            Some(Judge::OfUser(judge)) => unsafe { &*ptr::from_ref(&**judge).cast::<F>() },
            // SAFETY: the caller's promise.
            _ => unsafe { unreachable_unchecked() },
        }
    }

    /// Makes an object ready for reuse; false: it is not to be kept.
    #[inline(always)]
    pub(crate) fn recycle(&self, object: &mut T) -> bool {
        self.recycle.as_ref().is_none_or(|recycle| recycle.is_fine(object))
    }

    #[inline(always)]
    pub(crate) fn has_check(&self) -> bool {
        !self.check.is_empty()
    }

    /// True if an idle object may be handed out.
    pub(crate) fn check(&self, object: &mut T) -> bool {
        self.check.iter().all(|check| check.is_fine(object))
    }

    /// Bytes that an idle object holds, its own size included.
    pub(crate) fn footprint(&self, object: &T) -> usize {
        let beyond = match &self.footprint {
            None => 0,
            Some(Measure::OfType(measure)) => measure(object),
            Some(Measure::OfUser(measure)) => measure(object),
        };
        beyond.saturating_add(size_of::<T>())
    }
}

impl<T> fmt::Debug for Hooks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("recycle", &self.recycle.is_some())
            .field("check", &self.check.len())
            .field("footprint", &self.footprint.is_some())
            .finish_non_exhaustive()
    }
}
