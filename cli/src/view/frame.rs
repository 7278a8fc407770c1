//! A view -> a frame of a terminal of any size: the board and its channels, the consoles and the log.
//!
//! In a narrow window they stand one below the other, in a wide one side by side. Everything is said without colours, too.

use fwc_parts::Nanos;
use fwc_sim::LogLevel;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::console::Console;
use super::{Channel, Control, Level, Logged, State, Thing, View, decimals};

/// From so many columns on, there are two panes side by side.
const WIDE: u16 = 76;

/// Columns of a bar.
const BAR: usize = 10;

/// What a column of a level's past stands for.
const COLUMN: u64 = 100_000_000;

/// The most columns that a name takes.
const LONGEST_NAME: usize = 18;

const FAINT: Style = Style::new().fg(Color::DarkGray);
const LIT: Style = Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD);
const PRESSED: Style = Style::new().fg(Color::Cyan).add_modifier(Modifier::BOLD);
const CHOSEN: Style = Style::new().fg(Color::Green).add_modifier(Modifier::BOLD);

/// Draws the whole view.
pub(crate) fn draw(view: &View, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.height < 3 || area.width < 8 {
        return;
    }
    let (top, rest) = split_rows(area, 1);
    let (middle, bottom) = split_rows(rest, rest.height - 1);
    put(frame, top, vec![title(view, area.width)]);
    put(frame, bottom, vec![keys(view, area.width)]);
    if area.width >= WIDE {
        let left = (area.width * 9 / 20).clamp(36, 60);
        let (board, texts) = split_columns(middle, left);
        let texts = Rect { x: texts.x + 1, width: texts.width - 1, ..texts };
        put(frame, board, board_and_channels(view, board, board.height));
        draw_texts(view, frame, texts);
    } else {
        // What is written needs some lines, what there is should all be seen.
        let wanted = rows_of_board(view) + rows_of_channels(view);
        let least = middle.height / 3;
        let rows = wanted.min(middle.height - least);
        let (board, texts) = split_rows(middle, rows);
        put(frame, board, board_and_channels(view, board, rows));
        draw_texts(view, frame, texts);
    }
}

fn rows_of_board(view: &View) -> u16 {
    rows(view.things.iter().map(rows_of).sum())
}

/// A display takes a row for each of its lines.
fn rows_of(thing: &Thing) -> usize {
    match &thing.state {
        State::Face { lines } => lines.len().max(1),
        _ => 1,
    }
}

fn rows_of_channels(view: &View) -> u16 {
    if view.sees_channels { rows(view.channels.len()) } else { 0 }
}

/// A list with its heading; nothing for none.
fn rows(count: usize) -> u16 {
    if count == 0 { 0 } else { u16::try_from(count + 1).unwrap_or(u16::MAX) }
}

fn title(view: &View, width: u16) -> Line<'static> {
    let left = format!("{} · {} · {}", view.app, view.board, view.place);
    let mut right = seconds(view.now);
    match (view.paused, view.speed) {
        (true, _) => right = format!("paused  {right}"),
        (false, Some(speed)) => right = format!("{}  {right}", speed_text(speed)),
        (false, None) => {}
    }
    let gap = usize::from(width).saturating_sub(right.chars().count() + 1);
    let left = cut(&left, gap);
    let gap = gap.saturating_sub(left.chars().count()) + 1;
    Line::from(vec![
        Span::styled(left, Style::new().add_modifier(Modifier::BOLD)),
        Span::raw(" ".repeat(gap)),
        Span::styled(right, if view.paused { PRESSED } else { Style::new() }),
    ])
}

fn speed_text(speed: f64) -> String {
    if speed < 9.95 { format!("×{speed:.1}") } else { format!("×{speed:.0}") }
}

/// With a tenth of a second: more would only flicker.
fn seconds(at: Nanos) -> String {
    format!("{:.1} s", at.0 as f64 / 1e9)
}

