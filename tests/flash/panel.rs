//! The rows below the log, as somebody at a terminal sees them: in windows of several sizes, and what is left when they go.

use fwc_sim::BoardSetup;
use fwc_tests::{Desk, Terminal, build_project, fwc_command};

const PLOT: char = '█';

#[test]
fn rows_follow_the_window_and_leave_the_terminal_as_it_was() {
    let project = build_project("tests/firmware/observed", "rpi-pico").project;
    let desk = Desk::with_probe(BoardSetup::default());
    let flash = ["flash", "--quiet", "--watch", "readings.count", "--stats=100ms"];
    desk.fwc(&project, &flash).ends(0);

    let mut terminal = Terminal::start(fwc_command(&project, &["monitor", "--probe", &desk.probe()]));
    let row =
        |screen: &str, name: &str| screen.lines().find(|line| line.starts_with(name)).map(str::to_owned);
    terminal.sees_that("a row with a plot", |screen| {
        row(screen, "load of work").is_some_and(|row| row.contains(PLOT) && row.contains(" % "))
            && row(screen, "readings.count").is_some_and(|row| row.contains(PLOT))
    });
    // The log goes on above.
    terminal.sees(" info  costs      number ");

    // In a narrow window the plots go, and names and values stay.
    terminal.resize(24, 30);
    terminal.sees_that("a row without a plot", |screen| {
        row(screen, "load of work").is_some_and(|row| !row.contains(PLOT) && row.contains('%'))
    });
    terminal.resize(30, 100);
    terminal.sees_that("a row with a plot again", |screen| {
        row(screen, "load of work").is_some_and(|row| row.contains(PLOT))
    });

    // Keys are nothing to it but the one that ends it.
    terminal.types("x");
    terminal.types("\x03");
    let (code, left) = terminal.ends(&[]);
    assert_eq!(code, Some(0), "{left}");
    assert!(left.contains("load of work"), "the rows stay as they were last: {left}");
}
