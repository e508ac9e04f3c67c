//! Trees of small boxes that are built, rewritten and torn down, and numbers of a few digits: what
//! espresso (logic terms) and cfrac (big numbers) do.

use crate::{Group, Params, Workload, team};

/// A computer algebra system in small: a random expression is differentiated three times, which
/// copies parts of it, simplified, which takes it apart and builds it anew, and evaluated with
/// numbers that grow.
///
/// Sizes: nodes of 24 B, digits of 8 to about 200 B. Lifetimes: nodes until the next rewrite,
/// numbers until the next operation on them. Remote frees: none.
pub(super) const SMALL_OBJECTS: Workload = Workload {
    name: "small-objects",
    group: Group::Local,
    about: "expression trees differentiated, simplified and evaluated with long numbers",
    run,
};

fn run(params: &Params<'_>) -> u64 {
    let trees = params.count(800);
    params.start();
    team::sum(params.threads, |_| {
        let mut rng = fastrand::Rng::with_seed(24);
        (0..trees).fold(0, |sum: u64, _| {
            let mut tree = Expression::random(&mut rng, 7);
            for _ in 0..3 {
                tree = tree.derivative().simplified();
            }
            sum.wrapping_add(tree.at(&Natural::from(1_000_003)).folded())
        })
    })
}

/// A polynomial in one variable, as a tree.
enum Expression {
    Constant(u64),
    Variable,
    Sum(Box<Expression>, Box<Expression>),
    Product(Box<Expression>, Box<Expression>),
}

impl Expression {
    /// A tree of that `depth` at most.
    fn random(rng: &mut fastrand::Rng, depth: u32) -> Self {
        let kind = if depth == 0 { rng.u32(..4) } else { rng.u32(3..16) };
        match kind {
            0..2 => Self::Constant(rng.u64(1..1000)),
            2..4 => Self::Variable,
            _ => {
                let left = Box::new(Self::random(rng, depth - 1));
                let right = Box::new(Self::random(rng, depth - 1));
                if kind < 10 { Self::Sum(left, right) } else { Self::Product(left, right) }
            }
        }
    }

    fn copy(&self) -> Box<Self> {
        Box::new(match self {
            Self::Constant(value) => Self::Constant(*value),
            Self::Variable => Self::Variable,
            Self::Sum(left, right) => Self::Sum(left.copy(), right.copy()),
            Self::Product(left, right) => Self::Product(left.copy(), right.copy()),
        })
    }

    fn derivative(&self) -> Self {
        match self {
            Self::Constant(_) => Self::Constant(0),
            Self::Variable => Self::Constant(1),
            Self::Sum(left, right) => {
                Self::Sum(Box::new(left.derivative()), Box::new(right.derivative()))
            }
            Self::Product(left, right) => Self::Sum(
                Box::new(Self::Product(Box::new(left.derivative()), right.copy())),
                Box::new(Self::Product(left.copy(), Box::new(right.derivative()))),
            ),
        }
    }

    /// Without sums with zero and products with zero or one.
    fn simplified(self) -> Self {
        match self {
            Self::Sum(left, right) => match (left.simplified(), right.simplified()) {
                (Self::Constant(0), other) | (other, Self::Constant(0)) => other,
                (left, right) => Self::Sum(Box::new(left), Box::new(right)),
            },
            Self::Product(left, right) => match (left.simplified(), right.simplified()) {
                (Self::Constant(0), _) | (_, Self::Constant(0)) => Self::Constant(0),
                (Self::Constant(1), other) | (other, Self::Constant(1)) => other,
                (left, right) => Self::Product(Box::new(left), Box::new(right)),
            },
            leaf => leaf,
        }
    }

    fn at(&self, variable: &Natural) -> Natural {
        match self {
            Self::Constant(value) => Natural::from(*value),
            Self::Variable => variable.copy(),
            Self::Sum(left, right) => left.at(variable).plus(&right.at(variable)),
            Self::Product(left, right) => left.at(variable).times(&right.at(variable)),
        }
    }
}

/// A number of any length; the digits count up in powers of 2^32.
struct Natural(Vec<u32>);

impl From<u64> for Natural {
    fn from(value: u64) -> Self {
        let mut digits = Vec::with_capacity(2);
        push_digits(&mut digits, value);
        Self(digits)
    }
}

/// Appends the digits of `rest`, none if it is zero.
fn push_digits(digits: &mut Vec<u32>, mut rest: u64) {
    while rest > 0 {
        digits.push(low(rest));
        rest >>= 32;
    }
}

/// The lowest digit.
fn low(value: u64) -> u32 {
    u32::try_from(value & u64::from(u32::MAX)).expect("32 bits are left")
}

impl Natural {
    fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    fn digit(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0).into()
    }

    fn plus(&self, other: &Self) -> Self {
        let length = self.0.len().max(other.0.len());
        let (mut digits, mut carry) = (Vec::with_capacity(length + 1), 0);
        for index in 0..length {
            carry += self.digit(index) + other.digit(index);
            digits.push(low(carry));
            carry >>= 32;
        }
        push_digits(&mut digits, carry);
        Self(digits)
    }

    fn times(&self, other: &Self) -> Self {
        let mut digits = vec![0; self.0.len() + other.0.len()];
        for (left, &factor) in self.0.iter().enumerate() {
            let mut carry = 0;
            for (right, digit) in digits[left..].iter_mut().enumerate() {
                carry += u64::from(factor) * other.digit(right) + u64::from(*digit);
                *digit = low(carry);
                carry >>= 32;
            }
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Self(digits)
    }

    /// All digits in one word.
    fn folded(&self) -> u64 {
        self.0.iter().fold(0, |folded: u64, &digit| {
            folded.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(digit.into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Expression, Natural};

    #[test]
    fn numbers_of_several_digits_add_and_multiply() {
        let large = Natural::from(u64::MAX);
        // (2^64 - 1)^2 = 2^128 - 2^65 + 1.
        assert_eq!(large.times(&large).0, [1, 0, u32::MAX - 1, u32::MAX]);
        assert_eq!(large.plus(&Natural::from(1)).0, [0, 0, 1]);
    }

    #[test]
    fn the_derivative_of_a_cube_is_three_squares() {
        let variable = || Box::new(Expression::Variable);
        let square = Expression::Product(variable(), variable());
        let cube = Expression::Product(variable(), Box::new(square));
        let at_ten = cube.derivative().simplified().at(&Natural::from(10));
        assert_eq!(at_ten.0, [300]);
    }
}