/// The keys that do something now, the most useful first, as far as they fit.
fn keys(view: &View, width: u16) -> Line<'static> {
    let mut keys: Vec<(&str, &str)> = Vec::new();
    match view.selected() {
        Some(Control::Console(_)) => {
            keys.extend([("type", "to the console"), ("Ctrl-C", "quit")]);
            if view.controls().len() > 1 {
                keys.push(("Tab", "next"));
            }
            keys.push(("Esc", "commands"));
        }
        selected => {
            if let Some(Control::Thing(index)) = selected {
                match &view.things[index].state {
                    State::Input { .. } => keys.extend([("Space", "tap"), ("Enter", "hold")]),
                    State::Adc { .. } | State::Reading { .. } => keys.push(("←→", "turn")),
                    State::Output(_) | State::Pwm { .. } | State::Face { .. } => {}
                }
            }
            if view.controls().len() > 1 || (selected.is_none() && !view.controls().is_empty()) {
                keys.push(("Tab", "next"));
            }
            keys.push(("q", "quit"));
            keys.push(("p", if view.paused { "go on" } else { "pause" }));
        }
    }
    let mut spans = Vec::new();
    let mut used = 0;
    for (key, does) in keys {
        let length = key.chars().count() + 1 + does.chars().count() + 2;
        if used + length > usize::from(width) + 2 {
            break;
        }
        used += length;
        spans.push(Span::styled(key.to_owned(), CHOSEN));
        spans.push(Span::styled(format!(" {does}  "), FAINT));
    }
    Line::from(spans)
}

fn board_and_channels(view: &View, area: Rect, rows: u16) -> Vec<Line<'static>> {
    let width = usize::from(area.width);
    let rows = usize::from(rows);
    let things = view.things.iter().enumerate();
    let all: Vec<Line<'static>> =
        things.flat_map(|(index, thing)| rows_of_thing(view, thing, index, width)).collect();
    let channels: Vec<Line<'static>> = match view.sees_channels {
        true => view.channels.iter().map(|channel| channel_row(view, channel, width)).collect(),
        false => Vec::new(),
    };
    let mut lines = Vec::new();
    if !all.is_empty() {
        lines.push(heading("board", width));
        let selected = match view.selected() {
            Some(Control::Thing(index)) => view.things[..index].iter().map(rows_of).sum(),
            _ => 0,
        };
        let rest = if channels.is_empty() { 0 } else { (channels.len() + 1).min(rows / 3) };
        let room = rows.saturating_sub(1 + rest).max(1);
        let first = (selected + 1).saturating_sub(room);
        lines.extend(all.into_iter().skip(first).take(room));
    }
    if !channels.is_empty() && lines.len() + 1 < rows {
        lines.push(heading("channels", width));
        let room = rows - lines.len();
        lines.extend(channels.into_iter().take(room));
    }
    lines
}

fn heading(text: &str, width: usize) -> Line<'static> {
    let text = cut(text, width.saturating_sub(4));
    let rest = width.saturating_sub(text.chars().count() + 4);
    Line::from(vec![
        Span::styled("── ", FAINT),
        Span::raw(text),
        Span::styled(format!(" {}", "─".repeat(rest)), FAINT),
    ])
}

fn rows_of_thing(view: &View, thing: &Thing, index: usize, width: usize) -> Vec<Line<'static>> {
    let first = row(view, thing, index, width);
    let more = match &thing.state {
        State::Face { lines } => lines.get(1..).unwrap_or_default(),
        _ => &[],
    };
    // Below the first line of the display.
    let indent: usize = first.spans.iter().take(3).map(|span| span.content.chars().count()).sum();
    let below = more.iter().map(|line| {
        let mut spans = vec![Span::raw(" ".repeat(indent))];
        spans.extend(face_line(line, width.saturating_sub(indent)));
        Line::from(spans)
    });
    std::iter::once(first.clone()).chain(below).collect()
}

/// A line of a display; or lights, each in its colour, and as a dot where there is no room for its name.
fn face_line(line: &str, room: usize) -> Vec<Span<'static>> {
    let colours: Option<Vec<(&str, Color)>> =
        line.split(' ').map(|word| Some((word, colour(word)?))).collect();
    let Some(colours) = colours else { return vec![Span::raw(cut(line, room))] };
    let has_room = line.chars().count() <= room;
    let light = |(word, colour): (&str, Color)| {
        let text = if has_room { format!("{word} ") } else { "●".to_owned() };
        Span::styled(text, Style::new().fg(colour))
    };
    colours.into_iter().take(if has_room { room } else { room.max(1) }).map(light).collect()
}

/// A colour from its name, `#RRGGBB`.
fn colour(word: &str) -> Option<Color> {
    let digits = word.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some(Color::Rgb(red, green, blue))
}

