//! Word for the service manager, if it asked for it: that the desk is ready, that it lives, that it stops (sd_notify(3)).

use std::time::Duration;

use sd_notify::NotifyState;

/// Says that whoever asks is answered from now on, and from then on that the process lives, as often as it is asked for.
pub(super) async fn ready_and_alive() {
    tell(NotifyState::Ready);
    let Some(within) = sd_notify::watchdog_enabled() else { return };
    // Twice in the time, so that one that is late does not matter.
    let mut beats = tokio::time::interval((within / 2).max(Duration::from_millis(100)));
    loop {
        beats.tick().await;
        tell(NotifyState::Watchdog);
    }
}

/// Says that the process stops.
pub(super) fn stopping() {
    tell(NotifyState::Stopping);
}

/// Does nothing where nobody listens.
fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!("the service manager could not be told: {error}");
    }
}
