//! The logging macros: `defmt`'s, `log`'s, or nothing, by cargo feature.
//!
//! What works with both: `{}` for numbers, `bool` and text, `{:?}` for messages, with the arguments after the text.

/// Defines one macro a level, in the form that the features ask for.
macro_rules! levels {
    ($dollar:tt, $($(#[$doc:meta])* $level:ident),+) => {$(
        $(#[$doc])*
        #[cfg(feature = "defmt")]
        #[macro_export]
        macro_rules! $level {
            ($dollar($dollar argument:tt)*) => { $dollar crate::_export::defmt::$level!($dollar($dollar argument)*) };
        }

        $(#[$doc])*
        #[cfg(all(feature = "log", not(feature = "defmt")))]
        #[macro_export]
        macro_rules! $level {
            ($dollar($dollar argument:tt)*) => { $dollar crate::_export::log::$level!($dollar($dollar argument)*) };
        }

        $(#[$doc])*
        #[cfg(not(any(feature = "defmt", feature = "log")))]
        #[macro_export]
        macro_rules! $level {
            ($dollar($dollar argument:tt)*) => {
                // Checked and used, so that nothing changes with the level, but never evaluated.
                if false {
                    let _ = ::core::format_args!($dollar($dollar argument)*);
                }
            };
        }
    )+};
}

levels! { $,
    /// Logs at the level `trace`.
    trace,
    /// Logs at the level `debug`.
    debug,
    /// Logs at the level `info`.
    info,
    /// Logs at the level `warn`.
    warn,
    /// Logs at the level `error`.
    error
}

/// Tells a simulation that a channel takes a message; nothing on a chip.
macro_rules! observe {
    ($channel:expr, $message:expr) => {
        #[cfg(feature = "observe")]
        crate::observe::published(core::ptr::from_ref($channel) as usize, $message)
    };
}
