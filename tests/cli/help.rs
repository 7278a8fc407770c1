//! Help, completions, and command lines that are none.

use snapbox::str;

use crate::sandbox::Sandbox;

#[test]
fn the_help_of_fwc() {
    Sandbox::new().fwc(&["--help"]).shows(
        0,
        str![[r#"
The firmware composer: from one app.toml to typed Embassy firmware

Usage: fwc [OPTIONS] <COMMAND>

Commands:
  new          Make a project that builds and runs as it is
  check        Check app.toml and show every fault in it
  plan         Show what was decided: pins, hardware blocks, DMA channels, channels, tasks
  port         Show what maps, moves or cannot be on another board, and the overrides to paste
  generate     Write the firmware crate to generated/BOARD, and skeletons of missing code
  build        Generate and build, and put ELF, UF2, BIN and HEX into target/fwc/BOARD
  flash        Build what is not up to date, put it onto the board and start it
  run          Run the firmware live, without hardware or on the board by a debug probe
  test         Run the scenarios of tests/, and show what the firmware did otherwise
  monitor      Show what the running firmware logs, and why it has crashed
  attach       Show where the board's core is, its registers and its stack; or serve GDB
  probes       List the debug probes that are plugged in
  reset        Let the board's chip start anew, by a debug probe
  erase        Erase all of the board's flash, by a debug probe
  boards       List the boards, or show one board's pins and what can be there
  devices      List the devices that can be named, or show one's keys and what it measures
  explain      Show the page of an error's code, or list the codes
  doctor       Show what this machine has for building firmware, and what is missing
  eject        Write a crate that builds with plain cargo, without fwc
  completions  Print a completion script for a shell
  help         Print this message or the help of the given subcommand(s)

Options:
  -h, --help     Print help
  -V, --version  Print version

Global options:
      --board <NAME>             The board, instead of app.toml's; `build` and `check` take several
      --project <DIR>            The project's folder, instead of the one around the current folder
      --message-format <FORMAT>  `human`, or `json` for programs: one object a line on stdout
  -q, --quiet                    Say nothing but errors and what was asked for
  -v, --verbose                  Say also what was decided on the way
      --color <WHEN>             Colours: `auto` (on a terminal, unless NO_COLOR is set), `always`
                                 or `never`

Exit codes:
  0    done
  1    the project's files are faulty, what is generated from them is stale, or a scenario failed
  2    the command line is faulty
  3    the machine failed: a tool is missing, a file cannot be read or written, there is no network
  4    a bug of fwc
  130  interrupted

"#]],
        str![],
    );
}

#[test]
fn the_help_of_new() {
    Sandbox::new().fwc(&["new", "--help"]).shows(
        0,
        str![[r#"
Make a project that builds and runs as it is

Usage: fwc new [OPTIONS] <NAME>

Arguments:
  <NAME>
          The folder to make; its last part is the app's name

Options:
      --example <EXAMPLE>
          Start from an example instead of the small app that explains itself

          Possible values:
          - battery:     A lithium cell's voltage and current, and a lamp when it is all but empty
          - blink:       The board's LED changes twice a second
          - blink-echo:  Two tasks that do not know of each other
          - button:      A push button
          - data-logger: Light and temperature as lines of CSV over USB, without a line of Rust
          - echo:        Every byte that comes in over the uart goes out again, at 115200 baud
          - led-strip:   A rainbow along a strip of WS2812 lights (NeoPixels)
          - motion:      An accelerometer a thousand times a second
          - overload:    What happens to a message for which a channel has no room
          - pipeline:    Code of your own between two channels
          - thermostat:  A fan above 25 °C, and a screen that shows the room's climate
          - usb-console: A command line over USB, in Rust of your own
          - usb-echo:    Every byte that comes in over USB goes out again

  -h, --help
          Print help (see a summary with '-h')

Global options:
      --board <NAME>
          The board, instead of app.toml's; `build` and `check` take several

      --project <DIR>
          The project's folder, instead of the one around the current folder

      --message-format <FORMAT>
          `human`, or `json` for programs: one object a line on stdout

  -q, --quiet
          Say nothing but errors and what was asked for

  -v, --verbose
          Say also what was decided on the way

      --color <WHEN>
          Colours: `auto` (on a terminal, unless NO_COLOR is set), `always` or `never`

"#]],
        str![],
    );
}

#[test]
fn every_command_has_help_that_fits() {
    let sandbox = Sandbox::new();
    for command in [
        "new",
        "check",
        "plan",
        "port",
        "generate",
        "build",
        "boards",
        "explain",
        "doctor",
        "eject",
        "completions",
    ] {
        let run = sandbox.fwc(&[command, "--help"]);
        let longest = run.ends(0).stdout.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(100), "{command}: {}", run.stdout);
    }
}

#[test]
fn nothing_typed() {
    let run = Sandbox::new().fwc(&[]);
    assert!(run.ends(2).stderr.contains("Usage: fwc"), "{}", run.stderr);
}

#[test]
fn a_command_that_is_none() {
    Sandbox::new().fwc(&["biuld"]).says(
        2,
        str![[r#"
error: unrecognized subcommand 'biuld'

  tip: a similar subcommand exists: 'build'

Usage: fwc [OPTIONS] <COMMAND>

For more information, try '--help'.

"#]],
    );
}

#[test]
fn the_version() {
    let run = Sandbox::new().fwc(&["--version"]);
    assert_eq!(run.ends(0).stdout, format!("fwc {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_know_the_words() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = sandbox.fwc(&["completions", shell]);
        for word in ["generate", "example", "message-format"] {
            assert!(run.ends(0).stdout.contains(word), "{shell}: {word}");
        }
        let knows_values = matches!(shell, "bash" | "zsh" | "fish");
        assert!(!knows_values || run.stdout.contains("overload"), "{shell}");
        assert_eq!(run.stderr, "");
    }
}

#[cfg(unix)]
#[test]
fn bash_accepts_its_completions() {
    let sandbox = Sandbox::new();
    sandbox.write("fwc.bash", &sandbox.fwc(&["completions", "bash"]).stdout);
    let script =
        "source fwc.bash && COMP_WORDS=(fwc gen) COMP_CWORD=1 && _fwc fwc gen fwc && echo ${COMPREPLY[@]}";
    let output = std::process::Command::new("bash").args(["-c", script]).current_dir(sandbox.root()).output();
    let output = output.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "generate\n", "{output:?}");
}
