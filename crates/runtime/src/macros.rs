//! The logging macros: `defmt`'s, `log`'s, or nothing, by cargo feature.
//!
//! The format strings that work with both are those with `{}` and `{:?}`.

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
            ($dollar format:literal $dollar(, $dollar argument:expr)* $dollar(,)?) => {{
                // The arguments are used, so that a variable that only a message names is no warning.
                $dollar(let _ = &$dollar argument;)*
            }};
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
