//! What every guard has in common: it is used like the object that it holds.

/// Implements the traits of std by which a guard passes for its object, given its `Deref` and
/// `DerefMut`.
macro_rules! like_its_object {
    ($guard:ident $(, $mutable:ident)?) => {
        impl<T: core::fmt::Debug> core::fmt::Debug for $guard<T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: core::fmt::Display> core::fmt::Display for $guard<T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: PartialEq> PartialEq for $guard<T> {
            fn eq(&self, other: &Self) -> bool {
                **self == **other
            }
        }

        impl<T: Eq> Eq for $guard<T> {}

        impl<T: PartialOrd> PartialOrd for $guard<T> {
            fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
                (**self).partial_cmp(&**other)
            }
        }

        impl<T: Ord> Ord for $guard<T> {
            fn cmp(&self, other: &Self) -> core::cmp::Ordering {
                (**self).cmp(&**other)
            }
        }

        impl<T: core::hash::Hash> core::hash::Hash for $guard<T> {
            fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
                (**self).hash(state);
            }
        }

        impl<T> AsRef<T> for $guard<T> {
            fn as_ref(&self) -> &T {
                self
            }
        }

        impl<T> core::borrow::Borrow<T> for $guard<T> {
            fn borrow(&self) -> &T {
                self
            }
        }

        /// Keys of a map are looked up by `&str`.
        impl core::borrow::Borrow<str> for $guard<std::string::String> {
            fn borrow(&self) -> &str {
                self
            }
        }

        #[cfg(feature = "serde")]
        impl<T: serde::Serialize> serde::Serialize for $guard<T> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                (**self).serialize(serializer)
            }
        }

        $(like_its_object!(@$mutable $guard);)?
    };
    (@mutable $guard:ident) => {
        impl<T> AsMut<T> for $guard<T> {
            fn as_mut(&mut self) -> &mut T {
                self
            }
        }

        impl<T> core::borrow::BorrowMut<T> for $guard<T> {
            fn borrow_mut(&mut self) -> &mut T {
                self
            }
        }

        impl<T: Extend<E>, E> Extend<E> for $guard<T> {
            fn extend<I: IntoIterator<Item = E>>(&mut self, items: I) {
                (**self).extend(items);
            }
        }
    };
}

pub(crate) use like_its_object;