fn row(view: &View, thing: &Thing, index: usize, width: usize) -> Line<'static> {
    let names = view.things.iter().map(|thing| thing.name.chars().count()).max().unwrap_or(0);
    let names = names.min(LONGEST_NAME);
    let pins = view.things.iter().map(|thing| thing.pin.chars().count()).max().unwrap_or(0);
    let is_selected = view.selected() == Some(Control::Thing(index));
    let mark = if is_selected { Span::styled("›", CHOSEN) } else { Span::raw(" ") };
    let (sign, style) = match &thing.state {
        State::Output(level) if level.active => ("●", LIT),
        State::Output(_) => ("○", FAINT),
        State::Input { level, .. } if level.active => ("■", PRESSED),
        State::Input { .. } => ("□", FAINT),
        State::Pwm { .. } => ("~", Style::new()),
        State::Adc { .. } | State::Reading { .. } => ("◇", Style::new()),
        State::Face { .. } => ("▣", Style::new()),
    };
    let name = format!(" {:<names$} ", cut(&thing.name, names));
    let room = width.saturating_sub(2 + names + 2 + pins + 1);
    let mut spans = vec![mark, Span::styled(sign, style), Span::raw(name)];
    let state = state(view, thing, room);
    let used: usize = state.iter().map(|span| span.content.chars().count()).sum();
    spans.extend(state);
    spans.push(Span::raw(" ".repeat(room.saturating_sub(used) + 1)));
    spans.push(Span::styled(format!("{:>pins$}", thing.pin), FAINT));
    Line::from(spans)
}

fn state(view: &View, thing: &Thing, room: usize) -> Vec<Span<'static>> {
    match &thing.state {
        State::Output(level) => {
            let mut spans = vec![word(level, LIT)];
            spans.push(Span::styled(wave(level, view.now, room.saturating_sub(4)), FAINT));
            spans
        }
        State::Input { level, key, .. } => {
            let key = key.map(|key| format!("[{key}] ")).unwrap_or_default();
            let left = room.saturating_sub(4 + key.chars().count());
            vec![
                Span::styled(key, CHOSEN),
                word(level, PRESSED),
                Span::styled(wave(level, view.now, left), FAINT),
            ]
        }
        State::Pwm { duty } => {
            let share = *duty as f64 / 1e6;
            let mut spans = bar(share, LIT);
            spans.push(Span::raw(format!(" {:.1}%", share * 100.0)));
            spans
        }
        State::Adc { millivolts, most } => {
            let mut spans = bar(f64::from(*millivolts) / f64::from((*most).max(1)), PRESSED);
            spans.push(Span::raw(format!(" {millivolts} mV")));
            spans
        }
        State::Face { lines } => face_line(lines.first().map_or("", String::as_str), room),
        State::Reading { quantity, value } => {
            let share = (value - quantity.least) / (quantity.most - quantity.least);
            let mut spans = bar(share, PRESSED);
            let text = format!(" {value:.*} {}", decimals(quantity), quantity.unit);
            spans.push(Span::raw(text.trim_end().to_owned()));
            spans
        }
    }
}

fn word(level: &Level, style: Style) -> Span<'static> {
    if level.active { Span::styled("on  ", style) } else { Span::styled("off ", FAINT) }
}

fn bar(share: f64, style: Style) -> Vec<Span<'static>> {
    let full = (share * BAR as f64).round().clamp(0.0, BAR as f64) as usize;
    vec![Span::styled("█".repeat(full), style), Span::styled("░".repeat(BAR - full), FAINT)]
}

/// The past of a level, up to now at the right: a pulse that is shorter than a column is half of one.
fn wave(level: &Level, now: Nanos, columns: usize) -> String {
    // Columns keep their moments, so that the wave moves and does not flicker.
    let newest = now.0 / COLUMN;
    let column = |back: usize| {
        let Some(start) = newest.checked_sub(back as u64) else { return ' ' };
        let (start, end) = (Nanos(start * COLUMN), Nanos((start + 1) * COLUMN));
        let before = level.changes.iter().rfind(|(at, _)| *at <= start);
        let before = before.map_or(level.before, |(_, active)| *active);
        let within = level.changes.iter().any(|(at, active)| *at > start && *at < end && *active != before);
        match (before, within) {
            (_, true) => '▌',
            (true, false) => '█',
            (false, false) => '▁',
        }
    };
    (0..columns).rev().map(column).collect()
}

