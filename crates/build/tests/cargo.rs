//! Real cargo on tiny crates for this machine: progress, faults at their place, no-op, failures, cancelling.
#![cfg(unix)]

use fwc_build::toolchain::Library;
use fwc_build::{
    AppPlace, BuildError, BuildEvent, BuildRequest, Built, Cancel, Environment, GeneratedPlace, Level,
    Origin, SourceFolders, SourceMap, Toolchain, ToolchainRequest, build, find_toolchain,
};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

const MANIFEST: &str = "[package]\nname = \"fan\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n";
const MAIN: &str =
    "#[path = \"../../../src/control.rs\"]\nmod control;\nfn main() {\n    control::run();\n}\n";

/// A project with the user's code in `src` and a generated crate in `.fwc/crate`.
struct Project {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Project {
    fn new(manifest: &str, main: &str, control: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // What a developer's shell says about cargo must not change these tests.
        let kept = |(name, _): &(String, String)| !name.starts_with("CARGO_") || name == "CARGO_HOME";
        let project = Self { folder, variables: std::env::vars().filter(kept).collect() };
        project.file(".fwc/crate/Cargo.toml", manifest);
        project.file(".fwc/crate/src/main.rs", main);
        project.file("src/control.rs", control);
        project
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn environment(&self) -> Environment {
        Environment::described(Path::new("/"), SystemTime::now(), self.variables.clone())
    }

    /// The compiler of this machine for this machine: its library is installed with it.
    fn toolchain(&self) -> Toolchain {
        let request = ToolchainRequest {
            target: host(),
            project_folder: self.root(),
            cache_folder: self.root().join("cache"),
            minimum_version: "1.88.0".parse().unwrap(),
            offline: true,
        };
        let toolchain = find_toolchain(&self.environment(), &request, &Cancel::new(), &mut |_| ()).unwrap();
        assert!(matches!(toolchain.library, Library::Installed { .. }));
        toolchain
    }

    fn request(&self) -> BuildRequest {
        BuildRequest {
            folders: SourceFolders {
                project: self.root(),
                user: vec![self.root().join("src")],
                generated: self.root().join(".fwc/crate"),
                runtime: vec![],
            },
            map: SourceMap::default(),
            profile: "dev".into(),
            target_folder: self.root().join(".fwc/target"),
            offline: true,
            locked: false,
            colour: false,
        }
    }

    fn build(&self) -> Result<Built, BuildError> {
        self.build_with(&self.request(), &mut |_| ())
    }

    fn build_with(
        &self,
        request: &BuildRequest,
        observer: &mut dyn FnMut(BuildEvent),
    ) -> Result<Built, BuildError> {
        build(&self.environment(), &self.toolchain(), request, observer, &Cancel::new())
    }
}

fn host() -> String {
    let output = std::process::Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

#[test]
fn a_build_counts_its_units_and_a_second_one_changes_nothing() {
    let manifest = format!("{MANIFEST}[dependencies]\npart = {{ path = \"part\" }}\n");
    let project = Project::new(&manifest, MAIN, "pub fn run() { part::work() }\n");
    project.file(
        ".fwc/crate/part/Cargo.toml",
        "[package]\nname = \"part\"\nversion = \"0.2.0\"\nedition = \"2021\"\n",
    );
    project.file(".fwc/crate/part/src/lib.rs", "pub fn work() {}\n");
    // cargo draws its progress once a build takes longer than half a second.
    project.file(
        ".fwc/crate/part/build.rs",
        "fn main() { std::thread::sleep(std::time::Duration::from_millis(900)); }\n",
    );

    let mut compiled = Vec::new();
    let mut counts = Vec::new();
    let built = project
        .build_with(&project.request(), &mut |event| match event {
            BuildEvent::Compiling { what } => compiled.push(what.split(' ').next().unwrap().to_owned()),
            BuildEvent::Progress { done, total, active } => counts.push((done, total, active)),
            _ => {}
        })
        .unwrap();
    assert!(built.changed);
    assert!(built.elf.is_file() && built.elf.starts_with(project.root().join(".fwc/target")));
    assert_eq!(built.units, 3, "a build script, a library, the program");
    assert_eq!(compiled, ["part", "fan"]);
    // cargo also counts the run of the build script.
    assert!(counts.iter().all(|(done, total, active)| done < total && *total == 4 && !active.is_empty()));
    assert!(counts.windows(2).all(|pair| pair[0].0 <= pair[1].0), "never backwards: {counts:?}");
    assert!(!counts.is_empty());

    let again = project.build().unwrap();
    assert!(!again.changed);
    assert_eq!((again.elf, again.units), (built.elf, 3));
}

#[test]
fn errors_are_told_apart_by_whose_code_they_are_in() {
    let main = "#[path = \"../../../src/control.rs\"]\nmod control;\nfn main() {\n    let led: u8 = \"on\";\n    \
                control::run();\n}\n";
    let project = Project::new(MANIFEST, main, "pub fn run() {\n    missing();\n}\n");
    let app = AppPlace { entry: "peripherals.led".into(), line: 12, user_rust: None };
    let mut request = project.request();
    let place = GeneratedPlace { file: "src/main.rs".into(), first_line: 4, last_line: 4, app: app.clone() };
    request.map.places.push(place);
    let mut seen = 0;
    let error = project
        .build_with(&request, &mut |event| seen += usize::from(matches!(event, BuildEvent::Fault(_))))
        .unwrap_err();
    assert_eq!(error.to_string(), "the firmware does not compile: 2 errors");
    let BuildError::Compile { errors } = error else { panic!("{error:?}") };
    assert_eq!(seen, errors.len());
    let of = |code: &str| errors.iter().find(|fault| fault.code.as_deref() == Some(code)).unwrap();

    let user = of("E0425");
    assert_eq!(user.origin, Origin::User);
    assert_eq!(
        user.place.as_ref().map(|place| (place.file.as_path(), place.line)),
        Some((Path::new("src/control.rs"), 2))
    );
    assert!(user.rendered.contains("--> src/control.rs:2:5"), "{}", user.rendered);

    let generated = of("E0308");
    assert_eq!(generated.origin, Origin::Generated { app: Some(app) });
    assert!(generated.rendered.contains("--> .fwc/crate/src/main.rs:4:19"), "{}", generated.rendered);
}

#[test]
fn warnings_come_with_the_image_and_with_colour_when_it_is_wished() {
    let project = Project::new(MANIFEST, MAIN, "pub fn run() {\n    let unused = 1;\n}\n");
    let request = BuildRequest { colour: true, ..project.request() };
    let built = project.build_with(&request, &mut |_| ()).unwrap();
    assert_eq!(built.warnings.len(), 1);
    let warning = &built.warnings[0];
    assert_eq!((warning.level, &warning.origin), (Level::Warning, &Origin::User));
    assert!(warning.rendered.contains("\u{1b}["), "{:?}", warning.rendered);
    assert!(warning.rendered.contains("\u{1b}[0msrc/control.rs:2:9"), "{:?}", warning.rendered);
}

#[test]
fn the_users_target_folder_counts_and_the_users_flags_do_not() {
    let mut project = Project::new(MANIFEST, MAIN, "pub fn run() {}\n");
    let elsewhere = project.root().join("elsewhere");
    project.variables.push(("CARGO_TARGET_DIR".into(), elsewhere.display().to_string()));
    project.variables.push(("RUSTFLAGS".into(), "--no-such-flag".into()));
    assert!(project.build().unwrap().elf.starts_with(elsewhere));
}

#[test]
fn what_cargo_refuses_has_a_reason_and_a_remedy() {
    let project = Project::new(MANIFEST, MAIN, "pub fn run() {}\n");
    let request = BuildRequest { locked: true, ..project.request() };
    let error = project.build_with(&request, &mut |_| ()).unwrap_err();
    assert!(matches!(error, BuildError::LockFile { .. }), "{error:?}");
    assert_eq!(error.remedies(), ["build without `--locked`"]);

    project.file(".fwc/crate/Cargo.toml", "[package]\nname = \n");
    let error = project.build().unwrap_err();
    assert!(matches!(error, BuildError::Cargo { .. }), "{error:?}");
    assert!(error.to_string().starts_with("cargo failed: "), "{error}");
}

#[test]
fn a_crate_that_was_never_downloaded_is_missed_offline() {
    let manifest = format!("{MANIFEST}[dependencies]\nitoa = \"1\"\n");
    let mut project = Project::new(&manifest, MAIN, "pub fn run() {}\n");
    let home = project.root().join("cargo-home").display().to_string();
    let toolchain = project.toolchain();
    project.variables.retain(|(name, _)| name != "CARGO_HOME");
    project.variables.push(("CARGO_HOME".into(), home));
    let error = build(&project.environment(), &toolchain, &project.request(), &mut |_| (), &Cancel::new());
    assert!(
        matches!(&error, Err(BuildError::NotDownloaded { detail }) if detail.contains("`itoa`")),
        "{error:?}"
    );
}

#[test]
fn a_linker_that_is_gone_and_symbols_that_are_missing_are_told() {
    let main = "extern \"C\" { fn nobody_defines_this(); }\nfn main() { unsafe { nobody_defines_this() } }\n";
    let project = Project::new(MANIFEST, main, "");
    let error = project.build().unwrap_err();
    let BuildError::Link { fault, .. } = &error else { panic!("{error:?}") };
    assert!(fault.undefined.iter().any(|name| name.contains("nobody_defines_this")), "{fault:?}");

    let config = format!("[target.{}]\nlinker = \"no-such-linker\"\n", host());
    project.file(".fwc/crate/.cargo/config.toml", &config);
    let error = project.build().unwrap_err();
    assert_eq!(error, BuildError::LinkerNotFound { linker: "no-such-linker".into() });
}

#[test]
fn a_crate_without_a_program_is_no_firmware() {
    let project = Project::new(MANIFEST, MAIN, "");
    std::fs::remove_file(project.root().join(".fwc/crate/src/main.rs")).unwrap();
    project.file(".fwc/crate/src/lib.rs", "");
    assert_eq!(project.build(), Err(BuildError::NoExecutable));
}

#[test]
fn a_cargo_that_is_gone_is_named() {
    let project = Project::new(MANIFEST, MAIN, "");
    let toolchain = Toolchain { cargo: "/no/such/cargo".into(), ..project.toolchain() };
    let error = build(&project.environment(), &toolchain, &project.request(), &mut |_| (), &Cancel::new());
    assert!(error.unwrap_err().to_string().starts_with("`/no/such/cargo` could not be run: "));
}

#[test]
fn a_build_that_waits_for_another_says_so() {
    let project = Project::new(MANIFEST, MAIN, "pub fn run() {}\n");
    let started = project.root().join("started");
    project.file(
        ".fwc/crate/build.rs",
        &format!(
            "fn main() {{\n    std::fs::write({started:?}, \"\").unwrap();\n    \
             std::thread::sleep(std::time::Duration::from_millis(1500));\n}}\n"
        ),
    );
    let mut waits = Vec::new();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| project.build());
        let limit = Instant::now() + Duration::from_secs(120);
        while !started.exists() && Instant::now() < limit {
            std::thread::sleep(Duration::from_millis(20));
        }
        let second = project.build_with(&project.request(), &mut |event| {
            if let BuildEvent::Waiting { what } = event {
                waits.push(what);
            }
        });
        assert!(first.join().unwrap().unwrap().changed);
        assert!(!second.unwrap().changed);
    });
    assert!(waits.iter().any(|what| what.contains("waiting for file lock")), "{waits:?}");
}

