//! Work spread over all cores.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Told after every item how many are done, and of how many.
pub type Progress<'a> = dyn Fn(usize, usize) + Sync + 'a;

/// The cores this process may use.
pub fn core_count() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// The results of `work` on every item, in the order of the items. Each of `threads` threads takes the next item
/// when it has finished one. The first failure in the order of the items is returned; no new item is begun
/// after one.
pub(crate) fn map_parallel<T: Sync, R: Send, E: Send>(
    items: &[T],
    threads: NonZeroUsize,
    progress: &Progress<'_>,
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.get().min(items.len()) {
            scope.spawn(|| {
                while let Some((index, item)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).map(|item| (index, item))
                } {
                    let result = work(item);
                    if result.is_err() {
                        next.store(items.len(), Ordering::Relaxed);
                    }
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                    progress(done.fetch_add(1, Ordering::Relaxed) + 1, items.len());
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..500).collect();
        let threads = NonZeroUsize::new(4).unwrap();
        let squares = map_parallel(&items, threads, &|_, _| {}, |item| Ok::<_, ()>(item * item)).unwrap();
        assert!(squares.iter().enumerate().all(|(index, square)| *square == index * index));
        assert_eq!(squares.len(), 500);
    }

    #[test]
    fn every_item_is_reported_once() {
        let count = AtomicUsize::new(0);
        let progress = |_, total| {
            assert_eq!(total, 10);
            count.fetch_add(1, Ordering::Relaxed);
        };
        map_parallel(&[0; 10], core_count(), &progress, |_| Ok::<_, ()>(())).unwrap();
        assert_eq!(count.into_inner(), 10);
    }

    #[test]
    fn failure_ends_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        let threads = NonZeroUsize::MIN;
        let result = map_parallel(&items, threads, &|_, _| {}, |&item| {
            assert!(item <= 3, "begun after a failure");
            if item == 3 { Err(item) } else { Ok(()) }
        });
        assert_eq!(result, Err(3));
    }
}
