//! Hot structs: the orders of a limit order book, each in a `PoolBox`, whatever the program's global
//! allocator is; and the report of each round in a pooled buffer.

use poolalloc::{Pool, PoolBox};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write,
};

/// An order of 64 bytes.
#[derive(Debug)]
struct Order {
    id: u64,
    price: u64,
    left: u64,
    _other: [u64; 5],
}

/// Orders by price, oldest first.
type Side = BTreeMap<u64, VecDeque<PoolBox<Order>>>;

/// Who sells at what price.
#[derive(Debug, Default)]
struct Book {
    asks: Side,
    traded: u64,
}

impl Book {
    fn sell(&mut self, order: Order) {
        self.asks.entry(order.price).or_default().push_back(PoolBox::new(order));
    }

    /// Buys up to `left` at up to `price`.
    fn buy(&mut self, price: u64, mut left: u64) {
        while left > 0
            && let Some(mut level) = self.asks.first_entry()
            && *level.key() <= price
        {
            while left > 0
                && let Some(order) = level.get_mut().front_mut()
            {
                let amount = left.min(order.left);
                order.left -= amount;
                left -= amount;
                self.traded += amount;
                if order.left == 0 {
                    level.get_mut().pop_front();
                }
            }
            if level.get().is_empty() {
                level.remove();
            }
        }
    }
}

fn main() {
    static REPORTS: Pool<String> = Pool::of();
    let mut random = fastrand::Rng::with_seed(7);
    let mut book = Book::default();
    for round in 0..100 {
        for id in 0..1000 {
            let price = random.u64(100..200);
            book.sell(Order { id, price, left: random.u64(1..10), _other: [0; 5] });
            book.buy(random.u64(100..200), random.u64(1..10));
        }
        let mut report = REPORTS.get();
        let open: usize = book.asks.values().map(VecDeque::len).sum();
        let best = book.asks.values().find_map(VecDeque::front);
        let best = best.map(|order| (order.price, order.id));
        write!(report, "round {round}: {} traded, {open} open, best {best:?}", book.traded)
            .expect("memory is there");
        if round % 25 == 0 {
            println!("{report}");
        }
    }
    assert_eq!(REPORTS.stats().created, 1, "one buffer was enough for all reports");
}