/// Whether a process is still doing something; one that has ended may wait for its parent to notice.
#[cfg(target_os = "linux")]
fn is_running(process: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = status.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}

#[cfg(target_os = "linux")]
#[test]
fn cancelling_leaves_nothing_running() {
    let project = Project::new(MANIFEST, MAIN, "pub fn run() {}\n");
    let note = project.root().join("process");
    project.file(
        ".fwc/crate/build.rs",
        &format!(
            "fn main() {{\n    std::fs::write({note:?}, std::process::id().to_string()).unwrap();\n    \
             std::thread::sleep(std::time::Duration::from_secs(600));\n}}\n"
        ),
    );
    let cancel = Cancel::new();
    let (environment, toolchain, request) = (project.environment(), project.toolchain(), project.request());
    let started = Instant::now();
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            let written = || std::fs::read_to_string(&note).is_ok_and(|text| !text.is_empty());
            while !written() && started.elapsed() < Duration::from_secs(120) {
                std::thread::sleep(Duration::from_millis(20));
            }
            cancel.cancel();
        });
        build(&environment, &toolchain, &request, &mut |_| (), &cancel)
    });
    assert_eq!(result, Err(BuildError::Cancelled));
    assert!(started.elapsed() < Duration::from_secs(120));
    let process = std::fs::read_to_string(&note).unwrap();
    assert!(!is_running(&process), "the build script {process} outlived the build");
}
