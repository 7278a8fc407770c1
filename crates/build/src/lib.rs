//! Builds a generated firmware crate: finds a toolchain, runs cargo, makes artifacts, measures them and maps
//! compiler errors back to where they come from.
//!
//! A library of data: it never prints and never reads app.toml. News goes to callbacks, results are plain
//! serializable types, and everything about the machine comes in as an [`Environment`].

pub mod artifacts;
pub mod cargo;
pub mod diagnose;
pub mod disk;
pub mod doctor;
pub mod elf;
pub mod environment;
pub mod link;
pub mod process;
pub mod size;
pub mod toolchain;

pub use artifacts::{ArtifactError, ArtifactRequest, Artifacts, write_artifacts};
pub use cargo::{BuildError, BuildEvent, BuildRequest, Built, build};
pub use diagnose::{AppPlace, GeneratedPlace, Level, Origin, RustcFault, SourceFolders, SourceMap};
pub use doctor::{Check, State, doctor};
pub use elf::{MemoryKind, MemoryRegion};
pub use environment::Environment;
pub use process::Cancel;
pub use size::{SizeReport, measure};
pub use toolchain::{
    MINIMUM_RUST, Toolchain, ToolchainError, ToolchainProgress, ToolchainRequest, find_toolchain,
};
