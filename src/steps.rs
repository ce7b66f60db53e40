//! Work of the passes over a text, counted in bytes that they read ahead. Tests compare a page with one four times as long:
//! what is linear reads four times as much. Outside tests nothing is counted.

#[cfg(test)]
thread_local! {
    static N_READ: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts bytes that were read.
#[inline]
pub fn read(n_bytes: usize) {
    #[cfg(test)]
    N_READ.with(|it| it.set(it.get() + n_bytes));
    #[cfg(not(test))]
    let _ = n_bytes;
}

/// Bytes that a piece of work read, in this thread.
#[cfg(test)]
pub fn of(work: impl FnOnce()) -> usize {
    N_READ.with(|it| it.set(0));
    work();
    N_READ.with(std::cell::Cell::get)
}
