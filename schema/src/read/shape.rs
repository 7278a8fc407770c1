//! Macros that declare a shape once: a table's keys, a key's words.

/// Declares one shape of a table: its struct (each key a [`Field`]), its reader and its list of keys.
///
/// ```
/// fwc_schema::table! {
///     /// Keys of a lamp.
///     pub struct Lamp {
///         /// How bright it is.
///         "brightness" => brightness: fwc_schema::units::Ratio,
///     }
/// }
/// assert_eq!(Lamp::KEYS[0].name, "brightness");
/// ```
#[macro_export]
macro_rules! table {
    (
        $(#[doc = $table_doc:literal])*
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])* $key:literal => $field:ident : $type:ty, )*
        }
    ) => {
        $(#[doc = $table_doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $( $(#[doc = $doc])* pub $field: $crate::Field<$type>, )*
        }

        impl $name {
            /// Its keys, in the order of the documentation.
            pub const KEYS: &'static [$crate::read::KeyInfo] = &[
                $( $crate::read::KeyInfo {
                    name: $key,
                    documentation: concat!($($doc),*),
                    value: stringify!($type),
                }, )*
            ];

            /// Whether a key is one of them.
            pub fn has(key: &str) -> bool {
                Self::KEYS.iter().any(|info| info.name == key)
            }

            /// Takes these keys out of a table.
            pub fn take(
                reader: &mut $crate::read::Reader,
                table: &mut $crate::read::Table<'_, '_>,
            ) -> Self {
                $name { $( $field: table.field(reader, $key), )* }
            }

            /// Takes over what `other` says.
            pub fn overlay(&mut self, other: Self) {
                $( self.$field.overlay(other.$field); )*
            }
        }
    };
}

/// Declares an enum of the words that a key accepts.
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $enum_doc:literal])*
        pub enum $name:ident {
            $( $(#[doc = $doc:literal])* $variant:ident = $word:literal, )*
        }
    ) => {
        $(#[doc = $enum_doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Deserialize, ::serde::Serialize,
        )]
        pub enum $name {
            $( $(#[doc = $doc])* #[serde(rename = $word)] $variant, )*
        }

        impl $name {
            /// The words, in the order of the documentation.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The choice that `word` names.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $( $word => Some($name::$variant), )*
                    _ => None,
                }
            }

            /// The word for this choice.
            pub fn word(self) -> &'static str {
                match self {
                    $( $name::$variant => $word, )*
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter.write_str(self.word())
            }
        }

        impl $crate::read::ReadValue for $name {
            fn read(
                reader: &mut $crate::read::Reader,
                key: &str,
                value: &$crate::read::TomlValue<'_>,
            ) -> Option<Self> {
                $crate::read::choose(reader, key, value, Self::WORDS, Self::from_word)
            }
        }
    };
}
