//! The terminal: a view of a running board that is drawn anew as it changes, and keys.
//!
//! Whatever happens, a panic and a signal too, the terminal is left as it was found.

use std::io::{self, IsTerminal, Stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fwc_build::Cancel;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use ratatui::crossterm::{cursor, execute};
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use crate::Outcome;
use crate::failure::Failure;
use crate::live::machine::Machine;
use crate::live::pace::Pace;
use crate::shell::Shell;
use crate::view::{Ask, Key, View, frame};

/// A frame is on the screen for at least so long.
const FRAME: Duration = Duration::from_millis(33);

/// How long is waited for the machine, or for a key, before the other one is looked at.
const WAIT: Duration = Duration::from_millis(4);

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether a view can be shown: somebody looks, and can press keys.
pub(crate) fn is_there(shell: &Shell) -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    !shell.is_json() && !is_dumb && io::stdout().is_terminal() && io::stdin().is_terminal()
}

/// Gives the terminal back, where it was taken.
pub(crate) fn restore() {
    if TAKEN.swap(false, Ordering::Relaxed) {
        // Nothing can be done for a terminal that is gone.
        let _ = execute!(io::stdout(), LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

/// Runs a board and shows it, until it is over or not wanted any more.
pub(crate) fn show(
    machine: &mut Machine<'_>,
    mut pace: Pace,
    view: &mut View,
    shell: &Shell,
    cancel: &Cancel,
) -> Outcome {
    let mut screen = Screen::take(shell)?;
    let started = Instant::now();
    let mut actions = Vec::new();
    let mut drawn: Option<Instant> = None;
    while !machine.is_over() && !cancel.is_cancelled() {
        for key in screen.keys(if machine.waits() { WAIT } else { Duration::ZERO })? {
            match view.press(key) {
                Some(Ask::Quit) => return Ok(()),
                Some(Ask::Act(action)) => actions.push(action),
                None => {}
            }
        }
        let mut wait = WAIT;
        while let Some(facts) = machine.next(wait)? {
            facts.iter().for_each(|fact| view.take(fact));
            wait = Duration::ZERO;
            if drawn.is_none_or(|drawn| drawn.elapsed() > FRAME) {
                break;
            }
        }
        actions.extend(view.reach(machine.now()));
        if view.paused {
            pace.rest(started.elapsed(), machine.now());
        } else if machine.waits()
            && let Some(until) = pace.next(started.elapsed(), machine.now())
        {
            machine.go_on(until, &actions)?;
            actions.clear();
        }
        view.speed = pace.speed();
        if drawn.is_none_or(|drawn| drawn.elapsed() > FRAME) {
            screen.draw(view)?;
            drawn = Some(Instant::now());
        }
    }
    Ok(())
}

/// The terminal, for as long as it is ours.
struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    /// Columns and rows.
    size: (u16, u16),
    has_color: bool,
}

impl Screen {
    fn take(shell: &Shell) -> Result<Screen, Failure> {
        enable_raw_mode().map_err(failure)?;
        TAKEN.store(true, Ordering::Relaxed);
        // From here on, dropping it gives the terminal back.
        let size = size().inspect_err(|_| restore()).map_err(failure)?;
        let terminal = terminal(size).inspect_err(|_| restore()).map_err(failure)?;
        let screen = Screen { terminal, size, has_color: shell.shows_color() };
        execute!(io::stdout(), EnterAlternateScreen, Clear(ClearType::All), cursor::Hide).map_err(failure)?;
        Ok(screen)
    }

    fn draw(&mut self, view: &View) -> Outcome {
        let size = size().map_err(failure)?;
        if size != self.size {
            execute!(io::stdout(), Clear(ClearType::All)).map_err(failure)?;
            self.terminal = terminal(size).map_err(failure)?;
            self.size = size;
        }
        let draw = |frame: &mut Frame<'_>| {
            frame::draw(view, frame);
            if !self.has_color {
                frame.buffer_mut().content.iter_mut().for_each(|cell| cell.fg = Color::Reset);
            }
        };
        self.terminal.draw(draw).map_err(failure)?;
        Ok(())
    }

    /// The keys that were pressed, if one is within `wait`.
    fn keys(&mut self, wait: Duration) -> Result<Vec<Key>, Failure> {
        let mut keys = Vec::new();
        let mut wait = wait;
        while event::poll(wait).map_err(failure)? {
            // A window of another size is noticed when it is drawn.
            if let Event::Key(pressed) = event::read().map_err(failure)? {
                keys.extend(key(pressed));
            }
            wait = Duration::ZERO;
        }
        Ok(keys)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// ratatui's own way to follow a window's size asks the terminal where its cursor is, which not every one tells.
fn terminal((width, height): (u16, u16)) -> io::Result<Terminal<CrosstermBackend<Stdout>>> {
    let viewport = Viewport::Fixed(Rect { x: 0, y: 0, width, height });
    Terminal::with_options(CrosstermBackend::new(io::stdout()), TerminalOptions { viewport })
}

fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let fine = event.modifiers.contains(KeyModifiers::SHIFT);
    if event.modifiers.contains(KeyModifiers::CONTROL) {
        return matches!(event.code, KeyCode::Char('c')).then_some(Key::Interrupt);
    }
    Some(match event.code {
        KeyCode::Char(character) => Key::Char(character),
        KeyCode::Enter => Key::Enter,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left { fine },
        KeyCode::Right => Key::Right { fine },
        KeyCode::Esc => Key::Escape,
        _ => return None,
    })
}

fn failure(error: io::Error) -> Failure {
    Failure::world(format!("while using the terminal: {error}"))
}
