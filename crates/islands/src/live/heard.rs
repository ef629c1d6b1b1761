//! That the page was fetched again because something happened, for islands that keep themselves fresh: they are in one memory, so
//! this is a call and no event of the document. What happens together is told once, and what cannot be fetched later.

use std::{cell::RefCell, rc::Rc};

type Listener = Rc<dyn Fn()>;

thread_local! {
    static LISTENERS: RefCell<Vec<Listener>> = const { RefCell::new(Vec::new()) };
}

/// Calls `run` after the page was fetched again, as long as it lives.
pub(crate) fn on_change(run: impl Fn() + 'static) {
    LISTENERS.with_borrow_mut(|listeners| listeners.push(Rc::new(run)));
}

/// Tells all listeners.
pub(super) fn tell() {
    // Whom one of them calls may listen, too.
    let listeners = LISTENERS.with_borrow(Clone::clone);
    for run in listeners {
        run();
    }
}
