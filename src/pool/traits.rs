//! What every guard has in common: it is used like the object that it holds.

/// Implements the traits of std by which a guard passes for its object, given its `Deref` and
/// `DerefMut`. A guard with a lifetime, which is there without std too, is not looked up by `&str`.
macro_rules! like_its_object {
    ($guard:ident $(, $mutable:ident)?) => {
        like_its_object!(@shared $guard);
        $(like_its_object!(@$mutable $guard);)?

        /// Keys of a map are looked up by `&str`.
        impl core::borrow::Borrow<str> for $guard<std::string::String> {
            fn borrow(&self) -> &str {
                self
            }
        }
    };
    ($guard:ident<$life:lifetime> $(, $mutable:ident)?) => {
        like_its_object!(@shared $guard $life);
        $(like_its_object!(@$mutable $guard $life);)?
    };
    (@shared $guard:ident $($life:lifetime)?) => {
        impl<$($life,)? T: core::fmt::Debug> core::fmt::Debug for $guard<$($life,)? T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<$($life,)? T: core::fmt::Display> core::fmt::Display for $guard<$($life,)? T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<$($life,)? T: PartialEq> PartialEq for $guard<$($life,)? T> {
            fn eq(&self, other: &Self) -> bool {
                **self == **other
            }
        }

        impl<$($life,)? T: Eq> Eq for $guard<$($life,)? T> {}

        impl<$($life,)? T: PartialOrd> PartialOrd for $guard<$($life,)? T> {
            fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
                (**self).partial_cmp(&**other)
            }
        }

        impl<$($life,)? T: Ord> Ord for $guard<$($life,)? T> {
            fn cmp(&self, other: &Self) -> core::cmp::Ordering {
                (**self).cmp(&**other)
            }
        }

        impl<$($life,)? T: core::hash::Hash> core::hash::Hash for $guard<$($life,)? T> {
            fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
                (**self).hash(state);
            }
        }

        impl<$($life,)? T> AsRef<T> for $guard<$($life,)? T> {
            fn as_ref(&self) -> &T {
                self
            }
        }

        impl<$($life,)? T> core::borrow::Borrow<T> for $guard<$($life,)? T> {
            fn borrow(&self) -> &T {
                self
            }
        }

        #[cfg(feature = "serde")]
        impl<$($life,)? T: serde::Serialize> serde::Serialize for $guard<$($life,)? T> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                (**self).serialize(serializer)
            }
        }
    };
    (@mutable $guard:ident $($life:lifetime)?) => {
        impl<$($life,)? T> AsMut<T> for $guard<$($life,)? T> {
            fn as_mut(&mut self) -> &mut T {
                self
            }
        }

        impl<$($life,)? T> core::borrow::BorrowMut<T> for $guard<$($life,)? T> {
            fn borrow_mut(&mut self) -> &mut T {
                self
            }
        }

        impl<$($life,)? T: Extend<E>, E> Extend<E> for $guard<$($life,)? T> {
            fn extend<I: IntoIterator<Item = E>>(&mut self, items: I) {
                (**self).extend(items);
            }
        }
    };
}

pub(crate) use like_its_object;
