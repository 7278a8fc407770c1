//! Scenarios: what the world does to a board and what is expected of it, checked, run and judged.
//!
//! ```text
//! tests/*.toml --check--> Scenario --Wiring::job--> Job          for the simulation or the emulator, which give a Trace
//!                                         Event --Watch::take--> Facts of a run that goes on
//!                                         Trace --Wiring::record--> Record --judge--> Verdicts --> Diagnostics
//!                                                                   two Records --compare--> Diagnostics
//!                                                                   Record --vcd, perfetto--> files for viewers
//!                                                                              Reports --junit--> a file for CI
//! ```
//!
//! Nothing here touches the file system, a process or the clock. A [`Record`] names things as app.toml does, so that one
//! judge serves every place where firmware runs.

#![deny(clippy::disallowed_methods)]

mod check;
mod compare;
mod diagnose;
mod judge;
mod junit;
mod parts;
mod perfetto;
mod record;
mod scenario;
mod timeline;
mod vcd;
mod wiring;

pub use check::check;
pub use compare::{COMPARISON, Run, TOLERANCE, compare};
pub use diagnose::{BROKEN_RUN, EXPECTATION, Outcome, Report, report};
pub use judge::{Miss, Verdict, judge};
pub use junit::{Case, junit};
pub use perfetto::perfetto;
pub use record::{Broken, Fact, Record, What};
pub use scenario::{Action, Count, Expectation, Scenario, Step, Subject, Test, When};
pub use vcd::vcd;
pub use wiring::{NotEmulated, Place, Watch, Wiring};