fn channel_row(view: &View, channel: &Channel, width: usize) -> Line<'static> {
    let names = view.channels.iter().map(|channel| channel.name.chars().count()).max().unwrap_or(0);
    let names = names.min(LONGEST_NAME);
    let count = format!("{:>5}", channel.count);
    let room = width.saturating_sub(2 + names + 1 + count.chars().count() + 2);
    Line::from(vec![
        Span::raw(format!("  {:<names$} ", cut(&channel.name, names))),
        Span::styled(count, FAINT),
        Span::raw(format!("  {}", cut(&channel.newest, room))),
    ])
}

/// The consoles, and below them the log: each has its part of the room.
fn draw_texts(view: &View, frame: &mut Frame<'_>, area: Rect) {
    // Where nothing is logged, the consoles have the room.
    let has_log = !view.log.is_empty() || (view.has_log && view.consoles.is_empty());
    let parts = u16::try_from(view.consoles.len() + usize::from(has_log)).unwrap_or(u16::MAX);
    if parts == 0 {
        return;
    }
    let mut rest = area;
    let mut left = parts;
    for (index, console) in view.consoles.iter().enumerate() {
        let (part, below) = split_rows(rest, rest.height / left);
        let is_selected = view.selected() == Some(Control::Console(index));
        put(frame, part, console_lines(console, is_selected, part));
        rest = below;
        left -= 1;
    }
    if has_log {
        put(frame, rest, log_lines(view, rest));
    }
}

fn console_lines(console: &Console, is_selected: bool, area: Rect) -> Vec<Line<'static>> {
    let (width, rows) = (usize::from(area.width), usize::from(area.height));
    if rows < 2 {
        return Vec::new();
    }
    let mut lines = vec![heading(&console.name, width)];
    let typing = usize::from(console.receives);
    let text = console.last_lines(rows - 1 - typing.min(rows - 1));
    lines.extend(text.iter().map(|line| Line::raw(cut(line, width))));
    if console.receives && lines.len() < rows {
        // The end of what is typed is what is looked at.
        let length = console.typed.chars().count();
        let typed: String = console.typed.chars().skip((length + 3).saturating_sub(width)).collect();
        let (mark, style) = if is_selected { ("› ", CHOSEN) } else { ("  ", FAINT) };
        let mut spans = vec![Span::styled(mark, style), Span::raw(typed)];
        if is_selected {
            spans.push(Span::styled("▏", CHOSEN));
        }
        lines.push(Line::from(spans));
    }
    lines
}

fn log_lines(view: &View, area: Rect) -> Vec<Line<'static>> {
    let (width, rows) = (usize::from(area.width), usize::from(area.height));
    if rows < 2 {
        return Vec::new();
    }
    let mut lines = vec![heading("log", width)];
    let skipped = view.log.len().saturating_sub(rows - 1);
    lines.extend(view.log.iter().skip(skipped).map(|logged| log_line(logged, width)));
    lines
}

fn log_line(logged: &Logged, width: usize) -> Line<'static> {
    let time = format!("{:8.3} ", logged.at.0 as f64 / 1e9);
    let (level, style) = match logged.level {
        Some(LogLevel::Error) => ("error", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD)),
        Some(LogLevel::Warn) => ("warn", Style::new().fg(Color::Yellow)),
        Some(LogLevel::Info) => ("info", Style::new().fg(Color::Green)),
        Some(LogLevel::Debug) => ("debug", FAINT),
        Some(LogLevel::Trace) => ("trace", FAINT),
        None => ("", FAINT),
    };
    let message = logged.message.replace('\n', " ");
    let room = width.saturating_sub(time.chars().count() + 6);
    Line::from(vec![
        Span::styled(time, FAINT),
        Span::styled(format!("{level:<5} "), style),
        Span::raw(cut(&message, room)),
    ])
}

/// The text, or its beginning and a sign that there is more.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(room.saturating_sub(1)).collect();
    if room > 0 {
        cut.push('…');
    }
    cut
}

fn put(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'static>>) {
    frame.render_widget(Paragraph::new(lines), area);
}

fn split_rows(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let below = Rect { y: area.y + rows, height: area.height - rows, ..area };
    (Rect { height: rows, ..area }, below)
}

fn split_columns(area: Rect, columns: u16) -> (Rect, Rect) {
    let columns = columns.min(area.width);
    let right = Rect { x: area.x + columns, width: area.width - columns, ..area };
    (Rect { width: columns, ..area }, right)
}
